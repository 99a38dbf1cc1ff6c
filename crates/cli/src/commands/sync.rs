//! `labtower sync --once`.

use clap::Args;
use labtower_gitlab::Client;
use labtower_store::StoreOptions;
use labtower_sync::{Checked, Summary, SyncError, Syncer};
use serde_json::json;

use super::{system_clock, usable_config};
use crate::lifecycle::shutdown_on_signals;
use crate::output::{complain, say};
use crate::service::open_store;
use crate::{Exit, Failure, Globals, progress, wiring};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Find the projects, complete their backfill, poll once, and stop; `labtower run` does it for ever.
    #[arg(long)]
    once: bool,
    /// Then compare the whole history with what GitLab lists, and read again what differs.
    #[arg(long, requires = "once")]
    verify: bool,
    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    if !arguments.once {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("`sync` needs `--once`"),
            "`labtower run` syncs for ever and serves what it read",
        ));
    }
    let config = usable_config(globals)?;
    let shutdown = shutdown_on_signals()?;
    let clock = system_clock();
    let client = Client::new(wiring::client_config(&config.gitlab)?, clock.clone())?;
    let store = open_store(
        config.store.path.clone(),
        StoreOptions::default(),
        clock.clone(),
    )
    .await?;
    let syncer = Syncer::new(
        client.clone(),
        store.clone(),
        wiring::sync_options(&config)?,
        clock,
    );
    let shown = tokio::spawn(progress::show(syncer.progress(), client.clone()));
    let outcome = tokio::select! {
        outcome = pass(&syncer, arguments.verify) => Some(outcome),
        () = shutdown.cancelled() => None,
    };
    drop(syncer);
    let _ = shown.await;
    let answer = match outcome {
        None => {
            complain("stopped; what was read is stored, and the next pass goes on from there");
            Ok(Exit::Interrupted)
        }
        Some(Ok((summary, checked))) => {
            let totals = store.read(|reader| reader.totals())?;
            let problems = store.read(|reader| reader.problems())?;
            if arguments.json {
                let mut report =
                    json!({ "summary": summary, "totals": totals, "problems": problems });
                if let Some(checked) = checked {
                    report["completeness"] = json!(checked);
                }
                say(report.to_string());
            } else {
                describe(&summary);
                if let Some(checked) = checked {
                    describe_checked(&checked);
                }
                say(format!(
                    "store: {} projects, {} pipelines, {} jobs",
                    totals.projects, totals.pipelines, totals.jobs
                ));
                for problem in problems {
                    complain(format!("warning: {}: {}", problem.scope, problem.message));
                }
            }
            let whole = checked.is_none_or(|checked| checked.open == 0 && checked.behind == 0);
            Ok(if summary.is_partial() || !whole {
                Exit::Partial
            } else {
                Exit::Ok
            })
        }
        Some(Err(error)) => Err(Failure::from(error)),
    };
    tokio::task::spawn_blocking(move || store.close()).await?;
    answer
}

async fn pass(syncer: &Syncer, verify: bool) -> Result<(Summary, Option<Checked>), SyncError> {
    let summary = syncer.once().await?;
    let checked = if verify {
        Some(syncer.completeness_of_all().await?)
    } else {
        None
    };
    Ok((summary, checked))
}

fn describe_checked(checked: &Checked) {
    say(format!(
        "compared with GitLab: {} days, {} pipelines, {} jobs; {} gaps found, {} repaired, {} open; {} times a project was left out",
        checked.days,
        checked.pipelines,
        checked.jobs,
        checked.found,
        checked.repaired,
        checked.open,
        checked.behind
    ));
}

fn describe(summary: &Summary) {
    say(format!(
        "projects: {} found, {} gone, {} problems",
        summary.discovery.projects, summary.discovery.missing, summary.discovery.problems
    ));
    say(format!(
        "backfill: {} pipelines, {} projects failed",
        summary.backfilled, summary.backfill_failed
    ));
    say(format!(
        "poll: {} pipelines read, {} changed, {} projects failed",
        summary.poll.pipelines, summary.poll.changed, summary.poll.failed
    ));
    say(format!(
        "merge requests and commits: {} projects failed",
        summary.activity.failed
    ));
    say(format!(
        "environments, deployments, schedules, runners and test reports: {} failed",
        summary.delivery_failed
    ));
    say(format!("requests: {}", summary.requests));
}
