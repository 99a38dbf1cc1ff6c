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
    let thousandths = magnitude * 1000.0;
    if magnitude < EXACT && magnitude.fract() == 0.0 {
        push_sign(out, value);
        push_whole(out, magnitude as u64);
    } else if thousandths < EXACT
        && thousandths.fract() == 0.0
        // Nearest to this decimal is this number, so that it reads back as itself.
        && (thousandths / 1000.0).to_bits() == magnitude.to_bits()
    {
        push_sign(out, value);
        push_thousandths(out, thousandths as u64);
    } else if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        // Writing to a vector does not fail.
        let _ = write!(out, "{value}");
    }
}

fn push_sign(out: &mut Vec<u8>, value: f64) {
    if value < 0.0 {
        out.push(b'-');
    }
}

/// Appends a number of thousandths that is not whole.
fn push_thousandths(out: &mut Vec<u8>, value: u64) {
    push_whole(out, value / 1000);
    let rest = value % 1000;
    let digits = [
        b'0' + (rest / 100) as u8,
        b'0' + (rest / 10 % 10) as u8,
        b'0' + (rest % 10) as u8,
    ];
    let zeros = digits
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    out.push(b'.');
    out.extend_from_slice(&digits[..digits.len() - zeros]);
}

/// The numbers from 0 to 99 in two digits each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Appends a whole number.
pub(super) fn push_whole(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    while value >= 100 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if value >= 10 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[value as usize]);
    } else {
        start -= 1;
        digits[start] = b'0' + value as u8;
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
        let odd = [
            0.1 + 0.2,
            0.1,
            0.001,
            99.999,
            4.237,
            1234.5,
            1e-4,
            0.0005,
            f64::MIN_POSITIVE,
        ];
        let even = [
            0.0,
            1.0,
            10.0,
            99.0,
            100.0,
            -7.0,
            0.25,
            1e-9,
            1.5e300,
            1_795_176_000.0,
            EXACT,
        ];
        for value in odd.into_iter().chain(even) {
            assert_eq!(number(value).parse::<f64>(), Ok(value));
            assert_eq!(number(-value).parse::<f64>(), Ok(-value));
        }
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(0.05), "0.05");
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
