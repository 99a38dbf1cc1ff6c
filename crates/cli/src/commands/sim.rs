//! `labtower sim`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use labtower_sim::{Faults, Sim, SimClock, SimConfig, Tier};

use crate::lifecycle::shutdown_on_signals;
use crate::output::say;
use crate::{Exit, Failure};

/// The simulated world; shared with `demo`.
#[derive(Debug, Args)]
pub(crate) struct World {
    /// Projects in the world.
    #[arg(long, default_value_t = 50)]
    pub(crate) projects: usize,
    /// Days of history before now.
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u32,
    /// Seed of the world: the same seed, projects and days make the same world.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Seconds of simulated time in one real second.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if speed > 0.0 && speed <= 100_000.0 => Ok(speed),
        _ => Err("expected a number greater than 0, at most 100000".to_owned()),
    }
}

impl World {
    /// The simulator's settings for it.
    pub(crate) fn sim_config(&self) -> SimConfig {
        SimConfig {
            seed: self.seed,
            projects: self.projects,
            days: self.days,
            clock: SimClock::Real { speed: self.speed },
            ..SimConfig::default()
        }
    }
}

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    world: World,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Path in front of every URL, as of a GitLab that is not at the root of its host.
    #[arg(long, default_value = "")]
    base_path: String,
    /// The token it accepts.
    #[arg(long, default_value = "glpat-simulated")]
    token: String,
    /// Another token, which may write: for hooks and issues.
    #[arg(long, value_name = "TOKEN")]
    write_token: Option<String>,
    /// Milliseconds every answer waits.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// What the simulated instance has a licence for.
    #[arg(long, value_enum, default_value_t = Licence::Premium)]
    tier: Licence,
    /// A named set of faults; an unknown name lists them.
    #[arg(long)]
    faults: Option<String>,
}

/// GitLab's tiers.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Licence {
    Free,
    Premium,
    Ultimate,
}

impl From<Licence> for Tier {
    fn from(licence: Licence) -> Self {
        match licence {
            Licence::Free => Self::Free,
            Licence::Premium => Self::Premium,
            Licence::Ultimate => Self::Ultimate,
        }
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let shutdown = shutdown_on_signals()?;
    let mut faults = match &arguments.faults {
        None => Faults::default(),
        Some(name) => Faults::scenario(name).ok_or_else(|| unknown_scenario(name))?,
    };
    if arguments.latency_ms > 0 {
        faults.latency = Duration::from_millis(arguments.latency_ms);
    }
    let address = resolve(&arguments.host, arguments.port).await?;
    let config = SimConfig {
        token: arguments.token,
        write_token: arguments.write_token,
        base_path: arguments.base_path,
        tier: arguments.tier.into(),
        faults,
        ..arguments.world.sim_config()
    };
    let sim = Sim::start(config, address)
        .await
        .with_context(|| format!("failed to listen on {address}"))?;
    say(format!("simulated GitLab: {}", sim.url()));
    say(format!("token: {}", sim.token()));
    say(format!("requests so far: {}/__sim/requests", sim.url()));
    say(format!(
        "read it: GITLAB_URL={} GITLAB_TOKEN={} LABTOWER__GITLAB__MONITOR_GROUPS=acme labtower run",
        sim.url(),
        sim.token()
    ));
    shutdown.cancelled().await;
    sim.stop().await;
    Ok(Exit::Ok)
}

async fn resolve(host: &str, port: u16) -> Result<SocketAddr, Failure> {
    let found = tokio::net::lookup_host((host, port))
        .await
        .with_context(|| format!("`{host}` has no address"))?
        .next();
    Ok(found.with_context(|| format!("`{host}` has no address"))?)
}

fn unknown_scenario(name: &str) -> Failure {
    let names: Vec<&str> = Faults::scenarios().iter().map(|(name, _)| *name).collect();
    Failure::with_hint(
        Exit::Usage,
        anyhow::anyhow!("there are no faults called `{name}`"),
        format!("known are: {}", names.join(", ")),
    )
}
