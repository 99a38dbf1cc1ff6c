//! Known-issue blocks: a fenced block in an issue's description says which failures belong to it.
//!
//! ````text
//! ```ci-failure
//! match: "no space left on device"
//! job: "test:*"
//! ```
//! ````
//!
//! `match` is text, or a regular expression between slashes; without `job` it holds for all jobs. Quotes may be left out.

use std::fmt;

use crate::{Pattern, PatternError};

/// Blocks of one description that count.
const MOST: usize = 20;

/// Letters and digits that a proposed pattern has beside its gaps; with fewer it would hold for anything.
const LEAST: usize = 8;

/// A known-issue block as it is written: failures with a line that matches belong to the issue.
///
/// `Display` gives the block as text, which [`KnownIssue::parse`] reads back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIssue {
    /// Text or regular expression to find in a line.
    pub pattern: String,
    /// Whether it is a regular expression.
    pub regex: bool,
    /// Only jobs of this name, `*` standing for anything; absent for all.
    pub job: Option<String>,
}

/// A block, ready to be tried.
#[derive(Debug, Clone)]
pub struct Matcher {
    pattern: Pattern,
    job: Option<String>,
}

impl KnownIssue {
    /// What somebody typed: `/…/` is a regular expression, anything else text.
    ///
    /// # Errors
    /// When the pattern cannot be used.
    pub fn typed(text: &str, job: Option<&str>) -> Result<Self, PatternError> {
        // A block has one line for each of them.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expression = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
            .filter(|expression| !expression.is_empty());
        let job = job.map(str::trim).filter(|job| !job.is_empty());
        let known = Self {
            regex: expression.is_some(),
            pattern: expression.unwrap_or(&text).to_owned(),
            job: job.map(|job| job.replace(['\r', '\n'], " ")),
        };
        known.matcher()?;
        Ok(known)
    }

    /// A pattern for failures like the one with this headline, whose masked form is `pattern`; as somebody would type it.
    pub fn proposed(pattern: &str, headline: &str) -> String {
        let gaps = with_gaps(pattern);
        let of_gaps = gaps.filter(|text| {
            Pattern::parse(text).is_ok_and(|found| headline.is_empty() || found.is_match(headline))
        });
        let plain = if headline.is_empty() {
            pattern
        } else {
            headline
        };
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        of_gaps.unwrap_or(plain)
    }

    /// The pattern as somebody would type it.
    pub fn text(&self) -> String {
        if self.regex {
            format!("/{}/", self.pattern)
        } else {
            self.pattern.clone()
        }
    }

    /// Makes it ready.
    ///
    /// # Errors
    /// When the pattern cannot be used.
    pub fn matcher(&self) -> Result<Matcher, PatternError> {
        let pattern = if self.regex {
            Pattern::regex(&self.pattern)
        } else {
            Pattern::literal(&self.pattern)
        };
        Ok(Matcher {
            pattern: pattern?,
            job: self.job.clone(),
        })
    }

    /// The blocks of a description; those that cannot be used are left out.
    pub fn parse(description: &str) -> Vec<Self> {
        let mut blocks = Vec::new();
        let mut lines = description.lines();
        while let Some(line) = lines.next() {
            let Some(fence) = opening(line) else { continue };
            let inside: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim() != fence)
                .collect();
            let value = |name: &str| {
                let found = inside.iter().find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
                });
                found.map(unquoted).filter(|value| !value.is_empty())
            };
            let Some(wanted) = value("match") else {
                continue;
            };
            let expression = wanted
                .strip_prefix('/')
                .and_then(|rest| rest.strip_suffix('/'));
            let block = Self {
                pattern: expression.unwrap_or(&wanted).to_owned(),
                regex: expression.is_some(),
                job: value("job"),
            };
            if block.matcher().is_ok() && blocks.len() < MOST {
                blocks.push(block);
            }
        }
        blocks
    }
}

impl fmt::Display for KnownIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A fence longer than any in the pattern.
        let longest = self.pattern.split(|letter| letter != '`').map(str::len);
        let fence = "`".repeat(longest.max().unwrap_or(0).max(2) + 1);
        writeln!(f, "{fence}ci-failure")?;
        writeln!(f, "match: {}", quoted(&self.text()))?;
        if let Some(job) = &self.job {
            writeln!(f, "job: {}", quoted(job))?;
        }
        writeln!(f, "{fence}")
    }
}

impl Matcher {
    /// Whether it means jobs of this name.
    pub fn means_job(&self, job: &str) -> bool {
        self.job.as_ref().is_none_or(|wanted| is_like(wanted, job))
    }

    /// Whether it is in the line.
    pub fn is_in(&self, line: &str) -> bool {
        self.pattern.is_match(line)
    }

    /// Whether a failure of this job with these lines belongs to the issue.
    pub fn holds<'t>(&self, job: &str, mut lines: impl Iterator<Item = &'t str>) -> bool {
        self.means_job(job) && lines.any(|line| self.is_in(line))
    }
}

/// A masked headline as an expression: what was masked may be anything.
fn with_gaps(pattern: &str) -> Option<String> {
    if !pattern.contains(['«', '…']) {
        return None;
    }
    let mut expression = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['«', '…']) {
        expression.push_str(&spaced(&rest[..at]));
        expression.push_str(".*");
        rest = match rest[at..].strip_prefix('…') {
            Some(rest) => rest,
            None => rest[at..].split_once('»').map_or("", |(_, rest)| rest),
        };
    }
    expression.push_str(&spaced(rest));
    while let Some(shorter) = expression.strip_suffix(".*") {
        expression.truncate(shorter.len());
    }
    let expression = expression.trim_start_matches(".*");
    let letters = pattern
        .split(['«', '»'])
        .step_by(2)
        .flat_map(str::chars)
        .filter(|letter| letter.is_alphanumeric())
        .count();
    (letters >= LEAST).then(|| format!("/{expression}/"))
}

