//! `labtower demo`: the simulator and the whole service in one process.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use labtower_export::ExportOptions;
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::{Clock, Timestamp};
use labtower_serve::{
    AuthOptions, FailureOptions, MetricsOptions, SavedView, User, WebhookOptions, hash_password,
};
use labtower_sim::{Sim, SimConfig};
use labtower_store::{Store, StoreOptions};
use labtower_sync::SyncOptions;
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sim::World;
use crate::hooks::{Choice, Wanted, full_url, install};
use crate::lifecycle::shutdown_on_signals;
use crate::output::say;
use crate::reload::Reloads;
use crate::{Exit, Failure, Service, ServiceOptions};

/// The group every project of the simulated world is in.
const GROUP: &str = "acme";

/// Name of the person who can sign in, and the password.
const PERSON: &str = "demo";

/// Time between two polls; short, because a demo is watched.
const INTERVAL: Duration = Duration::from_secs(2);

/// Time between two polls of a project whose webhooks tell everything.
const RECONCILE_INTERVAL: Duration = Duration::from_secs(30);

/// Time between two looks whether the history is complete.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    world: World,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Keep the store in this directory; without it a temporary one is used and removed at the end.
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// The simulated world's own time, so that ages and days are right at any speed.
struct WorldClock(Sim);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let started = Instant::now();
    let shutdown = shutdown_on_signals()?;
    let temporary;
    let directory = if let Some(directory) = &arguments.dir {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("failed to make `{}`", directory.display()))?;
        directory.as_path()
    } else {
        temporary = tempfile::Builder::new()
            .prefix("labtower-demo-")
            .tempdir()?;
        temporary.path()
    };
    let store_path = fresh_store(directory)?;
    let config = SimConfig {
        // Whoever signs in may create issues.
        writable: true,
        ..arguments.world.sim_config()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into()).await?;
    let clock: Arc<dyn Clock> = Arc::new(WorldClock(sim.clone()));
    let options = service_options(&arguments, &sim, store_path.clone())?;
    let (sync, client) = (options.sync.clone(), options.client.clone());
    let secret = options.webhooks.token.clone();
    let service = Service::start(options, clock.clone()).await?;
    register_hook(&service, Client::new(client, clock)?, &sync, secret).await?;
    say(format!(
        "A simulated GitLab with {} projects and {} days of history: {} (token {})",
        arguments.world.projects,
        arguments.world.days,
        sim.url(),
        sim.token()
    ));
    say(format!("The store: {}", store_path.display()));
    say(format!(
        "To assign failures to issues, sign in as {PERSON} with the password {PERSON}."
    ));
    say(format!("Labtower: {}", service.url()));
    tokio::spawn(say_when_ready(
        service.store().clone(),
        started,
        shutdown.clone(),
    ));
    service.run_until(shutdown).await?;
    sim.stop().await;
    Ok(Exit::Ok)
}

/// The path for a new store: the simulated history of another start would contradict this one's.
fn fresh_store(directory: &Path) -> Result<PathBuf, Failure> {
    let path = directory.join("pipelines.db");
    if path.exists() {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("`{}` exists already", path.display()),
            "every demo is a new world and needs an empty directory; name another one, or remove the file",
        ));
    }
    Ok(path)
}

fn service_options(
    arguments: &Arguments,
    sim: &Sim,
    store_path: PathBuf,
) -> Result<ServiceOptions, Failure> {
    let url: url::Url = sim.url().parse().context("the simulator has no URL")?;
    Ok(ServiceOptions {
        host: arguments.host.clone(),
        port: arguments.port,
        tls: None,
        store_path,
        store: StoreOptions::default(),
        issue_client: Some(ClientConfig::new(url.clone(), sim.token().into())),
        client: ClientConfig::new(url, sim.token().into()),
        sync: SyncOptions {
            groups: vec![GROUP.to_owned()],
            archived: true,
            interval: INTERVAL,
            reconcile_interval: RECONCILE_INTERVAL,
            // A day more than the world has, so that no first hour is cut off.
            backfill_days: arguments.world.days + 1,
            ..SyncOptions::default()
        },
        serve_during_backfill: false,
        cache_ttl: Duration::from_secs(600),
        cache_entries: 10_000,
        auth: auth()?,
        webhooks: WebhookOptions {
            token: Some(secret()),
            signing_token: None,
        },
        failures: FailureOptions {
            views: views(),
            issue_labels: vec!["ci-failure".to_owned()],
            ..FailureOptions::default()
        },
        metrics: MetricsOptions::default(),
        export: ExportOptions::default(),
        reloads: Reloads::default(),
    })
}

/// A secret of webhooks, of which only this process knows.
fn secret() -> SecretString {
    let mut text = String::new();
    for byte in labtower_serve::new_session_key() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

/// Registers the group's hook, as `labtower hooks install` does.
async fn register_hook(
    service: &Service,
    client: Client,
    sync: &SyncOptions,
    secret: Option<SecretString>,
) -> Result<(), Failure> {
    let wanted = Wanted {
        url: full_url(service.url().parse().context("the service has no URL")?),
        token: secret,
        signing_token: None,
        jobs: true,
        ssl_verification: true,
    };
    let report = install(&client, sync, Choice::Least, &wanted).await?;
    if report.exit() != Exit::Ok {
        tracing::warn!(
            ?report,
            "the simulated GitLab took no webhook, so it is only polled"
        );
    }
    Ok(())
}

/// One person, so that the demo can be written to. Their password is no secret, and neither is the simulated world.
fn auth() -> Result<AuthOptions, Failure> {
    Ok(AuthOptions {
        users: vec![User {
            name: PERSON.to_owned(),
            password_hash: hash_password(PERSON)
                .context("failed to make the demo's person")?
                .into(),
        }],
        // The simulated clock may run fast.
        session: Duration::from_secs(10 * 365 * 86_400),
        ..AuthOptions::default()
    })
}

/// Saved views, to show what they are.
fn views() -> Vec<SavedView> {
    [
        ("This week", "days=7"),
        ("Without issue", "issue=none"),
        ("All branches", "source=any&ref=any&days=14"),
    ]
    .map(|(name, query)| SavedView {
        name: name.to_owned(),
        query: query.to_owned(),
    })
    .into()
}

/// Says so when the history is complete and every page is.
async fn say_when_ready(store: Store, started: Instant, shutdown: CancellationToken) {
    loop {
        let reading = store.clone();
        let complete = tokio::task::spawn_blocking(move || {
            let complete = reading.read(|reader| reader.history_complete_at())?;
            let totals = reading.read(|reader| reader.totals())?;
            Ok::<_, labtower_store::StoreError>(complete.map(|_| totals))
        });
        if let Ok(Ok(Some(totals))) = complete.await {
            say(format!(
                "Ready after {:.1} s: {} projects, {} pipelines, {} jobs. Ctrl-C ends it.",
                started.elapsed().as_secs_f64(),
                totals.projects,
                totals.pipelines,
                totals.jobs
            ));
            return;
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
