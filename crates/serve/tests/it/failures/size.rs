//! Pages stay small and quick however many projects there are.

use labtower_serve::ServeOptions;

use super::world::{Size, fill};
use crate::app::TestApp;

/// Tags that open on a page.
fn elements(page: &str) -> usize {
    let bytes = page.as_bytes();
    bytes
        .windows(2)
        .filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic())
        .count()
}

#[tokio::test]
async fn a_thousand_projects_and_a_month_fit_on_a_page() {
    let app = TestApp::with_options(ServeOptions::default());
    let size = Size {
        projects: 1000,
        nights: 30,
        failing: 60,
    };
    fill(&app.store, size).await;
    let page = app.get("/failures?rows=1000&all=1").await;
    assert_eq!(page.status, 200);
    let count = elements(page.text());
    let headers = [("accept-encoding", "gzip")];
    let packed = app.send("GET", "/failures?rows=1000&all=1", &headers).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let bytes = packed.bytes.len();
    assert!(
        page.text().matches("/-/jobs/").count() > 1000,
        "too few failures to tell"
    );
    assert!(count <= 15_000, "{count} elements");
    assert!(bytes <= 60_000, "{bytes} bytes");
}
