//! Runs of `labtower export`, most of them killed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use labtower_extract::Stream;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::compare::{assert_same, on};
use crate::gitlab::{Gitlab, TOKEN};
use crate::process::labtower;
use crate::shared::place::Place;

/// Kills of running exports.
pub(crate) const KILLS: usize = 50;
/// Streams that have rows at least, in all worlds together. Ten are of the instance, which nobody asks for here, and a few
/// are empty in one world or another.
pub(crate) const STREAMS: usize = 88;
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
    /// Words of a failure that a stand-in for a server has, but not that server; the next run goes on after it.
    pub(crate) excused: Option<&'static str>,
}

/// Copies one GitLab after another into sinks, by runs that are killed after random times, until one ends by itself; then
/// the rows are compared. How long runs may live is found out on the way: as long as all are killed they may live longer,
/// so that kills fall everywhere from the first request to the last commit.
pub(crate) struct Hunt {
    random: StdRng,
    directory: TempDir,
    begun: Instant,
    limit: Duration,
    kills: usize,
    copies: usize,
    runs: usize,
    rows: usize,
    /// Streams that had rows.
    streams: BTreeSet<&'static str>,
}

impl Hunt {
    pub(crate) fn new() -> Self {
        let given = std::env::var("LABTOWER_SEED").ok();
        let seed = given.map_or_else(rand::random, |text| text.parse().unwrap());
        eprintln!("LABTOWER_SEED={seed}");
        Self {
            random: StdRng::seed_from_u64(seed),
            directory: tempfile::tempdir().unwrap(),
            begun: Instant::now(),
            limit: FIRST,
            kills: 0,
            copies: 0,
            runs: 0,
            rows: 0,
            streams: BTreeSet::new(),
        }
    }

    /// All streams that are on by default, and all kills, in one sink.
    pub(crate) async fn everything(mut self, place: &impl Place, target: &Target) {
        while self.kills < KILLS {
            self.copy(place, target, &on(), KILLS).await;
        }
        self.end(STREAMS);
    }

    /// One copy of these streams; when so many runs were killed since the hunt began, one is not.
    pub(crate) async fn copy(
        &mut self,
        place: &impl Place,
        target: &Target,
        streams: &[&'static Stream],
        kills: usize,
    ) {
        let world = self.random.random_range(1..1_000);
        eprintln!("world {world}");
        let gitlab = Gitlab::start(world, self.directory.path()).await;
        while !self.round(&gitlab, target, streams, kills).await {}
        let same = assert_same(place, &gitlab, streams).await;
        self.copies += 1;
        self.runs += same.runs.len();
        self.rows += same.rows;
        self.streams.extend(same.streams);
    }

    /// One run or two at once; whether one of them ended by itself.
    async fn round(
        &mut self,
        gitlab: &Gitlab,
        target: &Target,
        streams: &[&'static Stream],
        kills: usize,
    ) -> bool {
        let (limit, is_last) = (self.limit, self.kills >= kills);
        let writers = if self.random.random_bool(PAIRS) { 2 } else { 1 };
        let lives = (0..writers).map(|_| {
            let life = limit.mul_f64(self.random.random());
            let life = if is_last { PATIENCE } else { life };
            live(gitlab, target, streams, self.directory.path(), life)
        });
        let lives: Vec<_> = lives.collect();
        let began = Instant::now();
        let ends = join_all(lives).await;
        let (took, now) = (began.elapsed(), self.begun.elapsed());
        eprintln!("{now:?}: {ends:?} of at most {limit:?}, in {took:?}");
        self.kills += ends.iter().filter(|end| **end == End::Killed).count();
        let is_complete = ends.contains(&End::Complete);
        self.limit = match (is_complete, is_last) {
            (false, _) => limit.mul_f64(LONGER),
            (true, false) => limit.mul_f64(SHORTER),
            // Now it is known how long one takes.
            (true, true) => limit.max(took.mul_f64(SHORTER)),
        };
        is_complete
    }

    /// Whether as many runs were killed as had to be.
    pub(crate) fn is_enough(&self) -> bool {
        self.kills >= KILLS
    }

    /// Says what was done, and fails if that was little.
    pub(crate) fn end(self, at_least: usize) {
        let (kills, streams) = (self.kills, self.streams.len());
        eprintln!(
            "{} rows of {streams} streams in {} copies by {} runs, {kills} of which were killed, in {:?}",
            self.rows,
            self.copies,
            self.runs,
            self.begun.elapsed()
        );
        assert!(kills >= KILLS, "{kills} kills");
        assert!(
            self.runs > self.copies,
            "only runs that were not killed wrote rows"
        );
        let on = on();
        let empty = on.iter().map(|stream| stream.name);
        let empty: Vec<_> = empty.filter(|it| !self.streams.contains(it)).collect();
        assert!(streams >= at_least, "{streams} had rows; none in {empty:?}");
    }
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
async fn live(
    gitlab: &Gitlab,
    target: &Target,
    streams: &[&Stream],
    directory: &Path,
    life: Duration,
) -> End {
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
    if streams.len() < on().len() {
        let names: Vec<_> = streams.iter().map(|stream| stream.name).collect();
        export.args(["--only", &names.join(",")]);
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
