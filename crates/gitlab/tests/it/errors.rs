//! What goes wrong on the way, and what is said about it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use labtower_gitlab::{Client, ClientConfig, GitlabError, Priority};
use labtower_model::SystemClock;
use serde_json::json;

use crate::stub::{self, Stub, TOKEN, answer, project, raw};

#[tokio::test]
async fn passing_troubles_are_sat_out() {
    let stub = Stub::start(|number, _| match number {
        0 => raw(502, &[], "<html><body>Bad gateway</body></html>"),
        1 => raw(200, &[], "<html>please log in</html>"),
        2 => raw(200, &[], "{\"id\": 7, \"path_with_na"),
        _ => answer(200, &[], &project(7)),
    })
    .await;
    let client = stub.client();
    let found = client.project("7", Priority::Fresh).await.unwrap();
    assert_eq!(found.value.unwrap().id.get(), 7);
    assert_eq!(stub.asked().len(), 4);
    assert_eq!(client.stats().retries, 3);
}

#[tokio::test]
async fn the_time_of_an_error_is_not_gitlabs() {
    let ahead = [("date", "Fri, 20 Nov 2026 13:00:00 GMT")];
    let stub = Stub::start(move |number, _| match number {
        1 => raw(502, &ahead, "<html><body>Bad gateway</body></html>"),
        2 => raw(404, &ahead, "{}"),
        _ => answer(200, &[], &project(7)),
    })
    .await;
    let client = stub.client();
    for _ in 0..4 {
        let found = client.project("7", Priority::Fresh).await.unwrap();
        assert_eq!(found.asked_at, stub::date());
    }
    assert_eq!(stub.asked().len(), 5);
}

#[tokio::test]
async fn lasting_trouble_is_described_without_secrets() {
    let stub = Stub::start(|_, _| {
        raw(
            500,
            &[("x-request-id", "01HREQ")],
            &format!("oops for {TOKEN} and glpat-other-secret-1"),
        )
    })
    .await;
    let mut config = stub.config();
    config.retries = 1;
    let client = stub::client(config);
    let error = client.project("7", Priority::Fresh).await.unwrap_err();
    assert!(error.is_retryable() && !error.is_fatal());
    assert_eq!(
        error.to_string(),
        "ask GitLab: server error 500, asking `GET /api/v4/projects/7`, status 500, \
         request id `01HREQ`, body `oops for [masked] and [masked]`"
    );
    assert_eq!(stub.asked().len(), 2);
    for text in [
        format!("{error:?}"),
        format!("{client:?}"),
        format!("{:?}", stub.config()),
    ] {
        assert!(!text.contains("stub-token"), "{text}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_told_without_secrets() {
    // What has the wrong type is quoted.
    let stub = Stub::start(|_, _| answer(200, &[], &json!(format!("hello {TOKEN}")))).await;
    let mut config = stub.config();
    config.retries = 0;
    let client = stub::client(config);
    let error = client.project("7", Priority::Fresh).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("[masked]") && !said.contains(TOKEN), "{said}");
}

#[tokio::test]
async fn refused_token_is_fatal_and_not_tried_again() {
    let stub = Stub::start(|_, _| answer(401, &[], &json!({"message": "401 Unauthorized"}))).await;
    let error = stub
        .client()
        .project("7", Priority::Fresh)
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Unauthorized { .. }));
    assert!(error.is_fatal());
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn slow_answer_is_a_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut config = stub::config(&url);
    config.timeout = Duration::from_millis(200);
    config.retries = 0;
    let began = Instant::now();
    // Nobody accepts: the connection stands, the answer never comes.
    let error = stub::client(config)
        .project("7", Priority::Fresh)
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Timeout { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(listener);
}

#[tokio::test]
async fn closed_port_is_a_transport_error_that_names_the_cause() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut config = stub::config(&url);
    config.retries = 0;
    let error = stub::client(config)
        .project("7", Priority::Fresh)
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Transport { .. }));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let with = |change: fn(&mut ClientConfig)| {
        let mut config = stub::config("http://localhost");
        change(&mut config);
        match Client::new(config, Arc::new(SystemClock)) {
            Err(GitlabError::Config { key, .. }) => key,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(with(|config| config.token = "two\nlines".into()), "token");
    assert_eq!(
        with(|config| config.url = "ftp://x".parse().unwrap()),
        "url"
    );
    assert_eq!(
        with(|config| config.ca_file = Some("/nowhere.pem".into())),
        "ca_file"
    );
}

#[tokio::test]
async fn proxy_gets_the_request() {
    let proxy = Stub::start(|_, _| answer(200, &[], &project(7))).await;
    let mut config = stub::config("http://gitlab.invalid");
    config.proxy = Some(proxy.url.parse().unwrap());
    let found = stub::client(config)
        .project("7", Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(found.value.unwrap().id.get(), 7);
}
