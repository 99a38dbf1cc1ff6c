//! The links that known-issue blocks make: which failures belong to which issue, as the issues themselves say.

use std::collections::BTreeMap;

use labtower_explain::{Explanation, KnownIssue, Matcher};
use labtower_model::JobId;
use labtower_store::{BlockLinks, Issue, IssueBlock, IssueKey};

use super::Explaining;
use crate::{SyncError, Syncer};

/// Reasons looked at in one read.
const SLICE: usize = 500;

/// The blocks of all issues; the same block in several issues is looked for once.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    list: Vec<(Matcher, Vec<IssueKey>)>,
}

impl Blocks {
    fn of(issues: &[Issue]) -> Self {
        let mut wanted: BTreeMap<&IssueBlock, Vec<IssueKey>> = BTreeMap::new();
        for issue in issues {
            for block in &issue.blocks {
                let keys = wanted.entry(block).or_default();
                if !keys.contains(&issue.key) {
                    keys.push(issue.key.clone());
                }
            }
        }
        let list = wanted.into_iter();
        Self {
            list: list
                .filter_map(|(block, keys)| Some((matcher(block)?, keys)))
                .collect(),
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
        for (matcher, issues) in &self.list {
            if matcher.holds(job, lines()) {
                found.extend(issues.iter().cloned());
            }
        }
        found.sort_unstable();
        found.dedup();
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

/// A stored block, ready to be tried; `None` if it cannot be used any more.
fn matcher(block: &IssueBlock) -> Option<Matcher> {
    let known = KnownIssue {
        pattern: block.pattern.clone(),
        regex: block.regex,
        job: block.job.clone(),
    };
    known.matcher().ok()
}

/// The blocks of a description as they are stored.
pub(super) fn of_description(description: &str) -> Vec<IssueBlock> {
    let known = KnownIssue::parse(description).into_iter();
    known
        .map(|known| IssueBlock {
            pattern: known.pattern,
            regex: known.regex,
            job: known.job,
        })
        .collect()
}
