//! Reasons, groups and links of failures, against what the simulator knows of them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use labtower_sim::{Faults, Limits, TrueFailure};
use labtower_store::{ChangeOrigin, DependencyChange, FailureFilter, FailureRow, Page};
use labtower_sync::{FailureOptions, SyncError};

use crate::correctness::{World, world_with};

/// A world whose failures are explained.
async fn world(faults: Faults) -> World {
    world_with(Limits::default(), faults, FailureOptions::default()).await
}

impl World {
    /// Looks at failures until none waits.
    async fn explain(&self) {
        loop {
            match self.syncer.failures_cycle().await {
                Ok(cycle) if !cycle.more => return,
                Ok(_) | Err(SyncError::Gitlab(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Every stored failure, by job.
    fn failures(&self) -> BTreeMap<i64, FailureRow> {
        let mut page = Page {
            limit: 1000,
            before: None,
        };
        let mut all = BTreeMap::new();
        loop {
            let rows = self
                .store
                .read(|reader| reader.failures(&FailureFilter::default(), &page))
                .unwrap();
            let Some(last) = rows.last() else { return all };
            page.before = Some((last.created_at, last.job_id.get()));
            all.extend(rows.into_iter().map(|row| (row.job_id.get(), row)));
        }
    }
}

/// Fails unless every truly failed job is stored with a reason, and no other.
fn assert_every_failure_has_a_reason(stored: &BTreeMap<i64, FailureRow>, truth: &[TrueFailure]) {
    let ids: Vec<i64> = truth.iter().map(|row| row.job_id as i64).collect();
    assert!(ids.len() > 100, "{} failures are too few", ids.len());
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), ids);
    let bare: Vec<_> = stored
        .values()
        .filter(|row| row.category.is_none())
        .collect();
    assert!(
        bare.is_empty(),
        "{} of {} have no reason: {:?}",
        bare.len(),
        ids.len(),
        bare[0]
    );
}

/// Share of reasons whose kind is right, of those that have one; and how many have none.
fn categories(stored: &BTreeMap<i64, FailureRow>, truth: &[TrueFailure]) -> (f64, f64, String) {
    let mut told = String::new();
    let (mut right, mut wrong, mut unknown) = (0, 0, 0);
    let mut examples: BTreeMap<String, usize> = BTreeMap::new();
    for failure in truth {
        let row = &stored[&(failure.job_id as i64)];
        let found = row.category.as_deref().unwrap_or("unknown");
        if failure.categories.iter().any(|word| word == found) {
            right += 1;
        } else if found == "unknown" {
            unknown += 1;
        } else {
            wrong += 1;
        }
        if !failure.categories.iter().any(|word| word == found) {
            let headline = row.headline.clone().unwrap_or_default();
            *examples
                .entry(format!("{} is no {found}: {headline}", failure.cause))
                .or_default() += 1;
        }
    }
    writeln!(
        told,
        "categories: {right} right, {wrong} wrong, {unknown} unknown"
    )
    .unwrap();
    for (text, count) in examples {
        writeln!(told, "  {count} × {text}").unwrap();
    }
    let all = f64::from(right + wrong + unknown);
    (
        f64::from(right) / f64::from(right + wrong),
        f64::from(unknown) / all,
        told,
    )
}

/// Precision and recall of pairs: two failures in one group, and two with one cause.
fn pairs(stored: &BTreeMap<i64, FailureRow>, truth: &[TrueFailure]) -> (f64, f64, String) {
    let mut told = String::new();
    let mut both: HashMap<(i64, &str), u64> = HashMap::new();
    let mut groups: HashMap<i64, u64> = HashMap::new();
    let mut causes: HashMap<&str, u64> = HashMap::new();
    for failure in truth.iter().filter(|failure| !failure.cause.is_empty()) {
        let row = &stored[&(failure.job_id as i64)];
        // A failure without a group is alone.
        let group = row.group_id.map_or(-row.job_id.get(), |group| group.0);
        *both.entry((group, &failure.cause)).or_default() += 1;
        *groups.entry(group).or_default() += 1;
        *causes.entry(&failure.cause).or_default() += 1;
    }
    let pairs =
        |counts: &mut dyn Iterator<Item = u64>| counts.map(|n| n * (n - 1) / 2).sum::<u64>() as f64;
    let same = pairs(&mut both.values().copied());
    let (grouped, caused) = (
        pairs(&mut groups.values().copied()),
        pairs(&mut causes.values().copied()),
    );
    writeln!(told, "groups: {} of {} causes", groups.len(), causes.len()).unwrap();
    let mut mixed: BTreeMap<i64, Vec<(&str, u64)>> = BTreeMap::new();
    for ((group, cause), count) in &both {
        mixed.entry(*group).or_default().push((cause, *count));
    }
    for (group, causes) in mixed.iter().filter(|(_, causes)| causes.len() > 1) {
        writeln!(told, "  group {group} mixes {causes:?}").unwrap();
    }
    let mut split: BTreeMap<&str, Vec<(i64, u64)>> = BTreeMap::new();
    for ((group, cause), count) in &both {
        split.entry(cause).or_default().push((*group, *count));
    }
    for (cause, groups) in split.iter().filter(|(_, groups)| groups.len() > 1) {
        let headline = |group: i64| {
            let row = stored
                .values()
                .find(|row| row.group_id.map(|id| id.0) == Some(group));
            row.and_then(|row| row.headline.clone())
        };
        let shown: Vec<_> = groups
            .iter()
            .take(4)
            .map(|(group, count)| (count, headline(*group)))
            .collect();
        writeln!(told, "  {cause} is split: {shown:?}").unwrap();
    }
    (same / grouped, same / caused, told)
}

#[tokio::test]
async fn every_failure_has_a_true_reason_and_a_true_group() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    let (stored, truth) = (world.failures(), world.sim.failures());
    assert_every_failure_has_a_reason(&stored, &truth);
    let (right, unknown, told) = categories(&stored, &truth);
    assert!(right >= 0.97, "{right:.3} of the kinds are right\n{told}");
    assert!(unknown <= 0.15, "{unknown:.3} have no kind\n{told}");
    let (precision, recall, told) = pairs(&stored, &truth);
    assert!(
        precision >= 0.98 && recall >= 0.90,
        "groups: precision {precision:.3}, recall {recall:.3}\n{told}"
    );
}

/// A look at failures that is broken off, after the simulator answered so many requests.
async fn explain_for(world: &World, millis: u64) {
    let life = Duration::from_millis(millis);
    // Whether it ended by itself does not matter.
    let _ = tokio::time::timeout(life, world.syncer.failures_cycle()).await;
}

#[tokio::test]
async fn looks_that_are_broken_off_anywhere_lose_and_double_nothing() {
    let faults = Faults {
        latency: Duration::from_millis(2),
        ..Faults::default()
    };
    let world = world(faults).await;
    world.syncer.history().await.unwrap();
    for cut in 0..40 {
        explain_for(&world, 5 + cut * 13 % 170).await;
    }
    world.explain().await;
    let (stored, truth) = (world.failures(), world.sim.failures());
    assert_every_failure_has_a_reason(&stored, &truth);
    let logs = world.sim.requests()["GET /projects/:id/jobs/:job_id/trace"];
    let (precision, recall, told) = pairs(&stored, &truth);
    assert!(
        precision >= 0.98 && recall >= 0.90,
        "groups: precision {precision:.3}, recall {recall:.3}\n{told}"
    );
    // A kill loses what was being read, which is little.
    assert!(
        logs < 2 * truth.len() as u64 + 40 * 32,
        "{logs} logs were read"
    );
    world.sim.reset_requests();
    world.explain().await;
    assert_eq!(
        world
            .sim
            .requests()
            .get("GET /projects/:id/jobs/:job_id/trace")
            .copied()
            .unwrap_or(0),
        0
    );
}

/// What may go wrong with the answers that logs and issues come in; the others concern lists of pipelines.
const SCENARIOS: [&str; 6] = [
    "too_many_requests",
    "server_errors",
    "resets",
    "truncated",
    "malformed",
    "everything",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_has_a_reason_in_spite_of_every_kind_of_failure() {
    let lives: Vec<_> = SCENARIOS
        .iter()
        .map(|name| (name, Faults::scenario(name).unwrap()))
        .map(|(name, faults)| (name, tokio::spawn(live_through(faults))))
        .collect();
    for (name, life) in lives {
        assert!(life.await.is_ok(), "scenario `{name}`");
    }
}

async fn live_through(faults: Faults) {
    let world = world(faults).await;
    world.backfill().await;
    world.settle().await;
    // Logs that could not be read wait for up to six hours.
    for _ in 0..30 {
        world.sim.advance(Duration::from_secs(1800));
        world.explain().await;
    }
    let (stored, truth) = (world.failures(), world.sim.failures());
    assert_every_failure_has_a_reason(&stored, &truth);
    let (right, unknown, told) = categories(&stored, &truth);
    assert!(
        right >= 0.95 && unknown <= 0.2,
        "{right:.3} right, {unknown:.3} without a kind\n{told}"
    );
}

#[tokio::test]
async fn secrets_of_logs_are_nowhere_in_the_database() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    let truth = world.sim.failures();
    let secrets: Vec<&String> = truth.iter().flat_map(|failure| &failure.secrets).collect();
    assert!(secrets.len() > 20, "{} secrets are too few", secrets.len());
    // Bodies are compressed in the file: what they hold is looked at as it comes out.
    let mut texts = String::new();
    for id in world.failures().keys() {
        let row = world
            .store
            .read(|reader| reader.reason((*id).into()))
            .unwrap();
        texts.push_str(&serde_json::to_string(&row).unwrap());
    }
    let mut file = Vec::new();
    for suffix in ["", "-wal"] {
        let path = format!("{}{suffix}", world.store.path().display());
        file.extend(std::fs::read(path).unwrap_or_default());
    }
    let file = String::from_utf8_lossy(&file);
    for secret in secrets {
        assert!(!texts.contains(secret.as_str()), "{secret} is stored");
        assert!(!file.contains(secret.as_str()), "{secret} is in the file");
    }
}

#[tokio::test]
async fn idle_looks_ask_nothing_and_write_nothing() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    world.settle().await;
    world.explain().await;
    world.sim.reset_requests();
    let generation = world.store.generation();
    for _ in 0..10 {
        world.sim.advance(Duration::from_secs(30));
        world.explain().await;
    }
    world.assert_idle_since(generation);
}

#[tokio::test]
async fn known_issue_blocks_link_the_failures_they_match() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    let issues = world
        .store
        .read(|reader| reader.issues_with_blocks())
        .unwrap();
    assert!(
        issues.len() > 3,
        "{} issues with blocks are too few",
        issues.len()
    );
    let full = issues.iter().find(|issue| {
        issue
            .blocks
            .iter()
            .any(|block| block.pattern.contains("no space left"))
    });
    let full = full.expect("an issue about the disk").key.clone();
    let truth = world.sim.failures();
    let wanted: Vec<i64> = truth
        .iter()
        .filter(|row| row.cause == "disk")
        .map(|row| row.job_id as i64)
        .collect();
    assert!(!wanted.is_empty());
    for job in wanted {
        let row = world
            .store
            .read(|reader| reader.reason(job.into()))
            .unwrap()
            .unwrap();
        assert!(
            row.issues.iter().any(|link| link.key == full),
            "{:?}",
            row.issues
        );
    }
}

