//! A request that is not answered says why, in one shape, and never with an empty list.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use labtower_serve::ServeOptions;
use labtower_store::StoreOptions;
use serde_json::Value;

use crate::app::{Answer, TestApp};

fn error(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 1);
    let error = body["error"].clone();
    assert_eq!(error["code"], code);
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert!(error.get("hint").is_some());
    error
}

#[tokio::test]
async fn a_bad_value_is_named_with_its_parameter_on_every_path() {
    let app = TestApp::with_samples().await;
    for path in [
        "/api/pipelines",
        "/api/jobs",
        "/api/stats/summary",
        "/api/stats/projects",
        "/api/stats/trend",
    ] {
        for name in ["from_ts", "to_ts"] {
            let answer = app.get(&format!("{path}?{name}=abc")).await;
            let error = error(&answer, 400, "bad_parameter");
            assert_eq!(
                (&error["parameter"], &error["value"]),
                (&name.into(), &"abc".into())
            );
            let message = error["message"].as_str().unwrap();
            assert!(
                message.contains(name) && message.contains("`abc`"),
                "{message}"
            );
        }
    }
    for target in [
        "/api/pipelines?limit=0",
        "/api/pipelines?cursor=x",
        "/api/jobs?pipeline_id=x",
        "/api/projects?limit=x",
        "/api/sync?state=tired",
        "/api/sync?cursor=x",
        "/api/pipelines/x",
    ] {
        error(&app.get(target).await, 400, "bad_parameter");
    }
}

#[tokio::test]
async fn unknown_paths_under_api_are_json() {
    let app = TestApp::with_samples().await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/stats",
        "/api/pipelines/1/2",
    ] {
        let error = error(&app.get(path).await, 404, "no_such_path");
        assert!(error["message"].as_str().unwrap().contains(path));
    }
}

#[tokio::test]
async fn a_pipeline_that_is_not_stored_is_404() {
    let app = TestApp::with_samples().await;
    let error = error(&app.get("/api/pipelines/4711").await, 404, "not_stored");
    assert_eq!(error["message"], "pipeline `4711` is not stored");
}

#[tokio::test]
async fn wrong_methods_are_405_and_the_right_one_is_named() {
    let app = TestApp::with_samples().await;
    for (method, path, allowed) in [
        ("POST", "/api/pipelines", "GET"),
        ("DELETE", "/api/stats/summary", "GET"),
        ("GET", "/api/refresh_daily_stats", "POST"),
        ("PUT", "/metrics", "GET"),
    ] {
        let answer = app.send(method, path, &[]).await;
        error(&answer, 405, "wrong_method");
        assert!(answer.header("allow").contains(allowed), "{method} {path}");
    }
}

#[tokio::test]
async fn a_damaged_store_is_500_not_an_empty_list() {
    let app = TestApp::with_samples().await;
    app.damage();
    for path in [
        "/api/pipelines",
        "/api/stats/summary",
        "/api/stats/projects",
        "/api/jobs",
    ] {
        error(&app.get(path).await, 500, "store_failed");
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_the_queue_is_short() {
    let app = TestApp::with_options(ServeOptions {
        read_timeout: Duration::from_millis(50),
        read_concurrency: 1,
        ..ServeOptions::default()
    });
    // Every connection to the store is busy with somebody else's question.
    let readers = StoreOptions::default().readers;
    let (begun, begins) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let mut questions = Vec::new();
    for _ in 0..readers {
        let (store, begun, released) = (app.store.clone(), begun.clone(), released.clone());
        questions.push(thread::spawn(move || {
            store.read(|_| {
                begun.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
                Ok(())
            })
        }));
    }
    for _ in 0..readers {
        begins.recv().unwrap();
    }
    // The first waits for the store, the second for the first, which still holds its place.
    error(&app.get("/api/pipelines").await, 504, "timeout");
    let busy = app.get("/api/sync").await;
    error(&busy, 503, "busy");
    assert_eq!(busy.header("retry-after"), "1");
    drop(release);
    for question in questions {
        question.join().unwrap().unwrap();
    }
    assert_eq!(app.get("/healthz").await.status, 200);
}
