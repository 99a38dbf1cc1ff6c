//! Commits whose dates say nothing of when they were pushed: each is read once, and a reading with nothing new is cheap.

#![expect(
    clippy::unwrap_used,
    reason = "every function here is part of a test, which clippy sees only of those marked so"
)]

mod repository;

use std::collections::BTreeSet;
use std::sync::Arc;

use labtower_extract::{CATALOGUE, Parent, ReadOptions, Visit};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::SystemClock;
use repository::{PROJECT, Repository};

/// One who reads commits, on and on from a cursor.
struct Reader {
    repository: Repository,
    options: ReadOptions,
    cursor: String,
    seen: BTreeSet<String>,
}

impl Reader {
    fn new(repository: &Repository) -> Self {
        Self {
            repository: repository.clone(),
            options: ReadOptions::default(),
            cursor: String::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Reads on, for so many steps at most; whether the end was reached.
    async fn steps(&mut self, most: usize) -> bool {
        let config = ClientConfig::new(self.repository.url.parse().unwrap(), "glpat".into());
        let client = Client::new(config, Arc::new(SystemClock)).unwrap();
        let visit = Visit::new(client, self.options);
        let commits = CATALOGUE.iter().find(|it| it.name == "commits").unwrap();
        let mut walk = visit
            .walk(commits, Parent::project(PROJECT), &self.cursor)
            .unwrap();
        for _ in 0..most {
            let rows = walk.read_on().await.unwrap();
            self.cursor = walk.cursor();
            let Some(rows) = rows else { return true };
            for row in rows {
                assert!(self.seen.insert(row.id.clone()), "{} twice", row.id);
            }
        }
        false
    }

    /// Reads what there is, and asserts that it is all.
    async fn read(&mut self) -> Vec<String> {
        self.repository.requests();
        assert!(self.steps(usize::MAX).await);
        assert_eq!(self.seen, self.repository.all());
        self.repository.requests()
    }
}

/// A repository with 250 commits on one branch, one a day.
async fn repository() -> Repository {
    let repository = Repository::start().await;
    line(&repository, "main", 250, |number| number);
    repository.push("main", "main-249");
    repository
}

/// Commits one after another, of which each has a day.
fn line(repository: &Repository, name: &str, length: u16, day: impl Fn(u16) -> u16) {
    repository.commit(&format!("{name}-0"), day(0), &[]);
    for number in 1..length {
        let parent = format!("{name}-{}", number - 1);
        repository.commit(&format!("{name}-{number}"), day(number), &[&parent]);
    }
}

#[tokio::test]
async fn nothing_new_costs_a_page_of_each_list() {
    let repository = repository().await;
    let mut reader = Reader::new(&repository);
    assert_eq!(reader.read().await, ["commits"; 3]);
    assert_eq!(reader.read().await, ["commits", "tags", "branches"]);
}

#[tokio::test]
async fn commits_pushed_with_old_dates_are_read_from_branches_and_tags_on() {
    let repository = repository().await;
    let mut reader = Reader::new(&repository);
    reader.read().await;
    repository.commit("old", 20, &["main-10"]);
    repository.push("feature", "old");
    repository.commit("release", 5, &["main-3"]);
    repository.tag("v1", "release");
    let asked = reader.read().await;
    assert_eq!(asked[3..], ["from old", "from release"]);
    assert_eq!(reader.read().await.len(), 3);
}

#[tokio::test]
async fn what_a_new_commit_brings_along_is_read_however_much_it_is() {
    let repository = repository().await;
    let mut reader = Reader::new(&repository);
    reader.read().await;
    // Another repository's history, every second commit of it older than the one before.
    line(&repository, "theirs", 350, |number| {
        if number % 2 == 0 { number } else { 0 }
    });
    repository.commit("merge", 300, &["main-249", "theirs-120"]);
    repository.push("main", "merge");
    repository.push("theirs", "theirs-349");
    reader.read().await;
    assert_eq!(reader.read().await.len(), 3);
}

#[tokio::test]
async fn a_reader_that_is_broken_off_anywhere_goes_on() {
    let repository = repository().await;
    let mut reader = Reader::new(&repository);
    for steps in 1.. {
        if reader.steps(steps).await {
            break;
        }
    }
    for round in 0..8_u16 {
        let mut parent = format!("main-{}", round * 30);
        for number in 0..150 {
            let name = format!("old-{round}-{number}");
            repository.commit(&name, round + number % 7, &[&parent]);
            parent = name;
        }
        repository.push(&format!("old-{round}"), &parent);
        for steps in 1..usize::from(round) {
            reader.steps(steps).await;
        }
        reader.read().await;
    }
}

#[tokio::test]
async fn what_is_older_than_the_beginning_of_history_is_not_asked_for() {
    let repository = repository().await;
    let mut reader = Reader::new(&repository);
    reader.options.since = Some("2026-07-01T00:00:00Z".parse().unwrap());
    repository.push("stale", "main-20");
    assert!(reader.steps(usize::MAX).await);
    let young = reader.seen.len();
    assert!((60..100).contains(&young), "{young} commits");
    repository.requests();
    repository.commit("old", 20, &["main-10"]);
    repository.push("feature", "old");
    repository.commit("new", 251, &["main-15"]);
    repository.push("other", "new");
    assert!(reader.steps(usize::MAX).await);
    assert_eq!(reader.seen.len(), young + 1);
    // The parent of what is new is told to be too old once.
    let asked = repository.requests();
    assert_eq!(asked, ["commits", "tags", "branches", "from main-15"]);
    assert!(reader.steps(usize::MAX).await);
    assert_eq!(repository.requests(), ["commits", "tags", "branches"]);
}