#[tokio::test]
async fn links_survive_that_everything_is_explained_again() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    let before = world.failures();
    let groups: std::collections::BTreeSet<_> =
        before.values().filter_map(|row| row.group_id).collect();
    for (iid, group) in (1..).zip(&groups) {
        let action = labtower_store::Action::Assign {
            subjects: vec![labtower_store::Subject::Group(*group)],
            issue: labtower_store::IssueKey {
                project_path: "acme/none".to_owned(),
                iid,
            },
            known: None,
            how: labtower_store::LinkOrigin::Person,
        };
        world.store.act("ada", action).await.unwrap();
    }
    let path = world.store.path().to_owned();
    {
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch(
            "DELETE FROM reasons; UPDATE failed_jobs SET category = NULL, group_id = NULL;",
        )
        .unwrap();
    }
    world.explain().await;
    let after = world.failures();
    for (id, row) in before {
        assert_eq!(after[&id].group_id, row.group_id, "job {id}");
        if row.group_id.is_some() {
            let about = world
                .store
                .read(|reader| reader.reason(id.into()))
                .unwrap()
                .unwrap();
            let kept = about
                .issues
                .iter()
                .any(|link| link.key.project_path == "acme/none");
            assert!(kept, "job {id}: {:?}", about.issues);
        }
    }
}

