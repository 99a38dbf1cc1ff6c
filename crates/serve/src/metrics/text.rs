//! Writing of names, labels and numbers: bytes into a buffer, without allocating.

/// Appends a label value: backslash, quote and line feed are escaped, in both formats alike.
pub(super) fn push_escaped(out: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Appends a help text; OpenMetrics escapes quotes there too.
pub(super) fn push_help(out: &mut Vec<u8>, help: &str, quotes: bool) {
    for byte in help.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' if quotes => out.extend_from_slice(b"\\\""),
            byte => out.push(byte),
        }
    }
}

/// Largest whole number that every `f64` up to it stands for exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a number: whole ones without a point, others with as few digits as tell them from their neighbours.
pub(super) fn push_number(out: &mut Vec<u8>, value: f64) {
    use std::io::Write;
    let magnitude = value.abs();
    if magnitude < EXACT && magnitude.fract() == 0.0 {
        if value < 0.0 {
            out.push(b'-');
        }
        push_whole(out, magnitude as u64);
    } else if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        // Writing to a vector does not fail.
        let _ = write!(out, "{value}");
    }
}

/// Appends a whole number.
pub(super) fn push_whole(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> String {
        let mut out = Vec::new();
        push_number(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_back_as_themselves() {
        for value in [0.0, 1.0, -7.0, 0.25, 1e-9, 1.5e300, 1_795_176_000.0, EXACT] {
            assert_eq!(number(value).parse::<f64>(), Ok(value));
        }
        assert_eq!(number(1_795_176_000.0), "1795176000");
        assert_eq!(number(-0.5), "-0.5");
        assert_eq!(number(f64::INFINITY), "+Inf");
        assert_eq!(number(f64::NAN), "NaN");
        let mut out = Vec::new();
        push_whole(&mut out, u64::MAX);
        assert_eq!(out, b"18446744073709551615");
    }

    #[test]
    fn label_values_are_escaped_and_nothing_else_is() {
        let mut out = String::new();
        push_escaped(&mut out, "a\\b\"c\nd\té{}");
        assert_eq!(out, "a\\\\b\\\"c\\nd\té{}");
    }
}
