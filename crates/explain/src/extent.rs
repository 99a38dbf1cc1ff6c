//! Which lines can hold the reason: the phase in which the job died.
//!
//! GitLab's runner goes on after a failed script: `after_script`, caches and artifacts print errors of their own.
//! GitHub runs further steps, Travis further commands. None of that may become the headline.

use crate::Trace;

/// The failing phase.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extent {
    /// First line.
    pub(crate) start: usize,
    /// Behind the last line.
    pub(crate) end: usize,
    /// First line of the last command that was echoed, [`Extent::start`] if none was.
    pub(crate) command: usize,
    /// A line in which the runner says why it ended the job.
    pub(crate) verdict: Option<usize>,
    /// Name of the phase.
    pub(crate) phase: String,
}

/// How the runner's last words begin.
const VERDICTS: &[&str] = &[
    "ERROR: Job failed",
    "ERROR: Preparation failed",
    "WARNING: Job failed",
];

/// Lines from the end among which the verdict is looked for.
const VERDICT_REACH: usize = 60;

impl Extent {
    /// Is the line in the failing phase?
    pub(crate) fn holds(&self, line: usize) -> bool {
        (self.start..self.end).contains(&line)
    }

    /// Finds the failing phase.
    pub(crate) fn of(trace: &Trace) -> Extent {
        let lines = trace.lines();
        let verdict = (lines.len().saturating_sub(VERDICT_REACH)..lines.len())
            .rev()
            .find(|at| {
                VERDICTS
                    .iter()
                    .any(|opening| lines[*at].text.starts_with(opening))
            });
        let mut extent = gitlab(trace)
            .or_else(|| github(trace))
            .or_else(|| travis(trace))
            .unwrap_or_else(|| Extent {
                end: lines.len(),
                phase: "script".to_owned(),
                ..Extent::default()
            });
        extent.verdict = verdict;
        extent.command = (extent.start..extent.end)
            .rev()
            .find(|at| lines[*at].text.starts_with("$ "))
            .unwrap_or(extent.start);
        extent
    }
}

/// Phases that run whether or not the script failed, and fail the job only if it had passed.
const AFTERWARDS: &[&str] = &[
    "",
    "after_script",
    "archive_cache",
    "archive_cache_on_failure",
    "upload_artifacts",
    "upload_artifacts_on_failure",
    "upload_artifacts_on_success",
    "cleanup_file_variables",
    "cleanup_build_dir",
];

/// By the runner's sections.
fn gitlab(trace: &Trace) -> Option<Extent> {
    let lines = trace.lines();
    let name = |at: usize| trace.phase(lines[at].phase);
    let known = lines
        .iter()
        .enumerate()
        .rev()
        .any(|(at, _)| !name(at).is_empty());
    if !known {
        return None;
    }
    let last_main = (0..lines.len())
        .rev()
        .find(|at| !AFTERWARDS.contains(&name(*at)))?;
    let scripted = matches!(name(last_main), "step_script" | "build_script")
        || name(last_main).starts_with("step_");
    // Artifacts of a successful script are sent only if it succeeded, so the failure came later.
    let passed = (last_main..lines.len()).find(|at| name(*at) == "upload_artifacts_on_success");
    let anchor = if scripted {
        passed.unwrap_or(last_main)
    } else {
        last_main
    };
    let phase = name(anchor).to_owned();
    let start = (0..=anchor)
        .rev()
        .take_while(|at| name(*at) == phase)
        .last()?;
    let end = (anchor..lines.len())
        .take_while(|at| name(*at) == phase)
        .last()?
        + 1;
    Some(Extent {
        start,
        end,
        phase,
        ..Extent::default()
    })
}

