//! A scrape stands whatever else happens in the file.

use std::sync::Arc;

use labtower_serve::ServeOptions;
use labtower_sim::{Faults, Limits};
use rusqlite::Connection;
use tokio::net::TcpListener;

use crate::app::{PATIENCE, WorldClock, get};
use crate::correctness::{World, world};

/// The text of one scrape.
async fn scrape(world: &World) -> String {
    let clock = Arc::new(WorldClock(world.sim.clone()));
    let router = labtower_serve::router(world.store.clone(), ServeOptions::default(), clock);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let serving = tokio::spawn(labtower_serve::serve(
        listener,
        router,
        None,
        std::future::pending(),
    ));
    let client = reqwest::Client::builder().build().unwrap();
    let answer = tokio::time::timeout(PATIENCE, get(&client, &url))
        .await
        .unwrap();
    serving.abort();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_that_cannot_be_read_does_not_take_the_others_with_it() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    let conn = Connection::open(world.store.path()).unwrap();
    conn.execute_batch("ALTER TABLE merge_requests RENAME TO hidden")
        .unwrap();
    let text = scrape(&world).await;
    let success = |collector: &str, value: &str| {
        let line = format!("labtower_collector_success{{collector=\"{collector}\"}} {value}\n");
        assert!(text.contains(&line), "{line}{text}");
    };
    success("merge_requests", "0");
    success("pipelines", "1");
    success("labtower", "1");
    assert!(text.contains("\ngitlab_ci_pipeline_status{"));
    assert!(!text.contains("\nlabtower_merge_requests{"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_does_not_wait_for_a_writer() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    let conn = Connection::open(world.store.path()).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; DELETE FROM totals; DELETE FROM pipelines")
        .unwrap();
    // What is not committed is not seen.
    assert!(
        scrape(&world)
            .await
            .contains("\nlabtower_pipeline_runs_total{")
    );
    conn.execute_batch("ROLLBACK").unwrap();
}
