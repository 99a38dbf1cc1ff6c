//! Escape sequences of terminals.

/// Appends `bytes` without escape sequences, control characters and backspaces.
///
/// Handles CSI (`ESC [ … final`), OSC (`ESC ] … BEL`), two-character escapes, and colour codes whose ESC was lost
/// when the log was copied (`[31m`, `[0K`).
pub(super) fn strip(bytes: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let plain = rest
            .iter()
            .position(|byte| {
                *byte == 0x1b || *byte == b'[' || (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f
            })
            .unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        at += plain;
        let Some(byte) = bytes.get(at) else { break };
        at += match byte {
            0x1b => escape(&bytes[at..]),
            b'[' => {
                let length = orphan(&bytes[at..]);
                if length == 0 {
                    out.push(b'[');
                    1
                } else {
                    length
                }
            }
            _ => 1,
        };
    }
}

/// Length of the sequence that begins with the ESC at 0.
fn escape(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => bytes[2..]
            .iter()
            .position(|byte| (0x40..=0x7e).contains(byte))
            .map_or(bytes.len(), |end| end + 3),
        Some(b']') => {
            let end = bytes[2..]
                .iter()
                .position(|byte| *byte == 0x07 || *byte == 0x1b);
            match end {
                Some(end) if bytes[end + 2] == 0x1b => (end + 4).min(bytes.len()),
                Some(end) => end + 3,
                None => bytes.len(),
            }
        }
        Some(b'(' | b')' | b'#') => 3.min(bytes.len()),
        Some(_) => 2,
        None => 1,
    }
}

/// Length of a colour code that lost its ESC, or 0.
fn orphan(bytes: &[u8]) -> usize {
    let digits = bytes[1..]
        .iter()
        .take(12)
        .position(|byte| !byte.is_ascii_digit() && *byte != b';')
        .unwrap_or(0);
    match bytes.get(1 + digits) {
        Some(b'm') if digits > 0 => digits + 2,
        Some(b'K') if digits == 1 && matches!(bytes[1], b'0'..=b'2') => digits + 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    fn stripped(text: &[u8]) -> String {
        let mut out = Vec::new();
        super::strip(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sequences_leave_and_brackets_stay() {
        assert_eq!(
            stripped(b"\x1b[1;31merror\x1b[0m[E0308]: a[0] [ERROR]"),
            "error[E0308]: a[0] [ERROR]"
        );
        assert_eq!(
            stripped(b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"),
            "link"
        );
        assert_eq!(stripped(b"[31mred[0m [0K"), "red ");
        assert_eq!(stripped(b"\x1b[38;5"), "");
    }
}
