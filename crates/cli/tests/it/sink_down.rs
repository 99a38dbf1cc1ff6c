//! A sink of the feed that is down for a day: nothing else suffers, everybody can see it, and afterwards it has all.

use std::collections::BTreeMap;
use std::time::Duration;

use labtower_export::feed::FeedOptions;
use labtower_model::samples::at;
use labtower_sim::{SimClock, SimConfig};
use labtower_store::{Change, ChangeKind};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::app::{App, PATIENCE};
use crate::faults::catches_up;
use crate::gate::Gate;
use crate::places::database::Database;

const DAY: Duration = Duration::from_secs(86_400);
/// Waits of the feed double while its sink is down, and this test waits for the last of them.
const LONG: Duration = Duration::from_secs(120);

/// What tells a row of the feed in a destination: its id, whether it is gone, and its body's hash.
type Row = (String, bool, String);

fn stream(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Project => "feed_projects",
        ChangeKind::Pipeline => "feed_pipelines",
        ChangeKind::Job => "feed_jobs",
        ChangeKind::MergeRequest => "feed_merge_requests",
        ChangeKind::Commit => "feed_commits",
    }
}

const STREAMS: [&str; 5] = [
    "feed_projects",
    "feed_pipelines",
    "feed_jobs",
    "feed_merge_requests",
    "feed_commits",
];

#[tokio::test(flavor = "multi_thread")]
async fn sink_that_is_down_for_a_day_harms_nothing_and_gets_everything() {
    let Some(database) = Database::start() else {
        return;
    };
    let dsn = database.dsn();
    let port: u16 = url::Url::parse(&dsn).unwrap().port().unwrap();
    let gate = Gate::before(port).await;
    let target = dsn.replace(&format!(":{port}/"), &format!(":{}/", gate.port));
    let world = SimConfig {
        projects: 6,
        days: 2,
        clock: SimClock::Manual { start: at(0) },
        ..SimConfig::default()
    };
    let app = App::start_with(world, |options| {
        let target = SecretString::from(target);
        options.export.feed = Some(FeedOptions::new(target, "gitlab.example.com".to_owned()));
    })
    .await;
    app.ready().await;
    has_caught_up(&app, &dsn).await;
    assert!(sample(&app, "labtower_sink_lag_seconds").await < 1.0);
    let before = changes(&app).await;

    gate.close();
    for _ in 0..24 {
        app.sim.advance(DAY / 24);
        // Whoever asks is answered as ever.
        for path in ["/api/pipelines", "/api/projects", "/metrics", "/health"] {
            let asked = Instant::now();
            assert_eq!(app.get(path).await.status, 200, "{path}");
            assert!(asked.elapsed() < Duration::from_secs(5), "{path}");
        }
        sleep(Duration::from_millis(200)).await;
    }
    // What GitLab has is read as ever, and what was to be sent waits in the store.
    catches_up(&app).await;
    let after = changes(&app).await;
    let seq = |changes: &[Change]| -> Vec<u64> { changes.iter().map(|it| it.seq).collect() };
    assert_eq!(seq(&after)[..before.len()], seq(&before));
    assert!(
        after.len() > before.len() + 50,
        "{} more",
        after.len() - before.len()
    );
    is_told(&app).await;
    assert_eq!(
        rows(&dsn).await.values().map(Vec::len).sum::<usize>(),
        before.len()
    );

    gate.open();
    has_caught_up(&app, &dsn).await;
    assert_eq!(sample(&app, "labtower_sink_failures").await as u64, 0);
    assert!(sample(&app, "labtower_sink_lag_seconds").await < 1.0);
    let sync = app.json("/api/sync").await;
    assert!(!sync["problems"].to_string().contains("postgres"), "{sync}");
    let mut expected: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for change in changes(&app).await {
        expected
            .entry(stream(change.kind))
            .or_default()
            .push(row(&change));
    }
    let found = rows(&dsn).await;
    for stream in STREAMS {
        let (found, expected) = (&found[stream], expected.remove(stream).unwrap_or_default());
        // In the order of the feed but for projects, which batches keep together.
        let sorted = |rows: &[Row]| {
            let mut rows = rows.to_vec();
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            rows
        };
        assert_eq!(sorted(found), sorted(&expected), "{stream}");
    }
    app.stop().await;
}

/// The failure is on `/metrics`, at `/api/sync`, and on the health page; without the password.
async fn is_told(app: &App) {
    let begun = Instant::now();
    while sample(app, "labtower_sink_failures").await < 2.0 {
        assert!(begun.elapsed() < LONG, "no failure is counted");
        sleep(Duration::from_millis(100)).await;
    }
    let lag = sample(app, "labtower_sink_lag_seconds").await;
    assert!(lag > DAY.as_secs_f64() * 0.9, "{lag} s");
    let sync = app.json("/api/sync").await["problems"].to_string();
    assert!(
        sync.contains("export postgres") && sync.contains("PostgreSQL"),
        "{sync}"
    );
    let page = app.get("/health").await.text;
    assert!(page.contains("PostgreSQL"), "{page}");
    assert!(!page.contains("hush"), "{page}");
    assert!(!sync.contains("hush"));
}

/// Waits until the destination has as many rows as the feed, and says so.
async fn has_caught_up(app: &App, dsn: &str) {
    let begun = Instant::now();
    loop {
        let found = rows(dsn).await.values().map(Vec::len).sum::<usize>();
        let wanted = changes(app).await.len();
        if found >= wanted && sample(app, "labtower_sink_lag_seconds").await < 1.0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE + LONG, "{found} of {wanted}");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn changes(app: &App) -> Vec<Change> {
    let store = app.store().clone();
    let read = move || store.read(|reader| reader.changes(0, usize::MAX));
    tokio::task::spawn_blocking(read).await.unwrap().unwrap()
}

fn row(change: &Change) -> Row {
    let body: serde_json::Value = serde_json::from_str(change.body.get()).unwrap();
    let id = match change.kind {
        ChangeKind::Commit => format!("{}/{}", change.project_id, body["sha"].as_str().unwrap()),
        _ => change.entity_id.to_string(),
    };
    (id, change.deleted, canonical(&body))
}

/// A body as `jsonb` may write it, too.
fn canonical(body: &serde_json::Value) -> String {
    body.to_string()
}

/// Rows of all streams in the destination, in the order in which they were committed.
async fn rows(dsn: &str) -> BTreeMap<&'static str, Vec<Row>> {
    let plain = dsn.split_once('?').unwrap().0;
    let (client, connection) = tokio_postgres::connect(plain, NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut all = BTreeMap::new();
    for stream in STREAMS {
        let sql = format!(
            "SELECT _id, _deleted, coalesce(_raw_text, raw::text) FROM gitlab.{stream} ORDER BY _batch, _row"
        );
        // Before the first batch there is no table.
        let messages = client.simple_query(&sql).await.unwrap_or_default();
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let body = serde_json::from_str(row.get(2).unwrap()).unwrap();
                let is_deleted = row.get(1) == Some("t");
                Some((row.get(0).unwrap().to_owned(), is_deleted, canonical(&body)))
            }
            _ => None,
        });
        all.insert(stream, rows.collect());
    }
    all
}

/// A sample of the sink's at `/metrics`.
async fn sample(app: &App, family: &str) -> f64 {
    let metrics = app.get("/metrics").await.text;
    let start = format!("{family}{{sink=\"postgres\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&start));
    value.map_or(f64::MAX, |value| value.parse().unwrap())
}
