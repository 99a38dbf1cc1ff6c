//! Both rate limiters, on the wire.

use std::time::Duration;

use labtower_sim::{Limits, SimConfig, Throttle};
use serde_json::Value;

use crate::client::{get, header, sim, small};

fn per_hour(requests: u64) -> Throttle {
    Throttle {
        requests,
        window: Duration::from_secs(3_600),
    }
}

#[tokio::test]
async fn the_users_limit_shows_itself_and_refuses_in_plain_text() {
    let limits = Limits {
        user: Some(per_hour(2)),
        ..Limits::default()
    };
    let sim = sim(SimConfig { limits, ..small() }).await;
    let first = get(&sim, "/version").await;
    assert_eq!(header(&first, "ratelimit-limit"), "2");
    assert_eq!(header(&first, "ratelimit-remaining"), "1");
    assert_eq!(header(&first, "ratelimit-observed"), "1");
    let reset: i64 = header(&first, "ratelimit-reset").parse().expect("seconds");
    assert!((reset - sim.now().as_second() - 3_600).abs() <= 2);
    get(&sim, "/version").await;
    let refused = get(&sim, "/version").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "content-type"), "text/plain");
    assert!(
        header(&refused, "retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds > 3_000)
    );
    assert!(!header(&refused, "ratelimit-resettime").is_empty());
    assert_eq!(refused.text().await.expect("a body").trim(), "Retry later");
    assert_eq!(sim.throttled(), 1);
}

#[tokio::test]
async fn an_endpoints_limit_refuses_in_json_without_a_header() {
    let limits = Limits {
        application: true,
        ..Limits::default()
    };
    let sim = sim(SimConfig { limits, ..small() }).await;
    for _ in 0..50 {
        assert_eq!(get(&sim, "/groups").await.status(), 200);
    }
    let refused = get(&sim, "/groups").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "retry-after"), "");
    assert_eq!(header(&refused, "ratelimit-limit"), "");
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(
        body["message"]["error"],
        "This endpoint has been requested too many times. Try again later."
    );
    assert_eq!(get(&sim, "/groups/acme").await.status(), 200);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_admin_requests_are_not() {
    let sim = sim(small()).await;
    get(&sim, "/groups/acme/projects?per_page=100").await;
    get(&sim, "/groups/acme%2Fplatform/projects").await;
    get(&sim, "/projects/1/pipelines").await;
    crate::client::graphql(&sim, "{ queryComplexity { score } }", Value::Null).await;
    crate::client::http()
        .get(format!("{}/__sim/requests", sim.url()))
        .send()
        .await
        .expect("an answer");
    let requests = sim.requests();
    assert_eq!(requests.get("GET /groups/:id/projects"), Some(&2));
    assert_eq!(requests.get("GET /projects/:id/pipelines"), Some(&1));
    assert_eq!(requests.get("POST /api/graphql"), Some(&1));
    assert_eq!(requests.len(), 3);
    sim.reset_requests();
    assert!(sim.requests().is_empty());
}
