//! Pages for people.

use labtower_serve::ServeOptions;

use crate::app::TestApp;

#[tokio::test]
async fn the_overview_shows_what_an_operator_looks_for() {
    let app = TestApp::with_samples().await;
    let page = app.get("/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = page.text();
    for part in [
        "Failures of the last night",
        "Scheduled pipelines since 00:00 UTC: 1, of which 0 succeeded and 1 failed.",
        "Latest pipelines",
        "Synchronisation",
        "group apps",
        "https://gitlab.example.com/platform/web/-/pipelines/1003",
        "https://gitlab.example.com/platform/web/-/jobs/60004",
        "script failure, exit 137",
        "18.5.0-ee",
        "1,900 of 2,000",
        "aria-label=\"failed\"",
        "07:00 UTC",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[tokio::test]
async fn only_jobs_to_blame_are_blamed() {
    let app = TestApp::with_samples().await;
    let page = app.get("/").await;
    assert!(!page.text().contains("tried before"));
    assert!(!page.text().contains("may fail"));
    assert!(!page.text().contains(">deploy<"));
}

#[tokio::test]
async fn whatever_people_name_things_it_stays_text() {
    let app = TestApp::with_samples().await;
    let page = app.get("/").await;
    let text = page.text();
    assert!(text.contains("lint &#60;script&#62;"), "a job's name");
    assert!(text.contains("one page &#60;i&#62;could not"), "a problem");
    assert!(!text.contains("lint <script>") && !text.contains("<i>could not"));
    let missing = app.get("/%3Cimg%20src=x%3E").await;
    assert_eq!(missing.status, 404);
    assert!(!missing.text().contains("<img"));
}

#[tokio::test]
async fn the_policy_allows_own_assets_only_and_the_pages_keep_to_it() {
    let app = TestApp::with_samples().await;
    let empty = TestApp::with_options(ServeOptions::default());
    for page in [
        app.get("/").await,
        empty.get("/").await,
        app.get("/nowhere").await,
    ] {
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        let text = page.text();
        for inline in [
            " style=",
            "<style",
            " onclick=",
            " onload=",
            "javascript:",
            "<script>",
        ] {
            assert!(!text.contains(inline), "{inline}");
        }
        assert!(text.starts_with("<!doctype html>") && text.contains("lang=\"en\""));
    }
}

#[tokio::test]
async fn every_asset_a_page_names_is_there_for_good() {
    let app = TestApp::with_samples().await;
    let page = app.get("/").await;
    let mut found = 0;
    for piece in page.text().split("static/").skip(1) {
        let name = piece.split('"').next().unwrap();
        let asset = app.get(&format!("/static/{name}")).await;
        assert_eq!(asset.status, 200, "{name}");
        assert!(asset.header("cache-control").contains("immutable"));
        let tag = asset.header("etag").to_owned();
        let target = format!("/static/{name}");
        let again = app.send("GET", &target, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304);
        found += 1;
    }
    assert_eq!(found, 3);
    assert_eq!(app.get("/static/other.css").await.status, 404);
}