/// Text as a part of an expression; white space may be any.
fn spaced(text: &str) -> String {
    regex::escape(text).replace(' ', r"\s+")
}

/// Whether a name is like a wanted one, in which `*` stands for anything.
fn is_like(wanted: &str, name: &str) -> bool {
    let Some((first, rest)) = wanted.split_once('*') else {
        return wanted == name;
    };
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The fence that a line opens a block with.
fn opening(line: &str) -> Option<String> {
    let line = line.trim();
    let letter = line
        .chars()
        .next()
        .filter(|letter| matches!(letter, '`' | '~'))?;
    let fence: String = line.chars().take_while(|other| *other == letter).collect();
    let named = line[fence.len()..].split_whitespace().next() == Some("ci-failure");
    (fence.len() >= 3 && named).then_some(fence)
}

/// A value without the quotes around it; `\"` and `\\` inside double quotes stand for themselves.
fn unquoted(text: &str) -> String {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    let Some(text) = inside('"') else {
        return inside('\'').unwrap_or(text).to_owned();
    };
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letters.next_if(|next| letter == '\\' && matches!(next, '"' | '\\'));
        out.push(escaped.unwrap_or(letter));
    }
    out
}

/// A value in double quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(pattern: &str, regex: bool, job: Option<&str>) -> KnownIssue {
        KnownIssue {
            pattern: pattern.to_owned(),
            regex,
            job: job.map(str::to_owned),
        }
    }

    #[test]
    fn blocks_are_found_between_other_text() {
        let text = "Disk is full.\n\n```ci-failure\nmatch: \"no space left on device\"\njob: \"test:*\"\n```\n\
                    ```rust\nmatch: nothing\n```\n~~~~ ci-failure\nMatch: /status (502|503)/\n~~~~\n";
        assert_eq!(
            KnownIssue::parse(text),
            [
                block("no space left on device", false, Some("test:*")),
                block("status (502|503)", true, None),
            ]
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        for known in [
            block("no space left on device", false, None),
            block(r#"say "no" to C:\new\n"#, false, Some("test:*")),
            block(r"\d+ of \\ 5 \.rs:", true, Some("a \"b\"")),
            block("`` and ``` in it", false, None),
        ] {
            let text = format!("Before.\n\n{known}\nAfter.\n");
            assert_eq!(KnownIssue::parse(&text), [known], "{text}");
        }
    }

    #[test]
    fn typed_patterns_have_one_line_and_can_be_used() {
        let known = KnownIssue::typed(" a\r\n b ", Some(" ")).unwrap();
        assert_eq!(known, block("a b", false, None));
        assert_eq!(
            KnownIssue::typed("/a.b/", Some("x*")).unwrap(),
            block("a.b", true, Some("x*"))
        );
        assert_eq!(KnownIssue::typed(" ", None), Err(PatternError::Empty));
        assert!(KnownIssue::typed("/(/", None).is_err());
    }

    #[test]
    fn proposed_pattern_holds_for_its_headline_and_its_kind() {
        let headline = "Connection to db-3.example.com:5432  refused (try 3)";
        let text = KnownIssue::proposed("Connection to «HOST1» refused (try «N1»)", headline);
        assert_eq!(text, r"/Connection\s+to\s+.*\s+refused\s+\(try\s+.*\)/");
        let pattern = Pattern::parse(&text).unwrap();
        assert!(pattern.is_match("connection to other:1 refused (try 99)"));
        assert!(!pattern.is_match("connection to other:1 accepted"));
        // Nothing but gaps, or gaps that miss the headline: the headline itself.
        assert_eq!(KnownIssue::proposed("«N1» «N2»", "1  2"), "1 2");
        assert_eq!(
            KnownIssue::proposed("something else «N1»", "as it is"),
            "as it is"
        );
        assert_eq!(
            KnownIssue::proposed("cannot find -lssl", "ld: cannot find -lssl"),
            "ld: cannot find -lssl"
        );
        assert_eq!(
            KnownIssue::proposed("«N1» tests failed and…", ""),
            r"/\s+tests\s+failed\s+and/"
        );
    }

    #[test]
    fn star_stands_for_anything() {
        for (wanted, name) in [
            ("test", "test"),
            ("test*", "test 1/3"),
            ("*:unit", "go:unit"),
            ("a*b*c", "a1b2c"),
            ("*", ""),
        ] {
            assert!(is_like(wanted, name), "{wanted} {name}");
        }
        for (wanted, name) in [
            ("test", "test 1"),
            ("test*", "a test"),
            ("*:unit", "unit"),
            ("a*b*c", "acb"),
            ("ab*ba", "aba"),
        ] {
            assert!(!is_like(wanted, name), "{wanted} {name}");
        }
    }

    #[test]
    fn block_that_cannot_be_used_is_none() {
        for text in [
            "```ci-failure\njob: test\n```",
            "```ci-failure\nmatch: \"\"\n```",
            "```ci-failure\nmatch: /(/\n```",
            "ci-failure\nmatch: x\n",
        ] {
            assert_eq!(KnownIssue::parse(text), [], "{text}");
        }
    }

    #[test]
    fn block_without_an_end_counts_as_one() {
        let text = "```ci-failure\r\nmatch: 'say \"no\"'\r\n";
        assert_eq!(KnownIssue::parse(text), [block("say \"no\"", false, None)]);
    }
}
