//! What a project's `.gitlab-ci.yml` says: stages and jobs with their habits.

use std::sync::Arc;

use super::random::{Rng, mix};

/// The jobs a project's pipelines consist of, in stage order.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) stages: Vec<&'static str>,
    pub(crate) jobs: Vec<JobTemplate>,
}

/// One job of a layout.
#[derive(Debug, Clone)]
pub(crate) struct JobTemplate {
    pub(crate) name: Arc<str>,
    /// Index into the layout's stages.
    pub(crate) stage: u8,
    pub(crate) kind: Kind,
    pub(crate) rule: Rule,
    /// Typical running time: seconds.
    pub(crate) seconds: u16,
    /// Failures in a thousand runs.
    pub(crate) failures: u16,
    pub(crate) allow_failure: bool,
    /// Starts by hand; it blocks the pipeline unless `allow_failure` is set.
    pub(crate) manual: bool,
    /// Waits for a resource group first.
    pub(crate) exclusive: bool,
    pub(crate) coverage: bool,
    /// Uploads an archive and, for tests, a JUnit report.
    pub(crate) artifacts: bool,
    pub(crate) tests: bool,
    /// Environment it deploys to.
    pub(crate) environment: Option<&'static str>,
    pub(crate) tags: &'static [&'static str],
}

/// What kind of job it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Runs on a runner.
    Build,
    /// Starts a child pipeline; `depend` mirrors its result.
    Bridge {
        /// `strategy: depend`.
        depend: bool,
    },
    /// A status posted by an outside system (`GenericCommitStatus`).
    External,
}

/// When a job is part of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// In every pipeline.
    Always,
    /// On the default branch and on tags.
    Release,
    /// In merge request pipelines.
    MergeRequest,
    /// In nightly pipelines.
    Nightly,
}

/// One line of the tables below.
struct Line {
    name: &'static str,
    stage: &'static str,
    seconds: u16,
    failures: u16,
    habits: &'static [Habit],
}

/// What sets a job apart from a plain one.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Optional,
    Manual,
    Exclusive,
    Coverage,
    Artifacts,
    Tests,
    Release,
    MergeRequest,
    Nightly,
    Child,
    ChildDepend,
    External,
    Review,
    Staging,
    Production,
    Large,
}

use Habit::{
    Artifacts, Child, ChildDepend, Coverage, Exclusive, External, Large, Manual, MergeRequest,
    Nightly, Optional, Production, Release, Review, Staging, Tests,
};

const fn line(
    name: &'static str,
    stage: &'static str,
    seconds: u16,
    failures: u16,
    habits: &'static [Habit],
) -> Line {
    Line {
        name,
        stage,
        seconds,
        failures,
        habits,
    }
}

const SERVICE: &[Line] = &[
    line("lint", "prepare", 35, 25, &[]),
    line("build", "build", 180, 20, &[Artifacts]),
    line("unit tests", "test", 240, 45, &[Coverage, Artifacts, Tests]),
    line("integration", "test", 420, 70, &[Artifacts, Tests, Large]),
    line("sast", "test", 90, 15, &[Optional, Artifacts]),
    line("image", "package", 150, 15, &[Release, Artifacts]),
    line("review app", "deploy", 80, 30, &[MergeRequest, Review]),
    line(
        "deploy staging",
        "deploy",
        70,
        25,
        &[Release, Exclusive, Staging],
    ),
    line(
        "deploy production",
        "deploy",
        110,
        20,
        &[Release, Manual, Optional, Exclusive, Production],
    ),
    line(
        "end-to-end",
        "verify",
        900,
        110,
        &[Nightly, Artifacts, Tests, Large],
    ),
];

const LIBRARY: &[Line] = &[
    line("fmt", "check", 20, 20, &[]),
    line("clippy 🦀", "check", 110, 30, &[]),
    line("test", "test", 200, 40, &[Coverage, Artifacts, Tests]),
    line("docs", "test", 60, 10, &[Artifacts]),
    line("quality gate", "test", 30, 35, &[External, Optional]),
    line("publish", "publish", 45, 15, &[Release, Manual, Exclusive]),
    line("fuzz", "night", 1_800, 60, &[Nightly, Large, Optional]),
];

const MONOREPO: &[Line] = &[
    line("changes", "prepare", 15, 5, &[]),
    line("backend", "components", 10, 10, &[ChildDepend]),
    line("frontend", "components", 10, 10, &[ChildDepend]),
    line("notify", "components", 5, 5, &[Child]),
    line(
        "system tests",
        "verify",
        600,
        80,
        &[Artifacts, Tests, Large],
    ),
    line("bundle", "package", 120, 15, &[Release, Artifacts]),
    line(
        "rollout",
        "deploy",
        90,
        25,
        &[Release, Manual, Exclusive, Production],
    ),
];

