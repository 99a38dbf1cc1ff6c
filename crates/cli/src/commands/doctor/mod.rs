//! `labtower doctor`: tries the configuration against the real GitLab, step by step.
//!
//! A step that fails is a line of the report, and the next one that does not depend on it is still made.

mod estimate;
mod report;

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{Capabilities, Client, GitlabError, GroupOptions, Priority, TokenInfo};
use labtower_model::{Project, ProjectId};
use labtower_sync::Selection;

use self::estimate::{Size, Terms, estimate};
use self::report::Report;
use super::{system_clock, usable_config};
use crate::config::Config;
use crate::output::say;
use crate::{Exit, Failure, Globals, wiring};

/// Projects one request counts.
const PROJECTS_PER_REQUEST: usize = 100;

/// Days before its expiry from which a token is warned of.
const EXPIRY_WARNING_DAYS: i64 = 14;

/// Skew between GitLab's clock and ours from which one of them is wrong.
const SKEW_WARNING_SECONDS: f64 = 30.0;

/// Scopes of which the token needs one.
const SCOPES: [&str; 2] = ["read_api", "api"];

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    let config = usable_config(globals)?;
    let clock = system_clock();
    let client = Client::new(wiring::client_config(&config.gitlab)?, clock.clone())?;
    let mut report = Report::default();
    store(&mut report, &config.store.path);
    if gitlab(&mut report, &client, clock.now()).await {
        visible(&mut report, &client, &config, clock.now()).await?;
    }
    if arguments.json {
        say(serde_json::to_string(&report)?);
    } else {
        report.print();
    }
    Ok(report.exit())
}

