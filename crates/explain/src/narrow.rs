//! Expressions that mean ASCII where they say "digit", "word" or "white space".
//!
//! The Unicode tables behind `\d`, `\w`, `\s` and `\b` are a hundred times as large, and there are hundreds of rules; what
//! tools print there is ASCII. Everything else, `.` and `[^x]` among it, matches any letter as before.

use std::borrow::Cow;

/// The expression with ASCII classes. One that has none of them is left as it is.
pub(crate) fn narrowed(expression: &str) -> Cow<'_, str> {
    if !["\\d", "\\w", "\\s", "\\b"]
        .iter()
        .any(|it| expression.contains(it))
    {
        return Cow::Borrowed(expression);
    }
    let mut narrow = String::with_capacity(expression.len() * 2);
    let mut letters = expression.chars();
    // Within how many brackets we are.
    let mut depth = 0_usize;
    while let Some(letter) = letters.next() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '\\' => {
                let escaped = letters.next();
                match (escaped.and_then(class), escaped) {
                    (Some(class), _) if depth > 0 => narrow.push_str(class),
                    (Some(class), _) => {
                        narrow.push('[');
                        narrow.push_str(class);
                        narrow.push(']');
                    }
                    (None, Some('b')) if depth == 0 => narrow.push_str(r"(?-u:\b)"),
                    (None, Some(other)) => narrow.extend(['\\', other]),
                    (None, None) => narrow.push('\\'),
                }
                continue;
            }
            _ => {}
        }
        narrow.push(letter);
    }
    Cow::Owned(narrow)
}

/// The letters of a class, as they stand within brackets.
fn class(escaped: char) -> Option<&'static str> {
    match escaped {
        'd' => Some("0-9"),
        'w' => Some("0-9A-Za-z_"),
        's' => Some(r"\t\n\v\f\r "),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_ascii_within_brackets_and_without() {
        let narrow = |text| narrowed(text).into_owned();
        assert_eq!(narrow(r"^a\d+"), r"^a[0-9]+");
        assert_eq!(narrow(r"[\w.-]+ \S"), r"[0-9A-Za-z_.-]+ \S");
        assert_eq!(narrow(r"\bfoo\\d\b"), r"(?-u:\b)foo\\d(?-u:\b)");
        assert_eq!(narrow(r"\[\d\]"), r"\[[0-9]\]");
        assert_eq!(narrow("plain [a-z]"), "plain [a-z]");
    }

    #[test]
    fn narrow_expressions_match_what_tools_print() {
        for (expression, line) in [
            (r"(?i)\berrors?\b", "3 ERRORS found"),
            (
                r"^\s+at [\w$.]+\([^)]*:\d+\)$",
                "\tat com.a.B$C.d(B.java:12)",
            ),
            (r"^\S+: \w+ .*ß", "größe.c: note x ß"),
        ] {
            let narrow = regex::Regex::new(&narrowed(expression)).unwrap();
            assert!(narrow.is_match(line), "{expression}");
        }
    }
}
