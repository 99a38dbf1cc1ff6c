//! Descriptions of issues, which anybody may write: known-issue blocks and the patterns in them.

use labtower_explain::{KnownIssue, Pattern};

/// The first line is a line of a log, the rest a description.
pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (line, description) = text.split_once('\n').unwrap_or(("", &text));
    for known in KnownIssue::parse(description) {
        let Ok(matcher) = known.matcher() else {
            continue;
        };
        let _ = matcher.is_in(line);
        // What a page writes is what the next poll reads.
        if let Ok(typed) = KnownIssue::typed(&known.text(), known.job.as_deref()) {
            let again = KnownIssue::parse(&typed.to_string());
            assert_eq!(again, [typed], "a block is read as another");
        }
    }
    for read in [Pattern::parse, Pattern::literal, Pattern::regex] {
        if let Ok(pattern) = read(description) {
            let again = read(description).map(|again| again.is_match(line));
            assert_eq!(again, Ok(pattern.is_match(line)));
            assert!(!pattern.is_match(""), "it would match every line");
        }
    }
}
