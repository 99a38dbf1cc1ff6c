//! Lines without what changes from run to run.

use std::borrow::Cow;

/// Appends `text` with its numbers, hashes and identifiers replaced, and white space joined.
///
/// Two runs of the same job print most lines alike after this.
/// A lone zero stays a zero, since `Failures: 0` and `Failures: 1` tell different stories.
pub(crate) fn line(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut space = true;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii_whitespace() {
            if !space {
                out.push(b' ');
            }
            space = true;
            at += 1;
            continue;
        }
        space = false;
        if !byte.is_ascii_alphanumeric() {
            out.push(byte);
            at += 1;
            continue;
        }
        let end = bytes[at..]
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .map_or(bytes.len(), |n| at + n);
        word(bytes, at, end, out);
        at = end;
    }
    while out.last() == Some(&b' ') {
        out.pop();
    }
}

/// One run of letters and digits.
fn word(bytes: &[u8], from: usize, to: usize, out: &mut Vec<u8>) {
    let word = &bytes[from..to];
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        out.extend_from_slice(word);
        return;
    }
    if word == b"0" {
        let before = from.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(to).copied();
        let joined = |byte: Option<u8>| matches!(byte, Some(b'.' | b':' | b'-' | b'/' | b'%'));
        if !joined(before) && !joined(after) {
            out.push(b'0');
            return;
        }
    }
    let hex = word.len() >= 7 && word.iter().all(u8::is_ascii_hexdigit);
    if digits == word.len() || hex || (word.len() >= 16 && digits >= 3) {
        out.push(b'#');
        return;
    }
    let mut number = false;
    for byte in word {
        if byte.is_ascii_digit() {
            if !number {
                out.push(b'#');
            }
            number = true;
        } else {
            out.push(*byte);
            number = false;
        }
    }
}

/// `text` without a prefix that says when or by whom it was printed.
///
/// Drops GitHub's `##[error]`, BuildKit's `#12 0.345 `, dates and clocks in front, and the service name of compose.
pub(crate) fn body(text: &str) -> &str {
    let mut text = text;
    for _ in 0..3 {
        let before = text.len();
        text = without_prefix(text);
        if text.len() == before {
            break;
        }
    }
    text
}

fn without_prefix(text: &str) -> &str {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'#') => {
            if let Some(rest) = text.strip_prefix("##[") {
                for kind in ["error]", "warning]", "debug]", "notice]"] {
                    if let Some(rest) = rest.strip_prefix(kind) {
                        return rest;
                    }
                }
                return text;
            }
            buildkit(text).unwrap_or(text)
        }
        Some(b'0'..=b'9' | b'[') => clock(text).unwrap_or(text),
        Some(b'a'..=b'z' | b'A'..=b'Z') => compose(text).unwrap_or(text),
        _ => text,
    }
}

/// `#12 0.345 rest` and `#12 rest`.
fn buildkit(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix('#')?.split_once(' ')?;
    if number.is_empty() || number.len() > 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let after = rest.split_once(' ').filter(|(time, _)| {
        time.contains('.')
            && time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    Some(after.map_or(rest, |(_, rest)| rest))
}

/// A date or clock in front: digits, and what joins them.
fn clock(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let bracket = bytes[0] == b'[';
    let start = usize::from(bracket);
    let mut at = start;
    let (mut digits, mut colons, mut dashes) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => digits += 1,
            b':' => colons += 1,
            b'-' | b'/' => dashes += 1,
            b'.' | b',' | b'T' | b'Z' | b'+' => {}
            b' ' if colons == 0 && dashes == 2 && digits == 8 => {}
            _ => break,
        }
        at += 1;
    }
    // BuildKit repeats the end of a failed step with seconds in front.
    if !bracket && colons == 0 && dashes == 0 && bytes[..at].iter().rev().nth(3) == Some(&b'.') {
        return text[at..].strip_prefix(' ');
    }
    let plausible = colons >= 2 && digits >= 6 && (colons <= 3 && dashes <= 3);
    if !plausible {
        return None;
    }
    let rest = &text[at..];
    let rest = if bracket {
        rest.strip_prefix(']')?
    } else {
        rest
    };
    rest.strip_prefix(' ').map(str::trim_start)
}

/// `service_1  | rest`.
fn compose(text: &str) -> Option<&str> {
    let bar = text.bytes().take(40).position(|byte| byte == b'|')?;
    let (name, rest) = (text[..bar].trim_end(), &text[bar + 1..]);
    let spaced = bar > name.len();
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (spaced && plain && rest.starts_with(' ')).then(|| &rest[1..])
}

/// `text` shortened to `chars` characters, with an ellipsis if it was longer.
pub(crate) fn shortened(text: &str, chars: usize) -> Cow<'_, str> {
    if text.len() <= chars || text.char_indices().nth(chars).is_none() {
        return Cow::Borrowed(text);
    }
    let end = text
        .char_indices()
        .nth(chars.saturating_sub(1))
        .map_or(0, |(at, _)| at);
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut out = Vec::new();
        line(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_changes_between_runs_is_masked() {
        assert_eq!(
            masked("took 3.45s at 2026-11-21  abcdef1"),
            masked("took 12.1s at 2025-01-02 1234567")
        );
        assert_ne!(
            masked("Failures: 0, Errors: 0"),
            masked("Failures: 1, Errors: 0")
        );
        assert_eq!(masked("Failures: 3"), masked("Failures: 12"));
        assert_eq!(masked("elapsed 0.0"), masked("elapsed 1.5"));
        assert_ne!(masked("deadbeef"), masked("test_one"));
    }

    #[test]
    fn prefixes_that_say_when_leave() {
        assert_eq!(body("##[error]Process completed"), "Process completed");
        assert_eq!(
            body("#12 0.345 main.c:1:2: error: x"),
            "main.c:1:2: error: x"
        );
        assert_eq!(body("[2026-11-21 10:00:00] boom"), "boom");
        assert_eq!(body("2026-11-21T10:00:00.1Z boom"), "boom");
        assert_eq!(body("web_1  | boom"), "boom");
        assert_eq!(body("12:5  error  x"), "12:5  error  x");
        assert_eq!(body("a.c:1: error"), "a.c:1: error");
        assert_eq!(body("#include <x>"), "#include <x>");
    }

    #[test]
    fn shortened_text_counts_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }
}
