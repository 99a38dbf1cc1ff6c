//! A failed job, made ready for its card.

mod deed;
mod range;
mod report;
mod words;

use jiff::Timestamp;
use labtower_explain::KnownIssue;
use labtower_model::Glyph;
use labtower_store::{ChangeOrigin, DependencyChange, LinkedIssue, LogLine};

pub(super) use self::deed::Deed;
use self::range::{Range, range};
use self::words::{decided, facts, judgement, note, whose_words};
use super::card::Rows;
use super::category::Kind;
use super::draft::NewIssueView;
use super::issue;
use crate::auth::Viewer;
use crate::options::ServeOptions;
use crate::web::format;
use crate::web::moment::Moment;

/// What the card shows.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) project: String,
    /// Its page in GitLab.
    pub(super) url: Option<String>,
    pub(super) kind: Kind,
    pub(super) whose: String,
    pub(super) headline: String,
    pub(super) allowed: bool,
    pub(super) retried: bool,
    pub(super) created: Moment,
    /// What the job was about: name and text.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) explained: Option<Explained>,
    /// What there is to say while there is no reason, or of the log.
    pub(super) note: String,
    /// What somebody said.
    pub(super) judgement: Option<String>,
    pub(super) excerpt: Vec<Line>,
    /// Other lines that may be the reason.
    pub(super) others: Vec<Line>,
    pub(super) tests: Vec<(String, String)>,
    pub(super) group: Option<Group>,
    pub(super) issues: Vec<Issue>,
    pub(super) alike: Vec<Issue>,
    pub(super) range: Option<Range>,
    pub(super) changes: Option<Changes>,
    pub(super) deeds: Vec<Deed>,
    pub(super) new_issue: NewIssueView,
    /// Where forms go back to.
    pub(super) next: String,
}

/// Why the reason says what it says.
#[derive(Debug)]
pub(super) struct Explained {
    pub(super) why: String,
    pub(super) decided: String,
    pub(super) version: String,
    pub(super) phase: String,
    pub(super) at: Moment,
}

/// A line of the log.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: Option<u32>,
    pub(super) url: Option<String>,
    pub(super) text: String,
    /// Whether it is the reason.
    pub(super) hit: bool,
}

/// The group it belongs to.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: i64,
    pub(super) colour: u8,
    pub(super) form: u8,
    pub(super) sign: String,
    pub(super) title: String,
    pub(super) failures: String,
    pub(super) projects: String,
    pub(super) first_seen: Moment,
    pub(super) is_new: bool,
    pub(super) came_back: bool,
    pub(super) muted: bool,
}

/// An issue, linked or proposed.
#[derive(Debug)]
pub(super) struct Issue {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) url: Option<String>,
    pub(super) closed: bool,
    /// Who or what linked it; how alike a proposal is.
    pub(super) note: String,
    /// Whether the group is linked, not the job alone.
    pub(super) of_group: bool,
}

/// Dependencies that differ from the last green run.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) origin: String,
    pub(super) rows: Vec<DependencyChange>,
}

