//! Merge requests, commits and their counts equal the simulator's truth, and cost a request per 100 projects when idle.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use labtower_model::{ProjectId, Timestamp, User};
use labtower_sim::{Faults, Limits, TrueUser, Truth};
use labtower_store::{Reader, Store, StoreError};
use labtower_sync::SyncError;
use serde_json::{Value, json};

use crate::correctness::{STEP, STEPS, World, world};

/// Differences shown before the rest is only counted.
const SHOWN: usize = 10;

/// Facts by what they are about.
type Facts = BTreeMap<String, Value>;

impl World {
    /// One look at merge requests and commits.
    async fn look(&self) -> bool {
        match self.syncer.activity_cycle().await {
            Ok(cycle) => cycle.failed == 0,
            Err(SyncError::Gitlab(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Looks again while the world stands still, until a few looks found nothing to fail.
    async fn look_until_quiet(&self) {
        self.sim.freeze();
        let mut clean = 0;
        while clean < 6 {
            self.sim.advance(STEP);
            clean = if self.look().await { clean + 1 } else { 0 };
        }
    }
}

async fn live_an_hour(faults: Faults, wait: Duration) {
    let world = world(Limits::default(), faults).await;
    world.backfill().await;
    let before = world.sim.truth();
    for _ in 0..STEPS {
        world.sim.advance(STEP);
        world.look().await;
    }
    world.sim.freeze();
    world.sim.advance(wait);
    world.look_until_quiet().await;
    let after = world.sim.truth();
    assert!(after.commits.len() > before.commits.len());
    assert_ne!(after.merge_requests, before.merge_requests);
    assert_activity_equals_truth(&world.store, &after);
}

#[tokio::test]
async fn activity_equals_the_truth_after_an_hour() {
    live_an_hour(Faults::default(), Duration::ZERO).await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a failure must tell its scenario")]
async fn activity_equals_the_truth_after_an_hour_of_every_kind_of_failure() {
    for (name, faults) in Faults::scenarios() {
        println!("{name}");
        live_an_hour(faults.clone(), Duration::ZERO).await;
    }
}

#[tokio::test]
async fn commits_are_counted_where_gitlab_does_not_tell() {
    let faults = Faults {
        hidden_statistics: true,
        ..Faults::default()
    };
    // All that is left to go by is the time of the last activity, which moves once an hour.
    live_an_hour(faults, Duration::from_secs(3600)).await;
}

#[tokio::test]
async fn idle_look_costs_one_request_per_hundred_projects_and_writes_no_data() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.look_until_quiet().await;
    world.sim.reset_requests();
    let generation = world.store.data_generation();
    for _ in 0..10 {
        world.sim.advance(STEP);
        world.look().await;
    }
    let requests: u64 = world.sim.requests().values().sum();
    assert_eq!(requests, 10, "{:?}", world.sim.requests());
    assert_eq!(world.store.data_generation(), generation);
}

#[tokio::test]
async fn days_without_a_look_are_caught_up_page_by_page() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.sim.advance(Duration::from_secs(4 * 86_400));
    world.sim.reset_requests();
    assert!(world.look().await);
    let asked = world.sim.requests();
    let graphql = asked.get("POST /api/graphql").copied().unwrap_or(0);
    assert!(graphql > 1, "a busy project takes further pages: {asked:?}");
    world.look_until_quiet().await;
    assert_activity_equals_truth(&world.store, &world.sim.truth());
}

#[tokio::test]
async fn backfill_that_is_broken_off_goes_on_at_its_cursor() {
    let faults = Faults {
        latency: Duration::from_millis(15),
        ..Faults::default()
    };
    let world = world(Limits::default(), faults).await;
    world.syncer.discover().await.unwrap();
    let mut cursors = BTreeSet::new();
    let mut broken_off = 0;
    let mut patience = Duration::from_millis(20);
    while tokio::time::timeout(patience, world.syncer.activity_backfill())
        .await
        .is_err()
    {
        broken_off += 1;
        // A debug build on a busy machine may need longer for a single page.
        patience += Duration::from_millis(2);
        let rows = world.store.read(|reader| reader.sync_activity()).unwrap();
        cursors.extend(rows.into_iter().filter_map(|row| row.backfill_cursor));
    }
    assert!(
        broken_off > 2 && !cursors.is_empty(),
        "{broken_off} {cursors:?}"
    );
    world.backfill().await;
    world.look_until_quiet().await;
    assert_activity_equals_truth(&world.store, &world.sim.truth());
}

/// Fails unless every merge request and commit count is the truth, and every commit since the stored times is there.
pub(crate) fn assert_activity_equals_truth(store: &Store, truth: &Truth) {
    let (stored, since) = store.read(stored_facts).unwrap();
    let truth = true_facts(truth, &since);
    let mut differences = Vec::new();
    for key in stored.keys().chain(truth.keys()) {
        let (stored, truth) = (stored.get(key), truth.get(key));
        if stored != truth {
            differences.push(format!("{key}\n  stored {stored:?}\n  truth  {truth:?}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} facts differ:\n{}",
        differences.len(),
        truth.len(),
        differences[..differences.len().min(SHOWN)].join("\n")
    );
}

type Since = BTreeMap<ProjectId, Timestamp>;

fn stored_facts(reader: &Reader<'_>) -> Result<(Facts, Since), StoreError> {
    let mut facts = Facts::new();
    let mut since = Since::new();
    let user = |user: Option<User>| user.map(|user| (user.id.get(), user.username, user.name));
    for row in reader.sync_activity()? {
        assert!(row.complete_at.is_some(), "{row:?}");
        assert!(row.backfill_cursor.is_none(), "{row:?}");
        if let Some(from) = row.commits_from {
            since.insert(row.project_id, from);
        }
        for row in reader.merge_requests_of(row.project_id)? {
            let fact = json!({
                "iid": row.iid, "project": row.project_id, "state": row.state, "draft": row.draft, "title": row.title,
                "from": row.source_branch, "to": row.target_branch, "sha": row.sha, "merge": row.merge_commit_sha,
                "labels": row.labels, "author": user(row.author), "by": user(row.merge_user),
                "created": row.created_at, "updated": row.updated_at, "merged": row.merged_at,
                "closed": row.closed_at, "first": row.first_commit_at, "commits": row.commit_count,
                "notes": row.user_notes_count,
            });
            facts.insert(format!("merge request {}", row.id), fact);
        }
        for row in reader.commits_of(row.project_id)? {
            let fact = json!([
                row.title,
                row.author_name,
                row.authored_at,
                row.committed_at
            ]);
            facts.insert(format!("commit {} {}", row.project_id, row.sha), fact);
        }
    }
    for row in reader.project_statistics()? {
        let key = format!("commits of {}", row.project_id);
        facts.insert(key, json!(row.commit_count));
    }
    for row in reader.merge_request_counts()? {
        let key = format!("{} {} {}", row.project_id, row.state, row.draft);
        facts.insert(key, json!(row.count));
    }
    Ok((facts, since))
}

fn true_facts(truth: &Truth, since: &Since) -> Facts {
    let mut facts = Facts::new();
    let user = |user: &Option<TrueUser>| {
        user.as_ref()
            .map(|user| json!([user.id, user.username, user.name]))
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in &truth.merge_requests {
        let fact = json!({
            "iid": row.iid, "project": row.project_id, "state": row.state, "draft": row.draft, "title": row.title,
            "from": row.source_branch, "to": row.target_branch, "sha": row.sha, "merge": row.merge_commit_sha,
            "labels": row.labels, "author": user(&row.author), "by": user(&row.merge_user),
            "created": row.created_at, "updated": row.updated_at, "merged": row.merged_at,
            "closed": row.closed_at, "first": row.first_commit_at, "commits": row.commit_count,
            "notes": row.user_notes_count,
        });
        facts.insert(format!("merge request {}", row.id), fact);
        let key = format!("{} {} {}", row.project_id, row.state, row.draft);
        *counts.entry(key).or_default() += 1;
    }
    for project in &truth.projects {
        counts.insert(format!("commits of {}", project.id), 0);
    }
    for row in &truth.commits {
        *counts
            .entry(format!("commits of {}", row.project_id))
            .or_default() += 1;
        let from = since.get(&ProjectId(row.project_id as i64));
        if from.is_some_and(|from| row.committed_at >= *from) {
            let fact = json!([
                row.title,
                row.author_name,
                row.authored_at,
                row.committed_at
            ]);
            facts.insert(format!("commit {} {}", row.project_id, row.sha), fact);
        }
    }
    facts.extend(counts.into_iter().map(|(key, count)| (key, json!(count))));
    facts
}
