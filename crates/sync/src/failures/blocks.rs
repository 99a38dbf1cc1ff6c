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

use labtower_explain::{Explanation, Pattern};
use labtower_model::JobId;
use labtower_store::{BlockLinks, Issue, IssueBlock, IssueKey};

use super::Explaining;
use crate::{SyncError, Syncer};

/// Reasons looked at in one read.
const SLICE: usize = 500;

/// Blocks of one issue that count.
const MOST: usize = 20;

/// The blocks of all issues.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    list: Vec<(IssueKey, Matcher)>,
}

/// A block, ready to be tried.
#[derive(Debug, Clone)]
struct Matcher {
    pattern: Pattern,
    /// `*` stands for anything.
    job: Option<String>,
}

impl Matcher {
    fn of(block: &IssueBlock) -> Option<Self> {
        let pattern = if block.regex {
            Pattern::regex(&block.pattern)
        } else {
            Pattern::literal(&block.pattern)
        };
        Some(Self {
            pattern: pattern.ok()?,
            job: block.job.clone(),
        })
    }

    fn holds<'t>(&self, job: &str, mut lines: impl Iterator<Item = &'t str>) -> bool {
        self.job.as_ref().is_none_or(|wanted| is_like(wanted, job))
            && lines.any(|line| self.pattern.is_match(line))
    }
}

impl Blocks {
    fn of(issues: &[Issue]) -> Self {
        let list = issues.iter().flat_map(|issue| {
            let matchers = issue.blocks.iter().filter_map(Matcher::of);
            matchers.map(|matcher| (issue.key.clone(), matcher))
        });
        Self {
            list: list.collect(),
        }
    }

    /// The issues a failure belongs to.
    pub(super) fn matching(&self, job: &str, explanation: &Explanation) -> Vec<IssueKey> {
        let lines = || {
            let excerpt = explanation.excerpt.iter().map(|line| line.text.as_str());
            std::iter::once(explanation.headline.as_str()).chain(excerpt)
        };
        self.issues(job, lines)
    }

    fn issues<'t, Lines: Iterator<Item = &'t str>>(
        &self,
        job: &str,
        lines: impl Fn() -> Lines,
    ) -> Vec<IssueKey> {
        let mut found: Vec<IssueKey> = Vec::new();
        for (issue, matcher) in &self.list {
            if !found.contains(issue) && matcher.holds(job, lines()) {
                found.push(issue.clone());
            }
        }
        found
    }
}

impl Syncer {
    /// The blocks of all issues; read once, and again after an issue's have changed.
    pub(super) async fn blocks<'e>(
        &self,
        explaining: &'e mut Explaining,
    ) -> Result<&'e Blocks, SyncError> {
        let blocks = if let Some(blocks) = explaining.blocks.take() {
            blocks
        } else {
            let issues = self.read(|reader| reader.issues_with_blocks()).await?;
            Blocks::of(&issues)
        };
        Ok(explaining.blocks.insert(blocks))
    }

    /// The links that the blocks of issues make over all failures explained so far.
    pub(super) async fn block_links(&self, issues: &[Issue]) -> Result<Vec<BlockLinks>, SyncError> {
        let mut links: Vec<BlockLinks> = issues
            .iter()
            .map(|issue| BlockLinks {
                issue: issue.key.clone(),
                jobs: Vec::new(),
                more: false,
            })
            .collect();
        let blocks = Blocks::of(issues);
        if blocks.list.is_empty() {
            return Ok(links);
        }
        let mut after = JobId(i64::MIN);
        loop {
            let texts = self
                .read(move |reader| reader.reason_texts(jiff::Timestamp::UNIX_EPOCH, after, SLICE))
                .await?;
            let Some(last) = texts.last() else {
                return Ok(links);
            };
            after = last.job_id;
            for text in &texts {
                let lines = || {
                    let excerpt = text.excerpt.iter().map(|line| line.text.as_str());
                    std::iter::once(text.headline.as_str()).chain(excerpt)
                };
                for issue in blocks.issues(&text.name, lines) {
                    let link = links.iter_mut().find(|link| link.issue == issue);
                    if let Some(link) = link {
                        link.jobs.push(text.job_id);
                    }
                }
            }
        }
    }
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

/// The blocks of a description; those that cannot be used are left out.
pub(super) fn parse(description: &str) -> Vec<IssueBlock> {
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
        let block = IssueBlock {
            pattern: expression.unwrap_or(&wanted).to_owned(),
            regex: expression.is_some(),
            job: value("job"),
        };
        if Matcher::of(&block).is_some() && blocks.len() < MOST {
            blocks.push(block);
        }
    }
    blocks
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
    if let Some(text) = inside('"') {
        return text.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    inside('\'').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(pattern: &str, regex: bool, job: Option<&str>) -> IssueBlock {
        IssueBlock {
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
            parse(text),
            [
                block("no space left on device", false, Some("test:*")),
                block("status (502|503)", true, None),
            ]
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
            assert_eq!(parse(text), [], "{text}");
        }
    }

    #[test]
    fn block_without_an_end_counts_as_one() {
        let text = "```ci-failure\r\nmatch: 'say \"no\"'\r\n";
        assert_eq!(parse(text), [block("say \"no\"", false, None)]);
    }
}
