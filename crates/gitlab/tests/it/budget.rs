//! The budget over real HTTP.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use labtower_gitlab::{Client, Priority};
use serde_json::json;

use crate::stub::{self, Stub, answer, project, raw};

async fn ask(client: &Client, times: usize, priority: Priority) {
    let asked = join_all((0..times).map(|_| client.project("7", priority))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
}

#[tokio::test]
async fn throttled_endpoint_is_left_alone_for_as_long_as_asked() {
    let stub = Stub::start(|number, _| match number {
        0 => answer(
            429,
            &[("retry-after", "1")],
            &json!({"message": {"error": "This endpoint has been requested too many times. Try again later."}}),
        ),
        _ => answer(200, &[], &project(7)),
    })
    .await;
    let client = stub.client();
    let began = Instant::now();
    ask(&client, 3, Priority::Fresh).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(stub.asked().len(), 4);
    assert_eq!(client.stats().throttled, 1);
}

#[tokio::test]
async fn throttled_user_waits_for_the_window_to_end() {
    let stub = Stub::start(|number, _| match number {
        0 => raw(
            429,
            &[
                ("ratelimit-remaining", "0"),
                ("ratelimit-limit", "10"),
                // One second after the stub's `Date`.
                ("ratelimit-reset", "1795176001"),
            ],
            "Retry later",
        ),
        _ => answer(200, &[], &project(7)),
    })
    .await;
    let client = stub.client();
    let began = Instant::now();
    ask(&client, 2, Priority::Fresh).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(stub.asked().len(), 3);
    let stats = client.stats();
    assert_eq!(
        (stats.remaining, stats.limit, stats.reset),
        (Some(0), Some(10), Some(1_795_176_001))
    );
}

#[tokio::test]
async fn ceiling_of_our_own_is_kept() {
    let stub = Stub::start(|_, _| answer(200, &[], &project(7))).await;
    let mut config = stub.config();
    config.requests_per_second = Some(40.0);
    let client = stub::client(config);
    let began = Instant::now();
    // With the one that learns the time: 21 requests, 20 distances of 25 ms.
    ask(&client, 20, Priority::Fresh).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(480), "{took:?}");
}

#[tokio::test]
async fn question_that_is_dropped_gives_its_place_back() {
    let stub = Stub::start(|_, _| answer(200, &[], &project(7))).await;
    let mut config = stub.config();
    config.concurrency = 1;
    let client = stub::client(config);
    for _ in 0..20 {
        let question = client.project("7", Priority::Fresh);
        drop(tokio::time::timeout(Duration::from_micros(300), question).await);
    }
    ask(&client, 3, Priority::Fresh).await;
    let stats = client.stats();
    assert_eq!(stats.in_flight, 0);
    assert!(stats.queued.values().all(|waiting| *waiting == 0));
}

#[tokio::test]
async fn gate_is_fair_among_equals_under_load() {
    let stub = Stub::start(|_, _| answer(200, &[], &project(7))).await;
    let client = Arc::new(stub.client());
    let tasks = (0..4).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { ask(&client, 50, Priority::Backfill).await })
    });
    for done in join_all(tasks).await {
        done.unwrap();
    }
    assert_eq!(stub.asked().len(), 200);
    assert!(client.stats().bytes_received > 200 * 50);
}