/// By GitHub's groups: the step whose process completed with an exit code.
fn github(trace: &Trace) -> Option<Extent> {
    let lines = trace.lines();
    let text = |at: usize| lines[at].text.as_str();
    let failed = (0..lines.len()).find(|at| {
        let text = text(*at);
        text.starts_with("##[error]Process completed with exit code")
            || text.starts_with("Error: Process completed with exit code")
    });
    let is_step = |at: &usize| text(*at).starts_with("##[group]Run ");
    let end = if let Some(at) = failed {
        at + 1
    } else {
        (0..lines.len()).rev().find(is_step)?;
        let last_error = (0..lines.len())
            .rev()
            .find(|at| text(*at).starts_with("##[error]"));
        last_error.map_or(lines.len(), |at| at + 1)
    };
    let start = (0..end).rev().find(is_step).unwrap_or(0);
    let body = (start..end)
        .take(60)
        .find(|at| text(*at).starts_with("##[endgroup]"))
        .map_or(start, |at| at + 1);
    let phase = text(start)
        .strip_prefix("##[group]Run ")
        .unwrap_or("script");
    Some(Extent {
        start: body.min(end - 1),
        end,
        phase: crate::mask::shortened(phase, 80).into_owned(),
        ..Extent::default()
    })
}

/// By Travis's sentences: the first command that exited with anything but zero.
fn travis(trace: &Trace) -> Option<Extent> {
    let lines = trace.lines();
    let exited = |at: usize| {
        let text = lines[at].text.as_str();
        let rest = text.strip_prefix("The command \"")?;
        let code = rest.rsplit_once("exited with ").map(|(_, code)| code)?;
        Some(!code.starts_with("0."))
    };
    let end = (0..lines.len()).find(|at| exited(*at) == Some(true))?;
    let start = (0..end)
        .rev()
        .find(|at| exited(*at).is_some())
        .map_or(0, |at| at + 1);
    Some(Extent {
        start,
        end: end + 1,
        phase: "script".to_owned(),
        ..Extent::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(log: &str) -> (Vec<String>, Extent) {
        let trace = Trace::clean(log.as_bytes(), b"", 0);
        let extent = Extent::of(&trace);
        let lines = trace.lines()[extent.start..extent.end]
            .iter()
            .map(|line| line.text.clone())
            .filter(|text| !text.is_empty())
            .collect();
        (lines, extent)
    }

    #[test]
    fn the_script_failed_not_what_ran_after_it() {
        let (lines, extent) = extent(
            "section_start:1:step_script\r\n$ a\n$ b\nboom\nsection_end:1:step_script\r\nsection_start:1:after_script\r\nerror: noise\nsection_end:1:after_script\r\nsection_start:1:upload_artifacts_on_failure\r\nERROR: No files to upload\nsection_end:1:upload_artifacts_on_failure\r\nERROR: Job failed: exit code 1\n",
        );
        assert_eq!(lines.last().unwrap(), "boom");
        assert_eq!(
            (extent.phase.as_str(), extent.verdict.is_some()),
            ("step_script", true)
        );
        assert_eq!(lines[extent.command - extent.start - 1], "$ b");
    }

    #[test]
    fn artifacts_of_a_passed_script_may_fail_the_job() {
        let (lines, extent) = extent(
            "section_start:1:step_script\r\nok\nsection_end:1:step_script\r\nsection_start:1:upload_artifacts_on_success\r\ntoo large\nsection_end:1:upload_artifacts_on_success\r\nERROR: Job failed: exit code 1\n",
        );
        assert_eq!(
            (lines, extent.phase.as_str()),
            (vec!["too large".to_owned()], "upload_artifacts_on_success")
        );
    }

    #[test]
    fn steps_and_commands_elsewhere_are_phases_too() {
        let (lines, _) = extent(
            "##[group]Run make\n##[endgroup]\nboom\n##[error]Process completed with exit code 2.\n##[group]Run after\nerror: noise\n",
        );
        assert_eq!(lines[0], "boom");
        let (lines, _) = extent(
            "$ a\nThe command \"a\" exited with 0.\n$ b\nboom\nThe command \"b\" exited with 1.\n$ c\nerror: noise\n",
        );
        assert_eq!(lines[0], "$ b");
        assert_eq!(lines.len(), 3);
    }
}
