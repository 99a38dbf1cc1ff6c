//! How soon a large grid is there.

use std::sync::Arc;

use labtower_model::FakeClock;
use labtower_serve::ServeOptions;
use labtower_store::{Store, StoreOptions};
use tokio::net::TcpListener;

use crate::driver::Browser;
use crate::world::{Size, fill, now};

/// Times the page is loaded: the best one counts, because other work on the machine only adds to it.
const TRIES: usize = 5;
/// Milliseconds from the first byte to the first paint, on a machine that does nothing else.
const BUDGET: f64 = 500.0;
/// How much longer a machine may take that runs other tests meanwhile.
const SHARED: f64 = 6.0;
/// Elements of the page.
const ELEMENTS: f64 = 15_000.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_projects_and_a_month_are_painted_at_once() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipelines.db");
    let clock: Arc<FakeClock> = Arc::new(FakeClock::at(now()));
    let store = Store::open(&path, &StoreOptions::default(), clock.clone()).unwrap();
    let size = Size {
        projects: 1000,
        nights: 30,
        failing: 60,
    };
    fill(&store, size).await;
    let router = labtower_serve::router(store, ServeOptions::default(), clock);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(labtower_serve::serve(
        listener,
        router,
        None,
        std::future::pending(),
    ));
    let mut best = f64::MAX;
    for _ in 0..TRIES {
        browser.open("about:blank").await;
        browser
            .open(&format!("http://{address}/failures?rows=1000&all=1"))
            .await;
        browser
            .wait_for("performance.getEntriesByName('first-contentful-paint').length")
            .await;
        let paint = browser
            .run(
                "return performance.getEntriesByName('first-contentful-paint')[0].startTime \
                 - performance.getEntriesByType('navigation')[0].responseStart",
            )
            .await;
        best = best.min(paint.as_f64().unwrap());
    }
    let elements = browser
        .run("return document.querySelectorAll('*').length")
        .await;
    browser.picture("thousand").await;
    assert!(best <= BUDGET * SHARED, "first paint after {best} ms");
    assert!(
        elements.as_f64().unwrap() <= ELEMENTS,
        "{elements} elements"
    );
}
