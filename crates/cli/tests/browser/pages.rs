//! Every page there is, and that each fits a narrow window.

use serde_json::Value;

use crate::demo::Demo;
use crate::driver::{Browser, keys};

/// Name and path of each page of the demo.
pub(crate) async fn every(demo: &Demo) -> Vec<(&'static str, String)> {
    let jobs = demo.jobs("days=14").await;
    let job = jobs.iter().find(|job| job["group_id"].is_i64()).unwrap();
    let grid = demo.grid("days=14").await;
    let project = grid["rows"][0]["path"].as_str().unwrap();
    let name = job["name"].as_str().unwrap().replace([' ', '/'], "%2F");
    let failed = |row: &&Value| row["status"] == "failed";
    let pipelines = demo.json("api/pipelines?limit=200").await;
    let pipelines = pipelines.as_array().unwrap();
    let pipeline = pipelines.iter().find(failed).unwrap();
    vec![
        ("overview", String::new()),
        ("failures", "failures?days=14".to_owned()),
        (
            "failures-namespace",
            "failures?days=14&by=namespace&all=1".to_owned(),
        ),
        ("failures-quarter", "failures?days=90".to_owned()),
        ("failures-table", "failures?days=14&view=table".to_owned()),
        ("failures-none", "failures?q=nothing+like+this".to_owned()),
        ("job", format!("failures/job/{}", job["job_id"])),
        ("groups", "groups".to_owned()),
        ("group", format!("g/{}", job["group_id"])),
        ("pattern", "pattern?match=error".to_owned()),
        ("project", format!("p/{project}")),
        ("history", format!("p/{project}/-/jobs/{name}")),
        ("jobs", format!("jobs/{name}")),
        ("pipelines", "pipelines".to_owned()),
        ("pipeline", format!("pipelines/{}", pipeline["id"])),
        ("trends", "trends".to_owned()),
        ("health", "health".to_owned()),
        ("login", "login".to_owned()),
        ("fault", "failures?days=5".to_owned()),
        ("nowhere", "nowhere".to_owned()),
    ]
}

/// What is too wide, if anything is: how wide the page is, and its widest parts.
pub(crate) async fn too_wide(browser: &Browser) -> String {
    let script = "\
        const page = document.documentElement; \
        if (innerWidth === 420 && page.scrollWidth <= page.clientWidth) return ''; \
        const right = (part) => Math.round(part.getBoundingClientRect().right); \
        const parts = [...document.querySelectorAll('main *')] \
            .filter((part) => right(part) > page.clientWidth && !part.closest('.scroll *, .grid *, pre *')); \
        parts.sort((a, b) => right(b) - right(a)); \
        const named = parts.slice(0, 6).map((part) => `${part.outerHTML.slice(0, 120)} ${right(part)}`); \
        return `${page.scrollWidth} of ${innerWidth}: ${named.join(', ')}`";
    browser.run(script).await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_wider_than_a_narrow_window_for_people_who_may_write() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let demo = Demo::start().await;
    let pages = every(&demo).await;
    browser.open(&format!("{}/login", demo.url)).await;
    browser.fill("[name=name]", "demo").await;
    browser.fill("[name=password]", "demo").await;
    browser.click(".stack button").await;
    browser.find(".who").await;
    let (_, group) = pages.iter().find(|(name, _)| *name == "group").unwrap();
    browser.open(&format!("{}/{group}", demo.url)).await;
    let issue = "acme/platform/continuous-integration/what-fails-at-night#4712";
    let typed = format!("{issue}{}", keys::ENTER);
    browser.fill(".deeds [name=issue][required]", &typed).await;
    browser.find(".deeds [action$=unassign]").await;
    browser.size(420, 900).await;
    let mut found = Vec::new();
    for (name, path) in &pages {
        browser.open(&format!("{}/{path}", demo.url)).await;
        // What is folded away may be too wide as well.
        browser
            .run("for (const part of document.querySelectorAll('main details')) part.open = true")
            .await;
        browser.picture(&format!("{name}-narrow")).await;
        let wide = too_wide(&browser).await;
        if !wide.is_empty() {
            found.push(format!("{name}: {wide}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
