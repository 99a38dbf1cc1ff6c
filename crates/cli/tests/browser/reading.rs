//! Reading the pages: with script, without it, by keyboard, and by everybody.

use serde_json::json;

use crate::axe::Axe;
use crate::demo::Demo;
use crate::driver::{Browser, keys};
use crate::pages::every;

/// The failed job that has the focus; empty for none.
const FOCUSED: &str =
    "return document.activeElement?.matches('.grid .m') ? document.activeElement.href : ''";

#[tokio::test(flavor = "multi_thread")]
async fn people_find_a_failure_and_walk_the_grid_by_keyboard() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let demo = Demo::start().await;
    browser
        .open(&format!("{}/failures?days=14", demo.url))
        .await;
    let jobs = demo.jobs("days=14").await;
    let shown = browser
        .run("return [...document.querySelectorAll('.grid .m')].map((mark) => mark.href)")
        .await;
    let shown = shown.as_array().unwrap();
    for job in &jobs {
        assert!(shown.contains(&job["web_url"]), "{job}");
    }
    browser.picture("failures-light").await;

    // Filter by a kind: the page follows without a button, and the address has the choice.
    let kind = jobs
        .iter()
        .find_map(|job| job["category"].as_str())
        .unwrap();
    let script = format!(
        "const menu = document.querySelector('[name=cat]'); menu.value = '{kind}'; \
         menu.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    );
    browser.run(&script).await;
    browser
        .wait_for(&format!("location.search.includes('cat={kind}')"))
        .await;
    assert_eq!(
        browser.address().await,
        format!("{}/failures?days=14&cat={kind}", demo.url)
    );
    let expected = demo.jobs(&format!("days=14&cat={kind}")).await.len();
    let marks = browser.count(".grid .m").await;
    assert!(marks > 0 && marks <= expected);

    // Keys: from nothing to a failure, along the row, down, and back.
    browser
        .open(&format!("{}/failures?days=14", demo.url))
        .await;
    browser.press("/").await;
    browser
        .wait_for("document.activeElement?.name === 'q'")
        .await;
    browser.run("document.activeElement.blur()").await;
    browser.press("j").await;
    let first = browser.run(FOCUSED).await;
    assert_ne!(first, json!(""));
    browser.press(keys::DOWN).await;
    let below = browser.run(FOCUSED).await;
    assert_ne!(below, first);
    browser.press(keys::UP).await;
    browser.press(keys::END).await;
    let last = browser.run(FOCUSED).await;
    browser.press(keys::HOME).await;
    browser.press(keys::RIGHT).await;
    browser.press(keys::LEFT).await;
    browser.press("t").await;
    assert_eq!(browser.run(FOCUSED).await, last);
    let stops = browser.count(".grid .m[tabindex='0']").await;
    assert_eq!(stops, 1, "one stop for the tab key");

    // A card, and back to the same failure.
    browser.press("j").await;
    browser.press("k").await;
    let before = browser.run(FOCUSED).await;
    browser.press(keys::ENTER).await;
    browser
        .wait_for("document.querySelector('dialog[open] .headline')")
        .await;
    assert!(browser.address().await.contains("#job-"));
    browser.picture("card-light").await;
    browser.press(keys::ESCAPE).await;
    browser
        .wait_for("!document.querySelector('dialog[open]')")
        .await;
    assert_eq!(browser.run(FOCUSED).await, before);
    browser.press("?").await;
    browser
        .wait_for("document.querySelector('#help[open]')")
        .await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_needs_scripts() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let demo = Demo::start().await;
    browser.open(&format!("{}/failures", demo.url)).await;
    browser.allow_scripts(false).await;
    browser.reload().await;
    browser.fill("[name=q]", "acme/").await;
    browser.click(".bar button").await;
    browser.arrive("q=acme").await;
    browser.find(".grid [role=rowheader]").await;
    browser
        .open(&format!("{}/failures?view=table", demo.url))
        .await;
    browser.click(".lines .why a").await;
    browser.arrive("/failures/job/").await;
    assert!(!browser.text(".headline").await.is_empty());
    browser.click(".halves a[href*=login]").await;
    browser.arrive("/login").await;
    browser.fill("[name=name]", "demo").await;
    browser.fill("[name=password]", "demo").await;
    browser.click(".stack button").await;
    browser.arrive("/failures/job/").await;
    browser.fill("[data-form=i] [name=issue]", "#4711").await;
    browser.click("[data-form=i] .primary").await;
    browser.arrive("done=").await;
    assert!(browser.text(".done").await.contains("Done."));
    // The failure may have been linked to another issue before, by what that one says of itself.
    let linked = ".issue [href$='/issues/4711']";
    browser.find(linked).await;
    browser.click(".done button").await;
    browser.gone(linked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page() {
    let Some(axe) = Axe::find() else {
        return;
    };
    let Some(browser) = Browser::start().await else {
        return;
    };
    let demo = Demo::start().await;
    let pages = every(&demo).await;
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.scheme(scheme).await;
        for (name, path) in &pages {
            browser.open(&format!("{}/{path}", demo.url)).await;
            browser.picture(&format!("{name}-{scheme}")).await;
            for violation in axe.violations(&browser).await {
                found.push(format!("{name} {scheme}: {violation}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
