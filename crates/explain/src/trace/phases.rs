//! Which part of a job a line belongs to.
//!
//! A phase is a section that the runner itself opens; a script's own sections inside do not count.
//! A log without markers (an old runner, or a copy) is told apart by the runner's own sentences.

use super::{Line, PhaseId};

/// A section marker.
pub(super) struct Marker<'a> {
    pub(super) opens: bool,
    pub(super) name: &'a str,
}

/// The phases seen so far, and the one that is open.
#[derive(Default)]
pub(super) struct Phases {
    names: Vec<String>,
    open: Option<PhaseId>,
    marked: bool,
    /// Index of the first line behind a gap, until a marker tells what was open there.
    gap: Option<usize>,
    /// Lines from `.0` up to `.1` belong to `.2`, learnt later.
    later: Option<(usize, usize, PhaseId)>,
}

/// Sections that GitLab's runner opens by itself.
const RUNNER: &[&str] = &[
    "resolve_secrets",
    "prepare_executor",
    "prepare_script",
    "get_sources",
    "clear_worktree",
    "restore_cache",
    "download_artifacts",
    "build_script",
    "step_script",
    "release",
    "after_script",
    "archive_cache",
    "archive_cache_on_failure",
    "upload_artifacts_on_success",
    "upload_artifacts_on_failure",
    "cleanup_file_variables",
    "cleanup_build_dir",
];

/// Sentences by which a log without markers is cut, and the phase each opens.
const SENTENCES: &[(&str, &str)] = &[
    ("Running with gitlab-runner", "prepare_executor"),
    ("Running with gitlab-ci-multi-runner", "prepare_executor"),
    ("Preparing the \"", "prepare_executor"),
    ("Using Docker executor with image", "prepare_executor"),
    ("Preparing environment", "prepare_script"),
    ("Getting source from Git repository", "get_sources"),
    ("Fetching changes", "get_sources"),
    ("Cloning repository", "get_sources"),
    ("Restoring cache", "restore_cache"),
    ("Checking cache for ", "restore_cache"),
    ("Downloading artifacts", "download_artifacts"),
    ("Executing \"step_script\" stage", "step_script"),
    ("Executing \"build_script\" stage", "step_script"),
    ("Running after_script", "after_script"),
    ("Running after script", "after_script"),
    ("Saving cache for ", "archive_cache"),
    ("Creating cache ", "archive_cache"),
    (
        "Uploading artifacts for failed job",
        "upload_artifacts_on_failure",
    ),
    (
        "Uploading artifacts for successful job",
        "upload_artifacts_on_success",
    ),
    ("Uploading artifacts...", "upload_artifacts"),
    ("Cleaning up project directory", "cleanup_file_variables"),
    ("Cleaning up file based variables", "cleanup_file_variables"),
];

/// Lines of the beginning in which the runner introduces itself.
const INTRODUCTION: usize = 30;

impl Phases {
    /// The phase of a line that stands here.
    pub(super) fn current(&mut self) -> PhaseId {
        match self.open {
            Some(id) => id,
            None => self.id(""),
        }
    }

    /// Opens or closes; `index` is that of the line the marker stands on.
    pub(super) fn mark(&mut self, marker: &Marker<'_>, index: usize) {
        let known = RUNNER.contains(&marker.name) || marker.name.starts_with("step_");
        if !known {
            return;
        }
        self.marked = true;
        if let (Some(from), false) = (self.gap.take(), marker.opens) {
            let id = self.id(marker.name);
            self.later = Some((from, index, id));
        }
        self.open = marker.opens.then(|| self.id(marker.name));
    }

    /// Says that text is missing before line `index`.
    pub(super) fn gap(&mut self, index: usize) {
        self.gap = Some(index);
    }

    /// Gives the names, after settling what was learnt late.
    pub(super) fn finish(mut self, lines: &mut [Line]) -> Vec<String> {
        if let Some((from, to, id)) = self.later {
            for line in lines.get_mut(from..to).unwrap_or_default() {
                line.phase = id;
            }
        }
        if !self.marked {
            self.by_sentences(lines);
        }
        self.names
    }

    fn by_sentences(&mut self, lines: &mut [Line]) {
        let introduced = lines.iter().take(INTRODUCTION).any(|line| {
            line.text.starts_with("Running with gitlab-") || line.text.contains("on gitlab-runner")
        });
        if !introduced {
            return;
        }
        let mut open = self.id("prepare_executor");
        let mut scripted = false;
        for line in lines {
            let found = SENTENCES
                .iter()
                .find(|(opening, _)| line.text.starts_with(opening));
            if let Some((_, phase)) = found {
                // Before a script ran, its sentences may not be printed by the script.
                open = self.id(phase);
            } else if !scripted && line.text.starts_with("$ ") {
                open = self.id("step_script");
            }
            scripted |= self.names[usize::from(open.0)] == "step_script";
            line.phase = open;
        }
    }

    fn id(&mut self, name: &str) -> PhaseId {
        let at = self
            .names
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                self.names.push(name.to_owned());
                self.names.len() - 1
            });
        PhaseId(u16::try_from(at).unwrap_or(u16::MAX))
    }
}
