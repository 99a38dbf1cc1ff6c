//! What failed tests said, as it may be stored: without secrets, and not too long.

use labtower_explain::mask_secrets;
use labtower_model::TestCase;

/// Failed tests of a pipeline whose messages are kept; where more fail, they fail for few reasons.
const MESSAGES: usize = 50;
/// Letters kept of the beginning of a long message, and of its end, where many tools say the reason.
const LETTERS: (usize, usize) = (1200, 800);

/// The cases with messages that may be stored; with none where excerpts of logs are not kept either.
pub(crate) fn kept(mut cases: Vec<TestCase>, excerpts: bool) -> Vec<TestCase> {
    let mut left = if excerpts { MESSAGES } else { 0 };
    for case in &mut cases {
        case.message = case.message.take().filter(|_| left > 0).map(|text| {
            left -= 1;
            // First masked, then cut: half a secret is not seen as one.
            shortened(mask_secrets(text.trim()).trim_end())
        });
    }
    cases
}

fn shortened(text: &str) -> String {
    let (first, last) = LETTERS;
    let count = text.chars().count();
    if count <= first + last {
        return text.to_owned();
    }
    let place = |letters: usize| {
        text.char_indices()
            .nth(letters)
            .map_or(text.len(), |(at, _)| at)
    };
    let (head, tail) = (&text[..place(first)], &text[place(count - last)..]);
    format!("{head}\n…\n{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(message: &str) -> TestCase {
        TestCase {
            suite: "unit".to_owned(),
            name: "adds".to_owned(),
            classname: None,
            status: "failed".to_owned(),
            execution_time: None,
            message: Some(message.to_owned()),
        }
    }

    fn one(message: &str) -> String {
        kept(vec![case(message)], true).remove(0).message.unwrap()
    }

    #[test]
    fn secrets_are_gone_even_where_a_message_is_cut() {
        let secret = "glpat-AbCdEfGhIjKlMnOpQrSt";
        for before in 1150..1250 {
            let text = format!("{} {secret} {}", "x".repeat(before), "y".repeat(2000));
            let stored = one(&text);
            assert!(!stored.contains("glpat-"), "{before}: {stored}");
        }
    }

    #[test]
    fn long_messages_keep_both_ends() {
        let text = format!("first{}last", "ö".repeat(5000));
        let stored = one(&text);
        assert!(stored.starts_with("first") && stored.ends_with("last"));
        assert_eq!(stored.chars().count(), 1200 + 3 + 800);
        assert_eq!(one("  short\n"), "short");
    }

    #[test]
    fn some_of_many_are_kept_and_none_where_excerpts_are_not() {
        let many = vec![case("1 != 2"); 60];
        let told = |excerpts| {
            kept(many.clone(), excerpts)
                .iter()
                .filter(|case| case.message.is_some())
                .count()
        };
        assert_eq!((told(true), told(false)), (50, 0));
    }
}
