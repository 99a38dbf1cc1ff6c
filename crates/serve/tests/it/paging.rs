//! Pages that join without gap or overlap.

use crate::app::{Answer, TestApp};

/// Follows `Link` until it ends; the ids of all pages, and how many pages.
async fn walk(app: &TestApp, start: &str) -> (Vec<i64>, usize) {
    let (mut ids, mut pages) = (Vec::new(), 0);
    let mut target = start.to_owned();
    loop {
        let answer = app.get(&target).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        pages += 1;
        for row in answer.json().as_array().unwrap() {
            ids.push(row["id"].as_i64().unwrap());
        }
        match next(&answer) {
            Some(next) => target = next,
            None => return (ids, pages),
        }
    }
}

fn next(answer: &Answer) -> Option<String> {
    let link = answer.headers.get("link")?.to_str().unwrap();
    let cursor = answer.header("x-next-cursor");
    let target = link
        .strip_prefix('<')?
        .strip_suffix(">; rel=\"next\"")?
        .to_owned();
    assert!(target.ends_with(&format!("cursor={cursor}")), "{link}");
    Some(target)
}

#[tokio::test]
async fn pages_of_every_size_give_every_row_once() {
    let app = TestApp::with_samples().await;
    let all = app.ids("/api/pipelines").await;
    for limit in 1..=9 {
        let (ids, pages) = walk(&app, &format!("/api/pipelines?limit={limit}")).await;
        assert_eq!(ids, all, "{limit}");
        assert_eq!(pages, all.len().div_ceil(limit), "{limit}");
    }
}

#[tokio::test]
async fn the_filter_goes_with_the_cursor() {
    let app = TestApp::with_samples().await;
    let (ids, pages) = walk(
        &app,
        "/api/pipelines?limit=1&project_name=platform%2Fweb,apps/shop&status=success",
    )
    .await;
    assert_eq!((ids, pages), (vec![1005, 1000], 2));
    let (ids, _) = walk(&app, "/api/jobs?limit=2").await;
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn sync_states_are_paged_by_project() {
    let app = TestApp::with_samples().await;
    let first = app.get("/api/sync?limit=2").await;
    let body = first.json();
    assert_eq!(body["projects"].as_array().unwrap().len(), 2);
    assert_eq!(body["next_cursor"], "8");
    assert_eq!(next(&first).unwrap(), "/api/sync?limit=2&cursor=8");
    let last = app.json("/api/sync?limit=2&cursor=8").await;
    assert_eq!(last["projects"][0]["project_id"], 9);
    assert!(last["next_cursor"].is_null());
}
