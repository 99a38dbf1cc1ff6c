//! Webhooks: who may send them, and what becomes of a body.

use axum::http::StatusCode;
use labtower_serve::{ServeOptions, WebhookOptions};
use labtower_store::Waiting;

use crate::app::{Answer, TestApp};

const PATH: &str = "/webhooks/gitlab";
const TOKEN: &str = "a secret of webhooks";

fn app() -> TestApp {
    let mut options = ServeOptions {
        webhooks: WebhookOptions {
            token: Some(TOKEN.into()),
            signing_token: None,
        },
        ..ServeOptions::default()
    };
    // Webhooks have a secret of their own.
    options.auth.require_auth_for_read = true;
    TestApp::with_options(options)
}

async fn send(app: &TestApp, body: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("x-gitlab-token", TOKEN)];
    headers.extend(more);
    app.post(PATH, body, &headers).await
}

fn kept(app: &TestApp) -> Vec<Waiting> {
    app.store
        .read(|reader| reader.waiting_hooks(0, 100))
        .unwrap()
}

#[tokio::test]
async fn a_webhook_is_kept_before_it_is_answered() {
    let app = app();
    let body = r#"{"object_kind": "pipeline", "object_attributes": {"id": 7}}"#;
    let answer = send(&app, body, &[("idempotency-key", "one")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["kind"], "pipeline");
    let again = send(&app, body, &[("idempotency-key", "one")]).await;
    assert_eq!(again.status, StatusCode::OK);
    let kept = kept(&app);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].body, body.as_bytes());
}

#[tokio::test]
async fn what_has_no_key_is_known_by_its_body() {
    let app = app();
    for body in [r#"{"object_kind":"push"}"#, r#"{"object_kind":"push" }"#] {
        send(&app, body, &[]).await;
        send(&app, body, &[]).await;
    }
    assert_eq!(kept(&app).len(), 2);
}

#[tokio::test]
async fn kinds_of_tomorrow_are_kept_and_odd_letters_are_not() {
    let app = app();
    let answer = send(&app, r#"{"event_name": "a kind\n of \"tomorrow\""}"#, &[]).await;
    assert_eq!(answer.json()["kind"], "a_kind__of__tomorrow_");
    assert_eq!(kept(&app).len(), 1);
}

#[tokio::test]
async fn nobody_without_the_secret_gets_in() {
    let app = app();
    let body = r#"{"object_kind": "pipeline"}"#;
    for headers in [
        &[][..],
        &[("x-gitlab-token", "a guess")],
        &[("webhook-signature", "v1,x")],
    ] {
        let answer = app.post(PATH, body, headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
        assert!(!answer.text().contains(TOKEN));
    }
    assert!(kept(&app).is_empty());
    let off = TestApp::with_options(ServeOptions::default());
    let answer = off.post(PATH, body, &[("x-gitlab-token", "")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["error"]["code"], "webhooks_off");
}

#[tokio::test]
async fn what_is_no_webhook_is_refused_with_a_reason() {
    let app = app();
    for (body, reason) in [
        ("{\"object_kind\": \"pipeline\"", "no JSON object"),
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        ("{\"text\": \"a custom template\"}", "object_kind"),
    ] {
        let answer = send(&app, body, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains(reason), "{message}");
    }
    let huge = send(&app, "{}", &[("content-length", "26214401")]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let body = format!(
        r#"{{"object_kind": "push", "text": "{}"}}"#,
        "x".repeat(25 << 20)
    );
    let answer = send(&app, &body, &[]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(kept(&app).is_empty());
}
