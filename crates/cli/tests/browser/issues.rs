//! Creating an issue from a failure: its form, the preview of its pattern, and what is there afterwards.

use crate::axe::Axe;
use crate::demo::Demo;
use crate::driver::Browser;
use crate::pages::too_wide;

#[tokio::test(flavor = "multi_thread")]
async fn people_try_a_pattern_and_create_an_issue_with_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let axe = Axe::find();
    let demo = Demo::start().await;
    let jobs = demo.jobs("days=14&issue=none").await;
    let job = jobs.iter().find(|job| job["group_id"].is_i64()).unwrap();
    let card = format!("/failures/job/{}", job["job_id"]);
    let group = format!("/g/{}", job["group_id"]);
    // Nothing of it needs scripts.
    browser.open(&format!("{}{card}", demo.url)).await;
    browser.allow_scripts(false).await;
    browser.open(&format!("{}{card}", demo.url)).await;
    browser.click(".halves a[href*=login]").await;
    browser.arrive("/login").await;
    browser.fill("[name=name]", "demo").await;
    browser.fill("[name=password]", "demo").await;
    browser.click(".stack button").await;
    browser.arrive(&card).await;
    browser.click(".create summary").await;
    browser.picture("new-issue").await;
    browser.click(".create .note a").await;
    browser.arrive("/pattern?match=").await;
    assert!(browser.text("#found h2").await.contains("failures in"));
    browser.picture("pattern").await;
    browser.allow_scripts(true).await;
    browser.reload().await;
    if let Some(axe) = &axe {
        assert_eq!(axe.violations(&browser).await, Vec::<String>::new());
    }
    browser.click(".pattern a.button").await;
    browser.arrive("#new-issue").await;
    browser.find(".create [name=title]").await;
    if let Some(axe) = &axe {
        assert_eq!(axe.violations(&browser).await, Vec::<String>::new());
    }
    browser.click(".create .primary").await;
    browser.wait_for("document.querySelector('.done')").await;
    browser.find(".issue a.chip").await;
    assert!(browser.text(".issue").await.contains("linked by demo"));
    browser.picture("issue-created").await;
    // It is the group's: its page links it, and a second one has to be wanted.
    browser.open(&format!("{}{group}", demo.url)).await;
    browser.click(".create summary").await;
    browser.find(".create [name=another]").await;
    browser.picture("group-with-issue").await;
    if let Some(axe) = &axe {
        assert_eq!(axe.violations(&browser).await, Vec::<String>::new());
    }
    let linked = demo.jobs("days=14").await;
    for other in &linked {
        if other["group_id"] == job["group_id"] {
            assert!(!other["issue"].is_null(), "{other}");
        }
    }
    browser.size(420, 900).await;
    for path in [card, "/pattern?match=failed".to_owned()] {
        browser.open(&format!("{}{path}", demo.url)).await;
        assert_eq!(too_wide(&browser).await, "", "{path}");
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
