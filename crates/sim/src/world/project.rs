//! Projects, with their commits, branches, tags and merge requests.

use std::sync::Arc;

use super::layout::Layout;
use super::names::CHANGES;
use super::random::mix;
use super::time::Time;

/// A project and everything listed per project.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: u64,
    /// Own seed: details are derived from it.
    pub(crate) seed: u64,
    /// Index into the world's groups.
    pub(crate) group: u32,
    /// Last part of the path.
    pub(crate) path: String,
    pub(crate) name: String,
    /// `path_with_namespace`.
    pub(crate) full_path: String,
    /// Where it was before it was renamed: that path answers 301.
    pub(crate) old_path: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) default_branch: &'static str,
    pub(crate) visibility: &'static str,
    pub(crate) archived: bool,
    /// Belongs to another root group and is shared with `acme`.
    pub(crate) shared: bool,
    pub(crate) topics: Vec<&'static str>,
    pub(crate) created: Time,
    /// Index into the world's users.
    pub(crate) creator: u32,
    pub(crate) layout: Arc<Layout>,
    pub(crate) child_layout: Arc<Layout>,
    /// Mean pipelines per day.
    pub(crate) pipelines_per_day: f64,
    /// Its pipelines, by creation: indexes into the world's pipelines.
    pub(crate) pipelines: Vec<u32>,
    /// Its blocks of jobs, by creation: indexes into the world's blocks.
    pub(crate) blocks: Vec<u32>,
    /// Its commits, by time.
    pub(crate) commits: Vec<Commit>,
    /// Index of the newest commit on the default branch.
    pub(crate) head: u32,
    /// Its tags, by time.
    pub(crate) tags: Vec<Tag>,
    /// Its merge requests: number `iid` is at `iid - 1`.
    pub(crate) merge_requests: Vec<MergeRequest>,
    /// How many pipelines were started other than by a bridge.
    pub(crate) roots: u32,
}

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) at: Time,
    /// Index into the world's users.
    pub(crate) author: u32,
    /// Index of the commit before it on its branch; none for the first.
    pub(crate) parent: Option<u32>,
    /// Branch it was pushed to.
    pub(crate) branch: Branch,
}

/// A branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branch {
    /// The default branch.
    Default,
    /// The source branch of the merge request with this iid.
    Feature(u32),
}

/// A tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) at: Time,
    /// Index of its commit.
    pub(crate) commit: u32,
}

/// A merge request; everything else about it is derived from the project's seed and the iid.
#[derive(Debug, Clone)]
pub(crate) struct MergeRequest {
    pub(crate) opened: Time,
    /// Index into the world's users.
    pub(crate) author: u32,
    /// Index of the newest commit on its branch.
    pub(crate) head: u32,
    /// When its branch was last pushed to.
    pub(crate) pushed: Time,
}

impl Project {
    /// Name of a branch.
    pub(crate) fn branch(&self, branch: Branch) -> String {
        match branch {
            Branch::Default => self.default_branch.to_owned(),
            Branch::Feature(iid) => {
                let word =
                    CHANGES[(mix(self.seed, u64::from(iid)) % CHANGES.len() as u64) as usize];
                format!("feature/{iid}-{word}")
            }
        }
    }

    /// Name of the tag at `index`, for example `v1.4.0`.
    pub(crate) fn tag(index: u32) -> String {
        format!("v{}.{}.{}", 1 + index / 40, index / 4 % 10, index % 4)
    }

    /// The commit's name: forty hexadecimal digits.
    pub(crate) fn sha(&self, commit: u32) -> String {
        super::random::sha(mix(self.seed ^ 0xC0_3317, u64::from(commit)))
    }

    /// The merge request with this iid.
    pub(crate) fn merge_request(&self, iid: u32) -> Option<&MergeRequest> {
        self.merge_requests.get((iid as usize).checked_sub(1)?)
    }
}