impl Job {
    pub(super) fn new(
        rows: Rows,
        options: &ServeOptions,
        viewer: &Viewer,
        typed: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let Rows {
            reason,
            group,
            runs,
            alike,
            deeds,
        } = rows;
        let failure = &reason.failure;
        let url = format::link(failure.web_url.clone());
        let page = url
            .as_deref()
            .and_then(|url| url.split_once("/-/"))
            .map(|(page, _)| page.to_owned());
        let line_url = |number: Option<u32>| {
            Some(match number {
                Some(number) => format!("{}#L{number}", url.as_deref()?),
                None => return None,
            })
        };
        let hit = failure.line;
        let line = |line: &LogLine| Line {
            number: line.number,
            url: line_url(line.number),
            hit: line.number.is_some() && line.number == hit,
            text: line.text.clone(),
        };
        let body = reason.explained.as_ref().map(|explained| &explained.body);
        let headline = failure.headline.as_deref().unwrap_or_default();
        let pattern = group.as_ref().map_or(headline, |group| &group.pattern);
        let pattern = KnownIssue::proposed(pattern, headline);
        let range = range(&runs, failure.job_id.get(), page.as_deref(), now);
        let mut job = Self {
            id: failure.job_id.get(),
            name: failure.name.clone(),
            project: failure.project.clone(),
            kind: Kind::of(failure.category.as_deref()),
            whose: whose_words(failure.whose.as_deref()).to_owned(),
            headline: failure.headline.clone().unwrap_or_default(),
            allowed: failure.allow_failure,
            retried: failure.retried,
            created: Moment::new(failure.created_at, now),
            facts: facts(&reason, &runs),
            note: note(&reason, now),
            judgement: judgement(&reason, now),
            excerpt: body.map_or_else(Vec::new, |body| body.excerpt.iter().map(line).collect()),
            others: body.map_or_else(Vec::new, |body| {
                let others = body.candidates.iter().skip(1).take(4);
                others
                    .map(|candidate| Line {
                        number: candidate.line,
                        url: line_url(candidate.line),
                        text: candidate.headline.clone(),
                        hit: false,
                    })
                    .collect()
            }),
            tests: body.map_or_else(Vec::new, |body| {
                let tests = body.tests.iter().take(20);
                tests
                    .map(|test| (test.name.clone(), test.message.clone().unwrap_or_default()))
                    .collect()
            }),
            explained: reason.explained.as_ref().map(|explained| Explained {
                why: explained.why.clone(),
                decided: decided(&explained.decided_by.kind, &explained.decided_by.name),
                version: explained.decided_by.version.clone(),
                phase: failure.phase.clone().unwrap_or_default().replace('_', " "),
                at: Moment::new(explained.explained_at, now),
            }),
            group: group.map(|group| {
                let glyph = Glyph::of(group.id.0);
                Group {
                    id: group.id.0,
                    colour: glyph.colour,
                    form: glyph.form(),
                    sign: glyph.name(),
                    title: group.title.unwrap_or(group.pattern),
                    failures: format::count(group.failures.into()),
                    projects: format::count(group.projects.into()),
                    first_seen: Moment::new(group.first_seen, now),
                    is_new: group.is_new,
                    came_back: group.came_back,
                    muted: group.muted_until.is_some_and(|until| until > now),
                }
            }),
            issues: reason
                .issues
                .iter()
                .map(|link| linked(link, page.as_deref(), &failure.project, now))
                .collect(),
            alike: alike
                .into_iter()
                .filter(|found| !reason.issues.iter().any(|link| link.key == found.issue.key))
                .map(|found| Issue {
                    key: found.issue.key.to_string(),
                    closed: !found.issue.is_open(),
                    note: format!("{:.0} % alike", found.similarity * 100.0),
                    url: format::link(found.issue.web_url),
                    title: found.issue.title,
                    of_group: false,
                })
                .collect(),
            changes: reason.changes.as_ref().map(|changes| Changes {
                origin: match &changes.origin {
                    ChangeOrigin::Log => "as the two logs print them".to_owned(),
                    ChangeOrigin::LockFile(path) => format!("as {path} has them"),
                },
                rows: changes.changes.clone(),
            }),
            range,
            deeds: deeds.iter().map(|row| Deed::new(row, now)).collect(),
            new_issue: NewIssueView::none(),
            next: viewer
                .target()
                .split('?')
                .next()
                .unwrap_or_default()
                .to_owned(),
            url,
        };
        let draft = job.draft(page, pattern);
        let subject = match &job.group {
            Some(group) => ("group", group.id),
            None => ("job", job.id),
        };
        let only = job.group.is_some().then_some(job.id);
        let has = job.issues.iter().find(|issue| !issue.closed);
        let has = has.map(|issue| issue.key.clone());
        job.new_issue = draft.view(options, viewer, subject, only, has, typed);
        job
    }
}

fn linked(link: &LinkedIssue, page: Option<&str>, project: &str, now: Timestamp) -> Issue {
    let at = Moment::new(link.at, now).relative;
    let how = match link.how.as_str() {
        "person" => format!("linked by {} {at}", link.actor),
        "pattern" => format!("linked by a pattern of {} {at}", link.actor),
        _ => "linked by a block in the issue".to_owned(),
    };
    let mut parts = vec![how];
    if !link.assignees.is_empty() {
        parts.push(format!("assigned to {}", link.assignees.join(", ")));
    }
    Issue {
        key: link.key.to_string(),
        title: link
            .title
            .clone()
            .unwrap_or_else(|| "not read from GitLab yet".to_owned()),
        closed: link.state.as_deref() == Some("closed"),
        url: format::link(link.web_url.clone())
            .or_else(|| issue::address(page?, project, &link.key)),
        note: parts.join(", "),
        of_group: link.group_id.is_some(),
    }
}
