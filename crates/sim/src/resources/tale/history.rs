//! When the commits of a project were pushed, and what became of its merge requests.

use std::collections::HashMap;

use super::issue::hide_future;
use super::{Place, Remark, talk};
use crate::resources::Dice;
use crate::world::{Branch, HOUR, MINUTE, Project, Row, Time};

/// The pushes and merges of a project up to one moment.
#[derive(Debug)]
pub(crate) struct History {
    /// When each commit was pushed; none: not by now.
    pushed: Vec<Option<Time>>,
    /// Its merge requests so far: number `iid` is at `iid - 1`.
    pub(crate) requests: Vec<Request>,
    /// Which merge request (index) a commit of the default branch merged.
    merges: HashMap<u32, usize>,
}

/// A merge request at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Number within its project, from 0; the iid is one more.
    pub(crate) index: u64,
    /// Its own chance, for what does not change.
    pub(crate) dice: Dice,
    /// When it was opened.
    pub(crate) created: Time,
    /// The last event so far.
    pub(crate) updated: Time,
    /// Index into the world's users.
    pub(crate) author: u64,
    /// Indexes of its commits, oldest first.
    pub(crate) commits: Vec<u32>,
    /// Index of the commit it branched off.
    pub(crate) base: u32,
    /// How it stands.
    pub(crate) end: End,
    /// Who approved it and when, by time.
    pub(crate) approvals: Vec<(u64, Time)>,
    /// Comments and system notes so far, oldest first.
    pub(crate) remarks: Vec<Remark>,
    /// Whether it is a draft, as long as it is open.
    pub(crate) draft: bool,
}

/// How a merge request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Not at its end.
    Opened,
    /// Merged by `commit` of the default branch.
    Merged {
        /// When.
        at: Time,
        /// Index into the world's users.
        by: u64,
        /// Index of the commit.
        commit: u32,
    },
    /// Given up.
    Closed {
        /// When.
        at: Time,
        /// Index into the world's users.
        by: u64,
    },
}

/// What will become of it when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Merge,
    Close,
    Linger,
}

/// People push to the newest few merge requests only; an older one can come to its end.
const LIVELY: usize = 4;

impl History {
    /// The history of `project`, whose pipelines are `rows` by creation.
    pub(crate) fn of<'a>(
        project: &Project,
        rows: impl Iterator<Item = &'a Row>,
        place: &Place,
    ) -> Self {
        let mut pushed: Vec<Option<Time>> = vec![None; project.commits.len()];
        if let (Some(first), Some(commit)) = (pushed.first_mut(), project.commits.first()) {
            *first = Some(commit.at);
        }
        // A push starts a pipeline at once, so the first pipeline of a commit tells the time of its push.
        for row in rows.take_while(|row| row.created <= place.now) {
            if let Some(pushed) = pushed.get_mut(row.commit as usize)
                && pushed.is_none()
            {
                *pushed = Some(row.created);
            }
        }
        let mut requests = requests(project, &pushed, place);
        let merges = settle(project, &pushed, &mut requests, place);
        for request in &mut requests {
            finish(request, place);
        }
        Self {
            pushed,
            requests,
            merges,
        }
    }

    /// When the commit at this index was pushed; none if that is not by now.
    pub(crate) fn pushed(&self, commit: u32) -> Option<Time> {
        self.pushed.get(commit as usize).copied().flatten()
    }

    /// The commits of the default branch, newest first.
    pub(crate) fn default_branch(&self, project: &Project) -> Vec<u32> {
        self.commits(project, |branch| branch == Branch::Default)
    }

    /// The commits reachable from the source branch of a merge request, newest first.
    pub(crate) fn feature_branch(&self, project: &Project, request: &Request) -> Vec<u32> {
        let own = request.commits.iter().rev().copied();
        let base = self
            .default_branch(project)
            .into_iter()
            .filter(|commit| *commit <= request.base);
        own.chain(base).collect()
    }

    /// All commits so far, newest first.
    pub(crate) fn all(&self, project: &Project) -> Vec<u32> {
        self.commits(project, |_| true)
    }

    /// The merge request that this commit of the default branch merged.
    pub(crate) fn merged_by(&self, commit: u32) -> Option<&Request> {
        self.merges.get(&commit).map(|index| &self.requests[*index])
    }

    /// The merge request with this iid.
    pub(crate) fn request(&self, iid: u64) -> Option<&Request> {
        self.requests
            .get(usize::try_from(iid.checked_sub(1)?).ok()?)
    }

    fn commits(&self, project: &Project, wanted: impl Fn(Branch) -> bool) -> Vec<u32> {
        let known = project.commits.iter().enumerate();
        let mut found: Vec<u32> = known
            .filter(|(index, commit)| wanted(commit.branch) && self.pushed[*index].is_some())
            .map(|(index, _)| index as u32)
            .collect();
        found.reverse();
        found
    }
}