#[tokio::test]
async fn dependencies_that_differ_are_told_from_logs_and_from_lock_files() {
    let world = world(Faults::default()).await;
    world.backfill().await;
    let mut found = BTreeMap::new();
    for id in world.failures().keys() {
        let row = world
            .store
            .read(|reader| reader.reason((*id).into()))
            .unwrap()
            .unwrap();
        let Some(changes) = row.changes else { continue };
        let origin = match changes.origin {
            ChangeOrigin::Log => "log",
            ChangeOrigin::LockFile(_) => "lock file",
        };
        // The simulated logs print the same versions in every run.
        assert!(origin != "log" || changes.changes.is_empty(), "{changes:?}");
        let both =
            |row: &DependencyChange| row.was.is_some() && row.is.is_some() && row.was != row.is;
        assert!(changes.changes.iter().all(both), "{changes:?}");
        *found
            .entry((origin, changes.changes.is_empty()))
            .or_insert(0) += 1;
    }
    assert!(found.contains_key(&("log", true)), "{found:?}");
    assert!(found.contains_key(&("lock file", false)), "{found:?}");
}

#[tokio::test]
async fn rules_that_change_revise_what_is_stored_without_reading_logs_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, "").unwrap();
    let options = FailureOptions {
        rules: vec![path.clone()],
        ..FailureOptions::default()
    };
    let world = world_with(Limits::default(), Faults::default(), options).await;
    world.backfill().await;
    let before = world.failures();
    // What a rule or a score said of some failures, with words that only they have in common.
    let by_rule = |row: &&FailureRow| {
        let row = world
            .store
            .read(|reader| reader.reason(row.job_id))
            .unwrap();
        let explained = row.unwrap().explained.unwrap();
        let body = &explained.body;
        matches!(explained.decided_by.kind.as_str(), "rule" | "score") && !body.excerpt.is_empty()
    };
    let chosen = before.values().find(by_rule).unwrap();
    let headline = chosen.headline.clone().unwrap();
    let action = labtower_store::Action::WrongReason {
        job: chosen.job_id,
        note: None,
    };
    world.store.act("ada", action).await.unwrap();
    let pattern = format!("^.*({}).*$", regex_of(&headline));
    let rule = format!(
        "[[rule]]\nid = \"own\"\npattern = '''{pattern}'''\ncategory = \"deploy\"\nrank = 99\n"
    );
    std::fs::write(&path, rule).unwrap();
    world.sim.reset_requests();
    world.explain().await;
    let after = world.failures();
    let row = world
        .store
        .read(|reader| reader.reason(chosen.job_id))
        .unwrap()
        .unwrap();
    let explained = row.explained.unwrap();
    let name = format!("{}/own", path.display());
    assert_eq!(explained.decided_by.name, name, "{headline}");
    assert_eq!(
        after[&chosen.job_id.get()].category.as_deref(),
        Some("deploy")
    );
    assert!(row.judgement.unwrap().wrong);
    let same = before
        .iter()
        .filter(|(id, row)| after[*id].headline == row.headline);
    assert!(same.count() > before.len() / 2, "most stay as they are");
    // Without the rule the others speak again.
    std::fs::write(&path, "").unwrap();
    world.explain().await;
    let row = world
        .store
        .read(|reader| reader.reason(chosen.job_id))
        .unwrap()
        .unwrap();
    assert_ne!(row.explained.unwrap().decided_by.name, name);
    let logs = world.sim.requests();
    let logs = logs.get("GET /projects/:id/jobs/:job_id/trace");
    assert_eq!(logs.copied().unwrap_or(0), 0, "logs were read again");
    // And then nothing is left to do.
    let generation = world.store.generation();
    world.explain().await;
    assert_eq!(world.store.generation(), generation);
}

/// An expression for just this text.
fn regex_of(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || letter == ' ';
    text.chars()
        .map(|letter| if plain(letter) { letter } else { '.' })
        .collect()
}
