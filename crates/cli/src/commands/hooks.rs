//! `labtower hooks`: registers the webhooks at GitLab.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use labtower_gitlab::{Client, ClientConfig};
use secrecy::SecretString;
use url::Url;

use super::{system_clock, usable_config};
use crate::config::Config;
use crate::hooks::{Choice, Goal, Report, Wanted, carry_out, find_places, full_url, look_at};
use crate::output::say;
use crate::{Exit, Failure, Globals, wiring};

/// The variable with a token that may write.
const TOKEN: &str = "LABTOWER_HOOKS_TOKEN";

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what `install` would do, without doing it.
    Plan(Options),
    /// Make the hooks that are missing, change those that differ, and set the secret of all.
    ///
    /// Run it again at any time: after new projects, another secret, another URL.
    Install(Options),
    /// Remove the hooks that lead to the URL, and no others.
    Remove(Options),
    /// Show each hook, whether GitLab still sends to it, and how the last webhook was answered.
    ///
    /// It ends with 3 if a hook is missing, differs or is disabled.
    Status(Options),
}

#[derive(Debug, Args)]
struct Options {
    /// Address of labtower as GitLab reaches it, such as `https://labtower.example.com/webhooks/gitlab`;
    /// without it `webhooks.url` counts.
    #[arg(long)]
    url: Option<Url>,
    /// File with a token that has the scope `api`.
    ///
    /// Without it the variable LABTOWER_HOOKS_TOKEN counts, then `gitlab.write_token_file` and `gitlab.write_token`.
    /// `plan` and `status` write nothing and take the token that reads, if there is no other.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Use one system hook, which needs an administrator and tells nothing of pipelines and jobs.
    #[arg(long, conflicts_with = "per_project")]
    system: bool,
    /// Use a hook in each project, even where a group could have one.
    #[arg(long)]
    per_project: bool,
    /// Leave out job events: fewer webhooks, and running jobs move with their pipeline only.
    #[arg(long)]
    no_jobs: bool,
    /// Do not let GitLab check labtower's certificate.
    #[arg(long)]
    skip_ssl_verification: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    let config = usable_config(globals)?;
    let clock = system_clock();
    let (options, writes) = match &arguments.command {
        Command::Plan(options) | Command::Status(options) => (options, false),
        Command::Install(options) | Command::Remove(options) => (options, true),
    };
    let wanted = wanted(options, &config)?;
    let client = Client::new(client_config(options, &config, writes)?, clock.clone())?;
    let sync = wiring::sync_options(&config)?;
    let choice = match &arguments.command {
        _ if options.system => Choice::System,
        Command::Remove(_) => Choice::Everywhere,
        _ if options.per_project => Choice::Projects,
        _ => Choice::Least,
    };
    if choice != Choice::System && sync.is_webhook_only() {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("there is no group or project that could have a webhook"),
            "name some in gitlab.monitor_groups or gitlab.projects, or use --system",
        ));
    }
    let places = find_places(&client, &sync, choice).await?;
    let now = clock.now();
    let (report, exit): (Report, fn(&Report) -> Exit) = match &arguments.command {
        Command::Plan(_) => (
            look_at(&client, places, &wanted, false, now).await,
            Report::exit,
        ),
        Command::Status(_) => (
            look_at(&client, places, &wanted, true, now).await,
            Report::state,
        ),
        Command::Install(_) => (
            carry_out(&client, places, &wanted, Goal::Installed).await,
            Report::exit,
        ),
        Command::Remove(_) => (
            carry_out(&client, places, &wanted, Goal::Removed).await,
            Report::exit,
        ),
    };
    if options.json {
        say(serde_json::to_string(&report)?);
    } else {
        report.print();
    }
    Ok(exit(&report))
}

fn wanted(options: &Options, config: &Config) -> Result<Wanted, Failure> {
    let url = options.url.clone().or_else(|| config.webhooks.url.clone());
    let url = url.ok_or_else(|| {
        Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("the address of labtower is not known"),
            "set --url or webhooks.url to where GitLab reaches it, such as https://labtower.example.com/webhooks/gitlab",
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!(
                "`{}` is not a scheme GitLab sends webhooks by",
                url.scheme()
            ),
            "the address begins with https:// or http://",
        ));
    }
    let secrets = wiring::webhook_options(&config.webhooks)?;
    if secrets.token.is_none() && secrets.signing_token.is_none() {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("labtower takes no webhooks: there is no secret for them"),
            "write the output of `openssl rand -hex 32` into a file, and name that in webhooks.token_file",
        ));
    }
    Ok(Wanted {
        url: full_url(url),
        token: secrets.token,
        signing_token: secrets.signing_token,
        jobs: !options.no_jobs,
        ssl_verification: !options.skip_ssl_verification,
    })
}

/// How GitLab is asked: as the one who may write, if somebody has to or is there.
fn client_config(
    options: &Options,
    config: &Config,
    writes: bool,
) -> Result<ClientConfig, Failure> {
    let reads = wiring::client_config(&config.gitlab)?;
    let token = match &options.token_file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("failed to read `{}`", path.display()))?;
            Some(text.trim().to_owned())
        }
        None => std::env::var(TOKEN).ok(),
    };
    let token = token
        .filter(|token| !token.is_empty())
        .map(SecretString::from);
    let token = match token {
        Some(token) => Some(token),
        None => wiring::write_token(&config.gitlab)?,
    };
    match token {
        Some(token) => Ok(ClientConfig { token, ..reads }),
        None if !writes => Ok(reads),
        None => Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("there is no token that may write"),
            "make one with the scope `api`, and name its file with --token-file or set LABTOWER_HOOKS_TOKEN",
        )),
    }
}