/// Indexes of the commits of the default branch pushed by `now`, newest first: [`History::default_branch`] alone.
pub(crate) fn default_commits<'a>(
    project: &Project,
    rows: impl Iterator<Item = &'a Row>,
    now: Time,
) -> Vec<u32> {
    let mut pushed = vec![false; project.commits.len()];
    if let Some(first) = pushed.first_mut() {
        *first = true;
    }
    for row in rows.take_while(|row| row.created <= now) {
        if let Some(pushed) = pushed.get_mut(row.commit as usize) {
            *pushed = true;
        }
    }
    let commits = project.commits.iter().zip(pushed).enumerate();
    commits
        .filter(|(_, (commit, pushed))| *pushed && commit.branch == Branch::Default)
        .map(|(index, _)| index as u32)
        .rev()
        .collect()
}

fn requests(project: &Project, pushed: &[Option<Time>], place: &Place) -> Vec<Request> {
    let mut commits: Vec<Vec<u32>> = vec![Vec::new(); project.merge_requests.len()];
    for (index, commit) in project.commits.iter().enumerate() {
        if let Branch::Feature(iid) = commit.branch
            && pushed[index].is_some()
            && let Some(own) = commits.get_mut((iid as usize).wrapping_sub(1))
        {
            own.push(index as u32);
        }
    }
    let rows = project.merge_requests.iter().zip(commits).enumerate();
    rows.take_while(|(_, (_, commits))| !commits.is_empty())
        .map(|(index, (row, commits))| {
            let dice = place.dice.of("merge request").at(index as u64);
            let last = commits
                .iter()
                .filter_map(|commit| pushed[*commit as usize])
                .max();
            Request {
                index: index as u64,
                dice,
                created: row.opened,
                updated: last.unwrap_or(row.opened).max(row.opened),
                author: u64::from(row.author),
                base: commits
                    .first()
                    .and_then(|first| project.commits[*first as usize].parent)
                    .unwrap_or(0),
                commits,
                end: End::Opened,
                approvals: Vec::new(),
                remarks: Vec::new(),
                draft: false,
            }
        })
        .collect()
}

/// Decides what came to its end: closed ones at once, merged ones with the next push to the default branch.
fn settle(
    project: &Project,
    pushed: &[Option<Time>],
    requests: &mut [Request],
    place: &Place,
) -> HashMap<u32, usize> {
    let mut ready: Vec<(Time, usize)> = Vec::new();
    for index in 0..requests.len() {
        let Some(next) = requests.get(index + LIVELY) else {
            break;
        };
        let (opened, last) = (next.created, requests[index].updated);
        let mut dice = requests[index].dice.of("end");
        let at = opened
            .max(last)
            .plus(2 * MINUTE + dice.below(8 * HOUR as u64) as i64);
        match fate(requests[index].dice) {
            Fate::Merge => ready.push((at, index)),
            Fate::Close if at <= place.now => {
                requests[index].end = End::Closed {
                    at,
                    by: dice.below(place.users),
                };
            }
            Fate::Close | Fate::Linger => {}
        }
    }
    ready.sort_unstable();
    let mut ready = ready.into_iter().peekable();
    let mut merges = HashMap::new();
    let pushes = project
        .commits
        .iter()
        .enumerate()
        .filter(|(_, commit)| commit.branch == Branch::Default);
    for (commit, row) in pushes {
        let Some(at) = pushed[commit] else { continue };
        if let Some((_, index)) = ready.next_if(|(ready, _)| *ready < row.at.min(at)) {
            requests[index].end = End::Merged {
                at,
                by: u64::from(row.author),
                commit: commit as u32,
            };
            merges.insert(commit as u32, index);
        }
    }
    merges
}

fn fate(dice: Dice) -> Fate {
    match dice.of("fate").below(100) {
        0..80 => Fate::Merge,
        80..93 => Fate::Close,
        _ => Fate::Linger,
    }
}

/// Adds what people said and approved before the end.
fn finish(request: &mut Request, place: &Place) {
    let mut dice = request.dice.of("review");
    let end = match request.end {
        End::Opened => None,
        End::Merged { at, .. } | End::Closed { at, .. } => Some(at),
    };
    let horizon = end.map_or(place.now, |end| end.min(place.now));
    // Reviews begin after the first push, which may be a minute after the opening.
    let begin = request.created.plus(2 * MINUTE);
    let span = 2 * HOUR + dice.below(60 * HOUR as u64) as i64;
    let approvers = dice.below(3);
    for _ in 0..approvers {
        let (by, at) = (
            dice.below(place.users),
            begin.plus(dice.below(span as u64) as i64),
        );
        let again = request
            .approvals
            .iter()
            .any(|(approver, _)| *approver == by);
        if at <= horizon && by != request.author && !again {
            request.approvals.push((by, at));
        }
    }
    request.approvals.sort_unstable_by_key(|(_, at)| *at);
    request.remarks = talk(request.dice, begin, begin.plus(span), place.users, 7);
    request.remarks.retain(|remark| remark.at <= horizon);
    for remark in &mut request.remarks {
        hide_future(remark, horizon);
    }
    let talked = request.remarks.iter().map(|remark| remark.updated);
    let approved = request.approvals.iter().map(|(_, at)| *at);
    request.updated = talked
        .chain(approved)
        .chain(end)
        .fold(request.updated, Time::max);
    request.draft = request.end == End::Opened && fate(request.dice) == Fate::Linger;
}
