//! What every answer tells browsers, whatever it is, and where requests end.

use axum::http::StatusCode;
use labtower_serve::ServeOptions;

use crate::app::{Answer, TestApp};

fn assert_hardened(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}");
    }
    assert!(answer.headers.contains_key("cache-control"), "{what}");
    assert!(!answer.headers.contains_key("server"), "{what}");
}

#[tokio::test]
async fn every_kind_of_answer_tells_browsers_what_not_to_do() {
    let app = TestApp::with_samples().await;
    for (path, status) in [
        ("/", 200),
        ("/login", 200),
        ("/static/app.css", 200),
        ("/metrics", 200),
        ("/healthz", 200),
        ("/api/pipelines", 200),
        ("/failures?format=csv", 200),
        ("/trends?days=1", 400),
        ("/api/pipelines?limit=x", 400),
        ("/g/%ff", 400),
        ("/nowhere", 404),
        ("/api/nowhere", 404),
        ("/static/nowhere", 404),
        ("/actions/assign", 405),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_hardened(path, &answer);
    }
    let tag = app.get("/api/pipelines").await.header("etag").to_owned();
    let headers = [("if-none-match", tag.as_str())];
    let known = app.send("GET", "/api/pipelines", &headers).await;
    assert_eq!(known.status, 304);
    assert_hardened("what is known", &known);
    assert_hardened("webhooks", &app.post("/webhooks/gitlab", "{}", &[]).await);
    let mut options = ServeOptions::default();
    options.auth.require_auth_for_read = true;
    let closed = TestApp::with_options(options);
    for accept in ["text/html", "application/json"] {
        let away = closed.send("GET", "/", &[("accept", accept)]).await;
        assert!(matches!(away.status.as_u16(), 303 | 401), "{}", away.status);
        assert_hardened(accept, &away);
    }
    let empty = TestApp::with_options(ServeOptions::default());
    let progress = empty.get("/api/pipelines").await;
    assert_eq!(progress.status, 503);
    assert_hardened("the first backfill", &progress);
    let damaged = TestApp::with_samples().await;
    damaged.damage();
    let broken = damaged.get("/api/pipelines").await;
    assert_eq!(broken.status, 500);
    assert_hardened("a damaged store", &broken);
}

#[tokio::test]
async fn what_nobody_reads_is_refused_in_the_usual_shape() {
    let app = TestApp::with_samples().await;
    let long = format!("note={}", "x".repeat(2000));
    let longer = format!("note={}", "x".repeat(70_000));
    let form = "application/x-www-form-urlencoded";
    for (path, body, kind, status, code) in [
        ("/login", &long, form, 413, "too_large"),
        ("/logout", &long, form, 413, "too_large"),
        ("/actions/assign", &longer, form, 413, "too_large"),
        (
            "/actions/assign",
            &long,
            "application/json",
            415,
            "wrong_content_type",
        ),
        ("/login", &long, "text/plain", 415, "wrong_content_type"),
    ] {
        let answer = app.post_as(path, body, kind).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        assert_eq!(answer.json()["error"]["code"], code);
        assert!(!answer.text().contains("xxxx"));
    }
    let answer = app.get("/p/%ff").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"]["code"], "bad_request");
}
