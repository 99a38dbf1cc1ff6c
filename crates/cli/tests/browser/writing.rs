//! Signing in and assigning failures.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::demo::Demo;
use crate::driver::{Browser, PATIENCE, keys};

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_and_assign_failures_which_is_kept() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let demo = Demo::start().await;
    let page = format!("{}/failures?days=14", demo.url);
    browser.open(&page).await;
    browser.click(".top a[href*=login]").await;
    browser.fill("[name=name]", "demo").await;
    browser.fill("[name=password]", "wrong").await;
    browser.press(keys::ENTER).await;
    browser
        .wait_for("document.querySelector('[role=alert]')")
        .await;
    browser.picture("login-refused").await;
    // That the answer was 401 is said, and right.
    browser.complaints().await;
    browser.fill("[name=password]", "demo").await;
    browser.press(keys::ENTER).await;
    browser.wait_for("document.querySelector('.who')").await;
    assert_eq!(browser.address().await, page);

    // A group, by keys, from the newest failure.
    let jobs = demo.jobs("days=14").await;
    let job = jobs
        .iter()
        .rev()
        .find(|job| job["group_id"].is_i64() && job["issue"].is_null())
        .unwrap();
    let id = job["job_id"].as_i64().unwrap();
    browser
        .run(&format!(
            "document.querySelector('.grid .m[href$=\"/jobs/{id}\"]').focus()"
        ))
        .await;
    browser.press("i").await;
    browser
        .wait_for(
            "document.querySelector('dialog[open]') && document.activeElement.name === 'issue'",
        )
        .await;
    browser.press("#4711").await;
    browser.picture("assign").await;
    browser.press(keys::ENTER).await;
    browser.wait_for("document.querySelector('.done')").await;
    assert!(
        browser.address().await.starts_with(&page),
        "{}",
        browser.address().await
    );
    browser.picture("assigned").await;
    browser.reload().await;
    let group = job["group_id"].clone();
    let jobs = demo.jobs("days=14").await;
    for job in &jobs {
        let linked = job["issue"]["key"]["iid"] == json!(4711);
        // Those that were linked before, by what an issue says of itself, show that issue first.
        let free = linked || job["issue"].is_null();
        assert_eq!(linked, job["group_id"] == group && free, "{job}");
    }
    browser
        .open(&format!("{}/failures/job/{id}", demo.url))
        .await;
    browser
        .wait_for("document.body.textContent.includes('linked by demo')")
        .await;

    // Two failures at once.
    browser
        .open(&format!("{}/failures?days=14&issue=none", demo.url))
        .await;
    browser.press("j").await;
    browser.press("x").await;
    browser.press("j").await;
    browser.press("x").await;
    browser
        .wait_for("document.querySelector('#selection output')?.textContent === '2 selected'")
        .await;
    browser
        .fill("#selection [name=issue]", "acme/tracker#4712")
        .await;
    browser.picture("selection").await;
    browser.press(keys::ENTER).await;
    browser.wait_for("document.querySelector('.done')").await;
    let jobs = demo.jobs("days=14").await;
    let both = jobs
        .iter()
        .filter(|job| job["issue"]["key"]["iid"] == json!(4712))
        .count();
    assert_eq!(both, 2);
    browser.click(".done button").await;
    // The page says the same before and after: what is stored tells them apart.
    let begun = Instant::now();
    let linked = |job: &Value| job["issue"]["key"]["iid"] == json!(4712);
    while demo.jobs("days=14").await.iter().any(linked) {
        assert!(begun.elapsed() < PATIENCE, "the failures stay assigned");
        sleep(Duration::from_millis(50)).await;
    }
    browser.wait_for("document.querySelector('.done')").await;

    browser.click(".top form button").await;
    browser.wait_for("!document.querySelector('.who')").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