fn store(report: &mut Report, path: &Path) {
    if let Ok(file) = std::fs::metadata(path) {
        let size = file.len() / (1024 * 1024);
        report.ok("store", format!("`{}`, {size} MiB", path.display()));
        return;
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Permission bits say too little (read-only mounts, other users), so a file is really made.
    match tempfile::tempfile_in(directory) {
        Ok(_) => report.ok("store", format!("`{}` will be made", path.display())),
        Err(error) => report.fail(
            "store",
            format!("`{}` cannot be made: {error}", path.display()),
            "store.path must be in a directory this user may write to",
        ),
    }
}

/// Asks GitLab who it and the token are; `false` when nothing further can be asked.
async fn gitlab(report: &mut Report, client: &Client, now: Timestamp) -> bool {
    let found = match client.probe().await {
        Ok(found) => found,
        Err(error) => {
            refused(report, "gitlab", &error);
            return false;
        }
    };
    let edition = match found.enterprise {
        Some(true) => ", Enterprise Edition",
        Some(false) => ", Community Edition",
        None => "",
    };
    report.ok("gitlab", format!("version {}{edition}", found.version));
    match &found.token {
        Some(info) => token(report, info, now),
        None => report.warn(
            "token",
            "GitLab accepts it, but tells nothing about it",
            "its scopes and expiry cannot be checked here; it needs `read_api`",
        ),
    }
    clocks(report, &found);
    match found.complexity_limit {
        Some(limit) => report.ok("complexity", format!("queries up to {limit} points")),
        None => report.warn("complexity", "GitLab does not tell its limit", ""),
    }
    true
}

fn token(report: &mut Report, info: &TokenInfo, now: Timestamp) {
    let scopes = info.scopes.join(", ");
    let name = info.name.as_deref().unwrap_or("without a name");
    if info.active == Some(false) {
        report.fail("token", format!("`{name}` is not active"), "make a new one");
    } else if !info
        .scopes
        .iter()
        .any(|scope| SCOPES.contains(&scope.as_str()))
    {
        report.fail(
            "token",
            format!("`{name}` has the scopes {scopes}"),
            "it needs the scope `read_api`",
        );
    } else {
        report.ok("token", format!("`{name}` with {scopes}"));
    }
    let Some(expiry) = info.expires_at else {
        report.ok("expiry", "never");
        return;
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let days = expiry.duration_since(today).as_hours() / 24;
    let detail = format!("{expiry}, in {days} days");
    if days < EXPIRY_WARNING_DAYS {
        report.warn("expiry", detail, "make a new token in time");
    } else {
        report.ok("expiry", detail);
    }
}

fn clocks(report: &mut Report, found: &Capabilities) {
    let Some(skew) = found.clock_skew_seconds else {
        report.warn("clock", "GitLab sends no date", "");
        return;
    };
    let detail = if skew.abs() < 1.0 {
        "GitLab's and ours agree to the second".to_owned()
    } else {
        format!("GitLab's is {skew:+.0} s from ours")
    };
    if skew.abs() > SKEW_WARNING_SECONDS {
        report.warn(
            "clock",
            detail,
            "syncing goes by GitLab's clock and is not affected, but ages on pages are; check NTP on both machines",
        );
    } else {
        report.ok("clock", detail);
    }
}

/// Lists what the configuration selects, and estimates its cost.
async fn visible(
    report: &mut Report,
    client: &Client,
    config: &Config,
    now: Timestamp,
) -> Result<(), Failure> {
    let options = wiring::sync_options(config)?;
    let selection = Selection::new(&options);
    let mut selected: BTreeMap<ProjectId, Project> = BTreeMap::new();
    let mut discovery_requests = 0;
    let listing = GroupOptions {
        recursive: options.recursive,
        shared: options.shared,
        archived: options.archived,
    };
    for group in &options.groups {
        let name = format!("group {group}");
        match client.group_projects(group, &listing).await {
            Ok(answer) => {
                discovery_requests += u64::from(answer.requests);
                let all = answer.value.len();
                let wanted: Vec<_> = answer
                    .value
                    .into_iter()
                    .filter(|project| selection.wants(project))
                    .collect();
                let detail = format!("{all} projects visible, {} selected", wanted.len());
                if wanted.is_empty() {
                    let hint =
                        "check the role of the token's user, and gitlab.include and gitlab.exclude";
                    report.warn(name, detail, hint);
                } else {
                    report.ok(name, detail);
                }
                selected.extend(wanted.into_iter().map(|project| (project.id, project)));
            }
            Err(error) => refused(report, &name, &error),
        }
    }
    for path in &options.projects {
        let name = format!("project {path}");
        match client.project(path, Priority::Fresh).await {
            Ok(answer) => {
                discovery_requests += u64::from(answer.requests);
                match answer.value {
                    Some(project) => {
                        report.ok(name, format!("visible, id {}", project.id));
                        selected.insert(project.id, project);
                    }
                    None => report.fail(
                        name,
                        "absent, or not visible to the token",
                        "check the path, and the role of the token's user",
                    ),
                }
            }
            Err(error) => refused(report, &name, &error),
        }
    }
    let days = SignedDuration::from_hours(24 * i64::from(options.backfill_days));
    let from = now.saturating_sub(days).unwrap_or(now);
    let ids: Vec<ProjectId> = selected.keys().copied().collect();
    let mut sizes = Vec::new();
    for ids in ids.chunks(PROJECTS_PER_REQUEST) {
        match client.counts(ids, from, Priority::Fresh).await {
            Ok(answer) => sizes.extend(answer.value.iter().map(|count| Size {
                pipelines: count.pipelines,
                children: count.children,
            })),
            Err(error) => {
                refused(report, "estimate", &error);
                return Ok(());
            }
        }
    }
    if sizes.len() < ids.len() {
        report.warn(
            "pipelines",
            format!(
                "{} of {} projects do not show their pipelines",
                ids.len() - sizes.len(),
                ids.len()
            ),
            "CI/CD is off there, or the token's user has a role under Reporter",
        );
    }
    report.estimate = Some(estimate(
        &sizes,
        Terms {
            discovery_requests,
            interval: options.interval,
            discovery_interval: options.discovery_interval,
            limit: client.stats().limit,
            ceiling: config.gitlab.requests_per_second,
        },
    ));
    Ok(())
}

/// A question that GitLab did not answer, with what helps.
fn refused(report: &mut Report, name: &str, error: &GitlabError) {
    report.unauthorized |= matches!(error, GitlabError::Unauthorized { .. });
    let hint = crate::failure::gitlab_advice(error).map_or("", |(_, hint)| hint);
    report.fail(name, format!("failed to {error}"), hint);
}
