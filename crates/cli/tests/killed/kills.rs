//! Runs of `labtower export`, most of them killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use crate::compare::assert_same;
use crate::gitlab::{Gitlab, TOKEN};
use crate::process::labtower;
use crate::shared::place::Place;

/// Kills of running exports.
const KILLS: usize = 50;
/// Longest life of the first run.
const FIRST: Duration = Duration::from_millis(400);
/// How much longer the next ones may live after a kill: so runs come further and further, wherever that takes long.
const LONGER: f64 = 1.1;
/// How much longer they may live after one that ended by itself.
const SHORTER: f64 = 0.4;
/// Share of moments at which two run.
const PAIRS: f64 = 0.25;
/// A run that is not killed has ended by then.
const PATIENCE: Duration = Duration::from_secs(300);
/// Exit code of a run that left a stream to another writer.
const PARTIAL: i32 = 3;

/// What `labtower export` is told.
pub(crate) struct Target {
    pub(crate) to: String,
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Names of streams; none are all that are on by default.
    pub(crate) only: &'static [&'static str],
    /// Words of a failure that a stand-in for a server has, but not that server; the next run goes on after it.
    pub(crate) excused: Option<&'static str>,
}

/// Copies one GitLab after another into one sink, by runs that are killed after random times, until one ends by
/// itself; then the rows are compared. How long runs may live is found out on the way: as long as all are killed they
/// may live longer, so that kills fall everywhere from the first request to the last commit.
pub(crate) async fn fifty_kills_lose_and_double_nothing(place: &impl Place, target: &Target) {
    let given = std::env::var("LABTOWER_SEED").ok();
    let seed = given.map_or_else(rand::random, |text| text.parse().unwrap());
    eprintln!("LABTOWER_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let directory = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let (mut kills, mut copies, mut runs, mut rows) = (0, 0, 0, 0);
    let mut limit = FIRST;
    while kills < KILLS {
        let world = random.random_range(1..1_000);
        eprintln!("world {world}");
        let gitlab = Gitlab::start(world, directory.path()).await;
        loop {
            let writers = if random.random_bool(PAIRS) { 2 } else { 1 };
            let lives = (0..writers).map(|_| {
                let life = limit.mul_f64(random.random());
                let life = if kills < KILLS { life } else { PATIENCE };
                live(&gitlab, target, directory.path(), life)
            });
            let lives: Vec<_> = lives.collect();
            let ends = join_all(lives).await;
            eprintln!("{:?}: {ends:?} of at most {limit:?}", begun.elapsed());
            kills += ends.iter().filter(|end| **end == End::Killed).count();
            if ends.contains(&End::Complete) {
                limit = limit.mul_f64(SHORTER);
                break;
            }
            limit = limit.mul_f64(LONGER);
        }
        let same = assert_same(place, &gitlab, target.only).await;
        copies += 1;
        runs += same.runs.len();
        rows += same.rows;
    }
    eprintln!(
        "{rows} rows of {copies} copies by {runs} runs, {kills} of which were killed, in {:?}",
        begun.elapsed()
    );
    assert!(runs > copies, "only runs that were not killed wrote rows");
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// After so long.
    Killed,
    Complete,
    /// Another writer was in the way: one that ran, or the rest of one that was killed.
    Partial,
    /// By a failure that is excused.
    Failed,
}

/// One run, which is killed after a time.
async fn live(gitlab: &Gitlab, target: &Target, directory: &Path, life: Duration) -> End {
    let log = tempfile::NamedTempFile::new_in(directory).unwrap();
    let mut export = labtower(directory);
    export
        .arg("export")
        .env("GITLAB_URL", &gitlab.url)
        .env("GITLAB_TOKEN", TOKEN)
        .env("GITLAB_GROUP", "acme")
        .env("LABTOWER_EXPORT_TO", &target.to)
        .envs(target.variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::null())
        .stderr(log.reopen().unwrap());
    if !target.only.is_empty() {
        export.args(["--only", &target.only.join(",")]);
    }
    let mut run = Run::start(export);
    let end = Instant::now() + life;
    while Instant::now() < end && run.0.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(5)).await;
    }
    // SIGKILL: the process gets no chance to put anything in order.
    run.0.kill().unwrap();
    match run.0.wait().unwrap().code() {
        None => End::Killed,
        Some(0) => End::Complete,
        Some(PARTIAL) => End::Partial,
        Some(code) => {
            let said = std::fs::read_to_string(log.path()).unwrap();
            let is_excused = target.excused.is_some_and(|words| said.contains(words));
            assert!(is_excused, "an export ended with {code}: {said}");
            End::Failed
        }
    }
}

/// A process that does not outlive the test.
struct Run(Child);

impl Run {
    fn start(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
