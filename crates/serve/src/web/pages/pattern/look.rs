//! Looking through the history, for so long and no longer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use labtower_explain::{GreenLines, KnownIssue, Matcher};
use labtower_store::{GroupId, IssueKey, Reader, ReasonLines, StoreError};
use tokio::time::Instant;

use super::{Example, GreenExample, GroupHit, IssueHit, JobHit, Preview};
use crate::web::pages::value::{Count, Seconds, Share, When};

/// Longest time for failures, and as long again for green runs.
const TIME: Duration = Duration::from_secs(4);
/// Examples, groups, jobs and issues shown.
const SHOWN: usize = 20;
/// Distinct lines that green runs are searched for.
const LINES: usize = 5000;
/// Letters shown of a line.
const LETTERS: usize = 300;

/// What failures said.
#[derive(Default)]
struct Tally {
    projects: HashSet<String>,
    /// Failures that match and all, by group.
    groups: BTreeMap<Option<GroupId>, (u64, u64)>,
    jobs: BTreeMap<(String, String), u64>,
    issues: BTreeMap<IssueKey, u64>,
    /// Lines that match, by what green runs know them by.
    lines: HashMap<u64, String>,
}

impl Preview {
    /// Fills in what the pattern matches.
    pub(super) fn look(
        &mut self,
        reader: &Reader<'_>,
        matcher: &Matcher,
        known: &KnownIssue,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        let stored = reader.explained_history()?;
        self.looked.failures_stored = Count(stored.reasons);
        self.looked.green_runs_stored = Count(stored.green_runs);
        self.looked.complete = true;
        let linked = reader.issues_by_subject()?;
        let mut tally = Tally::default();
        if !known.regex {
            // A green run may have printed just this.
            tally
                .lines
                .insert(GreenLines::line(&known.pattern), known.pattern.clone());
        }
        reader.each_reason(|failure| {
            if begun.elapsed() > TIME {
                self.looked.complete = false;
                return ControlFlow::Break(());
            }
            self.looked.failures.0 += 1;
            self.looked.oldest = Some(When(failure.created_at));
            let group = tally.groups.entry(failure.group_id).or_default();
            group.1 += 1;
            if let Some(example) = matched(matcher, &failure, &mut tally.lines) {
                group.0 += 1;
                self.failures.0 += 1;
                for issue in linked.of(failure.job_id, failure.group_id) {
                    *tally.issues.entry(issue.clone()).or_default() += 1;
                }
                if self.examples.len() < SHOWN {
                    self.examples.push(example);
                }
                let job = (failure.project.clone(), failure.name);
                *tally.jobs.entry(job).or_default() += 1;
                tally.projects.insert(failure.project);
            }
            ControlFlow::Continue(())
        })?;
        self.look_at_green(reader, matcher, &tally.lines)?;
        self.projects = Count(tally.projects.len() as u64);
        self.sum_up(reader, tally)?;
        self.looked.seconds = Some(Seconds(begun.elapsed().as_secs_f64()));
        Ok(())
    }

    fn look_at_green(
        &mut self,
        reader: &Reader<'_>,
        matcher: &Matcher,
        lines: &HashMap<u64, String>,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        self.looked.lines = Count(lines.len() as u64);
        reader.each_green(|green| {
            if begun.elapsed() > TIME {
                self.looked.complete = false;
                return ControlFlow::Break(());
            }
            let Some(printed) = GreenLines::from_bytes(&green.hashes) else {
                // Of another version: read again with the next failure of its job.
                return ControlFlow::Continue(());
            };
            self.looked.green_runs.0 += 1;
            if !matcher.means_job(&green.name) {
                return ControlFlow::Continue(());
            }
            let text = lines.iter().find(|(line, _)| printed.has_line(**line));
            if let Some((_, text)) = text {
                self.green_runs.0 += 1;
                if self.green_examples.len() < SHOWN {
                    self.green_examples.push(GreenExample {
                        job_id: green.job_id.get(),
                        project: green.project,
                        job: green.name,
                        ref_name: green.ref_name,
                        text: shortened(text),
                    });
                }
            }
            ControlFlow::Continue(())
        })
    }

    /// Most first.
    fn sum_up(&mut self, reader: &Reader<'_>, tally: Tally) -> Result<(), StoreError> {
        let mut groups: Vec<_> = tally.groups.into_iter().collect();
        groups.retain(|(_, (hits, _))| *hits > 0);
        groups.sort_by_key(|(_, (hits, _))| std::cmp::Reverse(*hits));
        for (id, (hits, all)) in groups.into_iter().take(SHOWN) {
            self.groups.push(GroupHit {
                id: id.map(|id| id.0),
                title: match id {
                    Some(id) => reader.group_title(id)?,
                    None => "no group".to_owned(),
                },
                failures: Count(hits),
                of: Count(all),
                share: Share(hits as f64 / all as f64),
            });
        }
        let mut jobs: Vec<_> = tally.jobs.into_iter().collect();
        jobs.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
        let jobs = jobs.into_iter().take(SHOWN);
        self.jobs = jobs
            .map(|((project, job), hits)| JobHit {
                project,
                job,
                failures: Count(hits),
            })
            .collect();
        let mut issues: Vec<_> = tally.issues.into_iter().collect();
        issues.sort_by_key(|(_, hits)| std::cmp::Reverse(*hits));
        let issues = issues.into_iter().take(SHOWN);
        self.issues = issues
            .map(|(issue, hits)| IssueHit {
                issue: issue.to_string(),
                failures: Count(hits),
            })
            .collect();
        Ok(())
    }
}

/// The first line of the failure that matches; all that match are noted.
fn matched(
    matcher: &Matcher,
    failure: &ReasonLines,
    lines: &mut HashMap<u64, String>,
) -> Option<Example> {
    if !matcher.means_job(&failure.name) {
        return None;
    }
    let headline = std::iter::once((failure.line, failure.headline.as_str()));
    let excerpt = failure.excerpt.iter();
    let excerpt = excerpt.map(|line| (line.number, line.text.as_str()));
    let mut first = None;
    for (line, text) in headline.chain(excerpt) {
        if !matcher.is_in(text) {
            continue;
        }
        if lines.len() < LINES {
            let key = GreenLines::line(text);
            lines.entry(key).or_insert_with(|| text.to_owned());
        }
        first = first.or(Some((line, text)));
    }
    let (line, text) = first?;
    Some(Example {
        job_id: failure.job_id.get(),
        project: failure.project.clone(),
        job: failure.name.clone(),
        created_at: When(failure.created_at),
        line,
        text: shortened(text),
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}
