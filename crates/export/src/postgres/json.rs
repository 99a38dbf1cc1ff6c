//! Whether PostgreSQL's `jsonb` can hold a JSON text.

/// Arrays and objects within each other that the server's parser surely takes; it stops at some thousands.
const DEPTH: usize = 500;

/// Digits of a number that `numeric` surely keeps all of.
const DIGITS: usize = 10_000;

/// Bytes of a text that `jsonb` surely takes.
const BYTES: usize = 200 << 20;

/// What `jsonb` can have of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// All of it.
    Whole,
    /// This, which has U+FFFD in place of U+0000 and of halves of surrogate pairs, in strings.
    Replaced(String),
    /// Nothing: too deep, too long, or with a number beyond all use.
    Nothing,
}

/// Looks at a JSON text from left to right; other text is taken as it is, and the server will say so.
pub(super) fn fit(text: &str) -> Fit {
    if text.len() > BYTES {
        return Fit::Nothing;
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    let mut replaced = String::new();
    // End of what is in `replaced`.
    let mut copied = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                at = string(text, at, &mut replaced, &mut copied);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH {
                    return Fit::Nothing;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let number = number(&bytes[at..]);
                if !is_usual(number) {
                    return Fit::Nothing;
                }
                at += number.len();
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Fit::Whole;
    }
    replaced.push_str(&text[copied..]);
    Fit::Replaced(replaced)
}

/// Goes through a string up to the end of its closing quote, and replaces escapes that do not fit.
fn string(text: &str, mut at: usize, replaced: &mut String, copied: &mut usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        let Some(unit) = escaped(bytes, at) else {
            // An escape of one letter.
            at = (at + 2).min(bytes.len());
            continue;
        };
        let is_pair = (0xd800..0xdc00).contains(&unit)
            && escaped(bytes, at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low));
        if is_pair {
            at += 12;
            continue;
        }
        if unit == 0 || (0xd800..0xe000).contains(&unit) {
            replaced.push_str(&text[*copied..at]);
            replaced.push_str("\\ufffd");
            *copied = at + 6;
        }
        at += 6;
    }
    bytes.len()
}

/// The code unit of an escape `\uXXXX`.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn number(bytes: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = bytes.iter().position(|byte| !is_part(byte));
    &bytes[..length.unwrap_or(bytes.len())]
}

/// Whether `numeric` keeps a number as it is.
fn is_usual(number: &[u8]) -> bool {
    let exponent = number.iter().position(|byte| matches!(byte, b'e' | b'E'));
    number.len() <= DIGITS && exponent.is_none_or(|at| number.len() - at <= "e999".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Fit {
        Fit::Replaced(text.to_owned())
    }

    #[test]
    fn usual_texts_fit_as_they_are() {
        for text in [
            "{}",
            r#"{"a":"\\u0000","b":"\"\u003c\n","c":[1,-2.5e10,true,null]}"#,
            r#"{"smile":"\ud83d\ude00😀"}"#,
            r#"{"n":123456789012345678901234567890.000000000000000001}"#,
        ] {
            assert_eq!(fit(text), Fit::Whole, "{text}");
        }
    }

    #[test]
    fn what_has_no_place_in_a_string_is_replaced() {
        for (text, expected) in [
            (r#"{"a":"x\u0000y"}"#, r#"{"a":"x\ufffdy"}"#),
            (
                r#"{"\u0000":"\u0000\u0000"}"#,
                r#"{"\ufffd":"\ufffd\ufffd"}"#,
            ),
            (r#"["\\\u0000é"]"#, r#"["\\\ufffdé"]"#),
            (
                r#"["\ud83d","\ude00\ud83dx"]"#,
                r#"["\ufffd","\ufffd\ufffdx"]"#,
            ),
        ] {
            assert_eq!(fit(text), replaced(expected), "{text}");
        }
    }

    #[test]
    fn what_the_server_would_refuse_or_round_does_not_fit() {
        let deep = format!("{}{}", "[".repeat(501), "]".repeat(501));
        let long = format!("[{}]", "9".repeat(10_001));
        for text in ["[1e1000]", "[1E-99999]", &deep, &long] {
            assert_eq!(fit(text), Fit::Nothing, "{}", &text[..10.min(text.len())]);
        }
        let wide = "[[]]".repeat(1_000);
        assert_eq!(fit(&wide), Fit::Whole);
    }

    #[test]
    fn text_that_is_cut_off_is_gone_through_without_harm() {
        let text = r#"{"a":"\u0000\ud83d\"#;
        for end in 0..=text.len() {
            fit(&text[..end]);
        }
    }
}
