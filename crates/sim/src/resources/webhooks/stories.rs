//! What happened to merge requests, issues and releases since somebody last looked.
//!
//! Their stories are told anew at each look, which takes a while, so a look is at a few projects in turn.

use super::happening::{Comment, Happening, What};
use crate::resources::releases::released;
use crate::resources::scene::{history, project_place};
use crate::resources::tags::tags;
use crate::resources::tale::{End, Issue, Remark, Request, issues};
use crate::world::{Moment, Time};

/// Projects that one look is at.
const AT_ONCE: usize = 5;

/// What has been seen of all projects.
#[derive(Debug)]
pub(super) struct Stories {
    /// By project.
    seen: Vec<Seen>,
    /// The project whose turn is next.
    turn: usize,
}

/// What has been seen of a project.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Everything up to then.
    at: Time,
    /// So many merge requests; they are older than the push that makes them visible.
    requests: usize,
}

impl Stories {
    /// Begins at a moment: nothing before it is told.
    pub(super) fn new(moment: &Moment<'_>) -> Self {
        let seen = (0..moment.projects.len() as u32).map(|project| Seen {
            at: moment.at(),
            requests: history(moment, project).requests.len(),
        });
        Self {
            seen: seen.collect(),
            turn: 0,
        }
    }

    /// Up to when everything has been seen.
    pub(super) fn at(&self) -> Option<Time> {
        self.seen.iter().map(|seen| seen.at).min()
    }

    /// What happened up to this moment in the projects whose turn it is.
    pub(super) fn look(&mut self, moment: &Moment<'_>) -> Vec<Happening> {
        let mut found = Vec::new();
        for _ in 0..AT_ONCE.min(self.seen.len()) {
            let project = self.turn;
            self.turn = (self.turn + 1) % self.seen.len();
            let seen = &mut self.seen[project];
            if moment.at() <= seen.at {
                continue;
            }
            let mut tell = |at, what| {
                found.push(Happening {
                    at,
                    project: project as u32,
                    what,
                });
            };
            let requests = history(moment, project as u32).requests;
            for request in &requests {
                let new = request.index as usize >= seen.requests;
                merge_request(request, new, seen.at, &mut tell);
            }
            for issue in issues(&project_place(moment, project as u32)) {
                of_issue(&issue, seen.at, &mut tell);
            }
            let row = &moment.projects[project];
            for tag in tags(moment, row) {
                if let Some(release) = released(moment, row, tag)
                    && release.created > seen.at
                {
                    tell(release.created, What::Release(tag));
                }
            }
            *seen = Seen {
                at: moment.at(),
                requests: requests.len(),
            };
        }
        found.sort_by_key(|happening| happening.at);
        found
    }
}

fn merge_request(request: &Request, new: bool, after: Time, tell: &mut impl FnMut(Time, What)) {
    if request.updated <= after && !new {
        return;
    }
    let iid = request.index + 1;
    let mut act = |at, action| tell(at, What::MergeRequest { iid, action });
    let mut quiet = true;
    if new {
        act(request.created.max(after), "open");
        quiet = false;
    }
    for (_, at) in request.approvals.iter().filter(|(_, at)| *at > after) {
        act(*at, "approved");
        quiet = false;
    }
    match request.end {
        End::Merged { at, .. } if at > after => act(at, "merge"),
        End::Closed { at, .. } if at > after => act(at, "close"),
        _ if quiet && request.remarks.iter().all(|remark| remark.updated <= after) => {
            act(request.updated, "update");
        }
        _ => {}
    }
    comments(&request.remarks, (true, iid, false), after, tell);
}

fn of_issue(issue: &Issue, after: Time, tell: &mut impl FnMut(Time, What)) {
    if issue.updated <= after {
        return;
    }
    let (iid, confidential) = (issue.index + 1, issue.confidential);
    let mut act = |at, action| {
        tell(
            at,
            What::Issue {
                iid,
                action,
                confidential,
            },
        );
    };
    if issue.created > after {
        act(issue.created, "open");
    }
    for (at, state) in issue.turns.iter().filter(|(at, _)| *at > after) {
        act(
            *at,
            if *state == "closed" {
                "close"
            } else {
                "reopen"
            },
        );
    }
    comments(&issue.remarks, (false, iid, confidential), after, tell);
}

/// Comments of people; GitLab's own notes are not told.
fn comments(
    remarks: &[Remark],
    (on_merge_request, iid, confidential): (bool, u64, bool),
    after: Time,
    tell: &mut impl FnMut(Time, What),
) {
    for remark in remarks
        .iter()
        .filter(|remark| !remark.system && remark.at > after)
    {
        let comment = Comment {
            on_merge_request,
            iid,
            remark: remark.index,
            confidential,
        };
        tell(remark.at, What::Note(comment));
    }
}