const UI: &[Line] = &[
    line("install", "prepare", 70, 15, &[Artifacts]),
    line("eslint", "test", 45, 30, &[]),
    line("jest", "test", 190, 50, &[Coverage, Artifacts, Tests]),
    line(
        "snapshots ✓",
        "test",
        130,
        90,
        &[Optional, Tests, Artifacts],
    ),
    line("bundle", "build", 140, 15, &[Artifacts]),
    line("preview", "deploy", 40, 20, &[MergeRequest, Review]),
    line("pages", "deploy", 35, 10, &[Release, Production]),
];

const RESEARCH: &[Line] = &[
    line("准备", "prepare", 25, 10, &[]),
    line("train: [small]", "train", 1_500, 60, &[Large, Artifacts]),
    line(
        "evaluate",
        "evaluate",
        400,
        50,
        &[Coverage, Tests, Artifacts],
    ),
    line("report", "publish", 30, 10, &[Optional, Artifacts]),
];

/// Jobs of the child pipelines that bridges start.
const CHILD: &[Line] = &[
    line("compile", "build", 120, 25, &[Artifacts]),
    line("test", "test", 160, 50, &[Coverage, Artifacts, Tests]),
    line("package", "package", 60, 10, &[Artifacts]),
];

const KINDS: &[&[Line]] = &[SERVICE, LIBRARY, UI, SERVICE, MONOREPO, LIBRARY, RESEARCH];

/// How many layouts of own kinds there are, before sizes differ.
pub(crate) const FLAVOURS: u64 = KINDS.len() as u64;

/// Layout of child pipelines.
pub(crate) fn child(flavour: u64) -> Layout {
    build(CHILD, 3, flavour)
}

/// The layout of a flavour with about `size` jobs; a test job is split in parallel parts to get there.
pub(crate) fn layout(flavour: u64, size: usize) -> Layout {
    build(KINDS[(flavour % FLAVOURS) as usize], size.max(1), flavour)
}

fn build(lines: &[Line], size: usize, flavour: u64) -> Layout {
    let lines = &lines[..lines.len().min(size.max(2))];
    let everywhere = lines
        .iter()
        .filter(|line| rule(line) == Rule::Always)
        .count();
    let parts = size.saturating_sub(everywhere) + 1;
    let parallel = lines
        .iter()
        .position(|line| line.habits.contains(&Tests) && rule(line) == Rule::Always);
    let mut stages: Vec<&'static str> = Vec::new();
    let mut jobs = Vec::new();
    let mut rng = Rng::new(mix(flavour, size as u64));
    for (index, line) in lines.iter().enumerate() {
        if !stages.contains(&line.stage) {
            stages.push(line.stage);
        }
        let stage = stages
            .iter()
            .position(|stage| *stage == line.stage)
            .unwrap_or_default() as u8;
        let parts = if Some(index) == parallel { parts } else { 1 };
        for part in 1..=parts {
            let name = if parts == 1 {
                line.name.to_owned()
            } else {
                format!("{} {part}/{parts}", line.name)
            };
            let mut job = template(line, name, stage);
            job.seconds = (f64::from(job.seconds) * rng.spread()).max(3.0) as u16;
            if parts > 4 {
                // Many parallel parts fail about as often together as one would alone.
                job.failures = (job.failures * 3 / parts as u16).max(2);
            }
            jobs.push(job);
        }
    }
    // Plans walk stage by stage.
    jobs.sort_by_key(|job| job.stage);
    Layout { stages, jobs }
}

fn rule(line: &Line) -> Rule {
    if line.habits.contains(&Release) {
        Rule::Release
    } else if line.habits.contains(&MergeRequest) {
        Rule::MergeRequest
    } else if line.habits.contains(&Nightly) {
        Rule::Nightly
    } else {
        Rule::Always
    }
}

fn template(line: &Line, name: String, stage: u8) -> JobTemplate {
    let has = |habit| line.habits.contains(&habit);
    let kind = if has(Child) || has(ChildDepend) {
        Kind::Bridge {
            depend: has(ChildDepend),
        }
    } else if has(External) {
        Kind::External
    } else {
        Kind::Build
    };
    JobTemplate {
        name: name.into(),
        stage,
        kind,
        rule: rule(line),
        seconds: line.seconds,
        failures: line.failures,
        allow_failure: has(Optional),
        manual: has(Manual),
        exclusive: has(Exclusive),
        coverage: has(Coverage),
        artifacts: has(Artifacts),
        tests: has(Tests),
        environment: if has(Review) {
            Some("review")
        } else if has(Staging) {
            Some("staging")
        } else if has(Production) {
            Some("production")
        } else {
            None
        },
        tags: match kind {
            Kind::Build if has(Large) => &["docker", "large"],
            Kind::Build => &["docker"],
            Kind::Bridge { .. } | Kind::External => &[],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_have_about_the_jobs_asked_for() {
        for flavour in 0..FLAVOURS {
            for size in [1, 3, 8, 20, 60] {
                let layout = layout(flavour, size);
                let always = layout
                    .jobs
                    .iter()
                    .filter(|job| job.rule == Rule::Always)
                    .count();
                assert!(
                    always >= size.min(3) && always <= size.max(8),
                    "{flavour} {size}: {always}"
                );
            }
        }
    }
}
