//! `labtower export`.

mod settings;
mod show;

use std::sync::Arc;

use clap::Args;
use labtower_export::copy::{CopyError, Progress, copy, plan};
use labtower_export::sink::{Sink, open};
use labtower_extract::CATALOGUE;
use labtower_gitlab::Client;

use super::{environment, loaded, system_clock};
use crate::lifecycle::shutdown_on_signals;
use crate::output::{complain, say};
use crate::{Exit, Failure, Globals, wiring};
use settings::Settings;

/// What is copied where. Every option has a variable, so that a scheduled job needs no command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to: a folder, `s3://bucket/path`, `gs://`, `az://`, `postgres://…`, `clickhouse://…`, `bigquery`, or
    /// `gitlab-data-export` for BigQuery with the tables and checkpoints of that tool.
    ///
    /// Without it the data goes to BigQuery if BIGQUERY_PROJECT is set; in the way of `gitlab-data-export` if
    /// CHECKPOINT_JOB_ID is.
    #[arg(
        long,
        value_name = "TARGET",
        env = "LABTOWER_EXPORT_TO",
        hide_env_values = true
    )]
    to: Option<String>,
    /// How files are written: lines of JSON, which is the default, or Parquet.
    #[arg(long, env = "LABTOWER_EXPORT_FORMAT", value_parser = ["ndjson", "parquet"])]
    format: Option<String>,
    /// The group to read, by full path; its subgroups and their projects too.
    #[arg(long, value_name = "PATH", env = "GITLAB_GROUP")]
    group: Option<String>,
    /// The project to read, by full path, if no group is given.
    #[arg(long, value_name = "PATH", env = "GITLAB_PROJECT")]
    project: Option<String>,
    /// Read everything the token sees, and the lists of the instance itself.
    #[arg(long, conflicts_with_all = ["group", "project"])]
    instance: bool,
    /// Leave out subgroups and their projects. The variable GITLAB_NO_RECURSION does the same, whatever its value.
    #[arg(long)]
    no_recursion: bool,
    /// Copy only these streams, separated by commas; `--list` shows their names.
    #[arg(long, value_name = "STREAMS", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out these streams.
    #[arg(long, value_name = "STREAMS", value_delimiter = ',')]
    exclude: Vec<String>,
    /// Where the history of what was never copied begins: `now`, or UTC as `2026-01-31 00:00:00`; all of it without.
    #[arg(long, value_name = "TIME", env = "GITLAB_BACKFILL_TIMESTAMP")]
    since: Option<String>,
    /// Read again what belongs to issues, merge requests and so on, though those have not changed.
    ///
    /// GitLab lets links, emoji and resolved threads come and go without a trace in what they belong to. As many
    /// requests as a first run of those streams; for a job once a week.
    #[arg(long)]
    again: bool,
    /// Say what would be read and what it would cost at least, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
    /// Print the names of all streams, and stop.
    #[arg(long)]
    list: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.list {
        for stream in CATALOGUE {
            let off = if stream.off {
                "  (only when named)"
            } else {
                ""
            };
            say(format!("{}{off}", stream.name));
        }
        return Ok(Exit::Ok);
    }
    let clock = system_clock();
    let lookup = |name: &str| {
        if name == "LABTOWER_EXPORT_FORMAT" {
            return arguments.format.clone();
        }
        let found = environment().into_iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    };
    let settings = Settings::of(loaded(globals), &arguments, lookup, clock.now())?;
    let client = Client::new(wiring::client_config(&settings.gitlab)?, clock)?;
    let sink = open(&settings.target, &settings.instance, lookup)
        .map_err(|error| Failure::with_hint(Exit::Usage, error, settings::TARGET_HINT))?;
    if arguments.dry_run {
        let plan = plan(&client, &sink, &settings.copy)
            .await
            .map_err(failure)?;
        show::plan(&plan, &client.stats(), arguments.json);
        return Ok(Exit::Ok);
    }
    one_run(&client, &sink, &settings, arguments.json).await
}

async fn one_run<S: Sink>(
    client: &Client,
    sink: &S,
    settings: &Settings,
    json: bool,
) -> Result<Exit, Failure> {
    let stop = shutdown_on_signals()?;
    let progress = Arc::new(Progress::default());
    let shown = tokio::spawn(show::progress(progress.clone(), client.clone()));
    let outcome = copy(client, sink, &settings.copy, &progress, &stop).await;
    shown.abort();
    let report = progress.report();
    let requests = client.stats().total();
    show::report(&report, requests, json);
    outcome.map_err(failure)?;
    if stop.is_cancelled() {
        complain("stopped; what was copied is kept, and the next run goes on from there");
        return Ok(Exit::Interrupted);
    }
    Ok(if report.is_complete() {
        Exit::Ok
    } else {
        Exit::Partial
    })
}

fn failure(error: CopyError) -> Failure {
    match error {
        CopyError::NoStream { .. } => Failure::with_hint(
            Exit::Usage,
            error,
            "streams are named as in `labtower export --list`",
        ),
        CopyError::Gitlab(error) => Failure::from(error),
        other => Failure::from(other),
    }
}
