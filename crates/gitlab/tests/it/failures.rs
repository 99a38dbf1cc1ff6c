//! Logs, issues and files.

use labtower_gitlab::{GitlabError, Priority};
use labtower_model::{JobId, ProjectId};
use serde_json::json;

use crate::stub::{Stub, answer, raw};

const MIB: usize = 1 << 20;

/// A log whose every byte tells where it is.
fn log(length: usize) -> String {
    (0..length)
        .map(|at| char::from(b'a' + (at % 23) as u8))
        .collect()
}

async fn read(stub: &Stub) -> Option<labtower_gitlab::TraceBytes> {
    let answer = stub
        .client()
        .trace(ProjectId(1), JobId(7), Priority::Enrichment)
        .await;
    answer.unwrap().value
}

#[tokio::test]
async fn long_log_of_an_old_gitlab_is_kept_by_its_ends_in_one_request() {
    let whole = log(9 * MIB);
    let sent = whole.clone();
    let stub = Stub::start(move |_, _| raw(200, &[("content-type", "text/plain")], &sent)).await;
    let found = read(&stub).await.unwrap();
    assert_eq!(found.head, whole.as_bytes()[..256 << 10]);
    assert_eq!(found.tail, whole.as_bytes()[5 * MIB..]);
    assert_eq!(found.skipped, 5 * MIB as u64 - (256 << 10));
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn long_log_is_asked_for_by_its_ends_where_gitlab_has_ranges() {
    let whole = log(40 * MIB);
    let sent = whole.clone();
    let stub = Stub::start(move |_, asked| {
        if asked.path.ends_with("/jobs/7") {
            let files = json!([{"file_type": "trace", "size": sent.len()}]);
            return answer(200, &[], &json!({"id": 7, "artifacts": files}));
        }
        let number = |name: &str| {
            let value = asked
                .query
                .split('&')
                .find_map(|part| part.strip_prefix(name));
            value.map(|value| value.parse::<usize>().unwrap())
        };
        let from = number("byte_offset=").unwrap();
        let to = number("byte_limit=").map_or(sent.len(), |limit| from + limit);
        raw(200, &[], &sent[from..to.min(sent.len())])
    })
    .await;
    let found = read(&stub).await.unwrap();
    assert_eq!(found.head, whole.as_bytes()[..256 << 10]);
    assert_eq!(found.tail, whole.as_bytes()[36 * MIB..]);
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn absent_and_empty_logs_are_none_and_web_pages_no_logs() {
    let empty = Stub::start(|_, _| raw(200, &[], "")).await;
    assert_eq!(read(&empty).await, None);
    let absent = Stub::start(|_, _| answer(404, &[], &json!({"message": "404 Not found"}))).await;
    assert_eq!(read(&absent).await, None);
    let page = Stub::start(|number, _| match number {
        0 => raw(
            200,
            &[("content-type", "text/html")],
            "<html>sign in</html>",
        ),
        _ => raw(200, &[("content-type", "text/plain")], "Job succeeded\n"),
    })
    .await;
    assert_eq!(read(&page).await.unwrap().head, "Job succeeded\n");
}

#[tokio::test]
async fn new_issue_is_not_sent_again_when_its_answer_is_lost() {
    for status in [500, 502, 504] {
        let stub = Stub::start(move |_, _| answer(status, &[], &json!({}))).await;
        let made = stub
            .client()
            .create_issue("g/p", "title", "text", &[])
            .await;
        assert!(made.unwrap_err().is_retryable());
        assert_eq!(stub.asked().len(), 1, "status {status}");
    }
    let stub = Stub::start(|number, _| match number {
        0 => answer(
            429,
            &[("retry-after", "0")],
            &json!({"message": {"error": "slow down"}}),
        ),
        _ => answer(
            201,
            &[],
            &json!({"id": 70, "iid": 3, "title": "title", "created_at": "2026-11-20T12:00:00Z"}),
        ),
    })
    .await;
    let labels = ["nightly".to_owned(), "ci".to_owned()];
    let made = stub
        .client()
        .create_issue("g/p", "title", "text", &labels)
        .await;
    assert_eq!(made.unwrap().value.iid, 3);
    // A refusal is another matter: it certainly was not made.
    let asked = stub.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].path, "/api/v4/projects/g%2Fp/issues");
    assert_eq!(asked[1].body["labels"], "nightly,ci");
}

#[tokio::test]
async fn file_that_is_not_there_is_none_and_one_that_cannot_be_asked_for_an_error() {
    let stub = Stub::start(|_, asked| {
        if asked.path.contains("go.sum") {
            raw(200, &[], "module v1.0.0 h1:x=\n")
        } else if asked.path.contains("Cargo.lock") {
            answer(404, &[], &json!({"message": "404 File Not Found"}))
        } else {
            answer(401, &[], &json!({"message": "401 Unauthorized"}))
        }
    })
    .await;
    let client = stub.client();
    let file = async |path: &str| {
        let project = ProjectId(1);
        client
            .raw_file(project, path, "abc", Priority::Enrichment)
            .await
    };
    let found = file("sub/go.sum").await.unwrap().value.unwrap();
    assert_eq!(found, "module v1.0.0 h1:x=\n");
    assert_eq!(file("Cargo.lock").await.unwrap().value, None);
    let refused = file("x").await.unwrap_err();
    assert!(matches!(refused, GitlabError::Unauthorized { .. }));
    assert_eq!(
        stub.asked()[0].path,
        "/api/v4/projects/1/repository/files/sub%2Fgo.sum/raw"
    );
}
