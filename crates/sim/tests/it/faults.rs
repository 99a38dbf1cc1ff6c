//! What goes wrong, seen by a client.

use std::time::Duration;

use labtower_sim::{Faults, SimConfig};

use crate::client::{get, header, http, json, sim, small};

#[tokio::test]
async fn bodies_are_cut_torn_and_replaced() {
    let sim = sim(small()).await;
    let url = format!("{}/api/v4/groups/acme/projects", sim.url());
    let request = || http().get(&url).header("PRIVATE-TOKEN", sim.token()).send();
    let whole = request()
        .await
        .expect("an answer")
        .bytes()
        .await
        .expect("a body");
    sim.set_faults(Faults {
        truncated: 1.0,
        ..Faults::default()
    });
    let short = request()
        .await
        .expect("an answer")
        .bytes()
        .await
        .expect("a body");
    assert_eq!(short, whole.slice(..whole.len() / 2));
    sim.set_faults(Faults {
        resets: 1.0,
        ..Faults::default()
    });
    let torn = async { request().await?.bytes().await };
    assert!(torn.await.is_err());
    sim.set_faults(Faults {
        malformed: 1.0,
        ..Faults::default()
    });
    let page = request().await.expect("an answer");
    assert_eq!(
        (
            page.status().as_u16(),
            header(&page, "content-type").as_str()
        ),
        (200, "text/html")
    );
    sim.set_faults(Faults {
        slow_bodies: 1.0,
        ..Faults::default()
    });
    assert_eq!(
        request()
            .await
            .expect("an answer")
            .bytes()
            .await
            .expect("a body"),
        whole
    );
    sim.set_faults(Faults {
        server_errors: 1.0,
        ..Faults::default()
    });
    assert!(
        request()
            .await
            .expect("an answer")
            .status()
            .is_server_error()
    );
    sim.set_faults(Faults {
        too_many_requests: 1.0,
        ..Faults::default()
    });
    assert_eq!(request().await.expect("an answer").status(), 429);
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_and_in_new_rows() {
    let skew = jiff::SignedDuration::from_mins(7);
    let sim = sim(SimConfig {
        faults: Faults {
            clock_skew: skew,
            ..Faults::default()
        },
        ..small()
    })
    .await;
    assert_eq!(sim.now(), crate::client::start() + skew);
    assert_eq!(
        header(&get(&sim, "/version").await, "date"),
        "Mon, 16 Nov 2026 06:07:00 GMT"
    );
}

#[tokio::test]
async fn late_rows_appear_after_their_time_and_not_at_all_before() {
    let late = Duration::from_secs(600);
    let sim = sim(SimConfig {
        faults: Faults {
            late_rows: late,
            ..Faults::default()
        },
        ..small()
    })
    .await;
    let mut hidden = 0;
    for _ in 0..40 {
        sim.advance(Duration::from_secs(300));
        for pipeline in sim.truth().pipelines.iter().rev().take(3) {
            let path = format!(
                "/projects/{}/pipelines/{}",
                pipeline.project_id, pipeline.id
            );
            hidden += usize::from(get(&sim, &path).await.status() == 404);
        }
    }
    assert!(hidden > 0, "every row was visible at once");
    sim.freeze();
    sim.advance(late);
    for pipeline in sim.truth().pipelines.iter().rev().take(20) {
        let shown = json(
            &sim,
            &format!(
                "/projects/{}/pipelines/{}",
                pipeline.project_id, pipeline.id
            ),
        )
        .await;
        assert_eq!(shown["status"], pipeline.status);
    }
}

#[tokio::test]
async fn pages_are_duplicated_and_shifted() {
    let sim = sim(small()).await;
    let page = async |number: usize| {
        json(&sim, &format!("/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc&per_page=4&page={number}")).await
    };
    let (first, second) = (page(1).await, page(2).await);
    sim.set_faults(Faults {
        duplicated_pages: 1.0,
        ..Faults::default()
    });
    assert_eq!(page(2).await, first);
    sim.set_faults(Faults {
        shifted_pages: 1.0,
        ..Faults::default()
    });
    let shifted = page(2).await;
    assert_eq!(shifted[0], second[1]);
    assert_eq!(page(1).await, first);
}

#[tokio::test]
async fn faults_are_steered_over_http_by_name_or_whole() {
    let sim = sim(small()).await;
    let url = format!("{}/__sim/faults", sim.url());
    let named = http()
        .put(&url)
        .json("resets")
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        named.json::<Faults>().await.expect("faults"),
        Faults::scenario("resets").expect("a scenario")
    );
    let whole = http()
        .put(&url)
        .json(&serde_json::json!({ "server_errors": 0.5 }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(whole.status(), 200);
    assert_eq!(
        http()
            .put(&url)
            .json("nonsense")
            .send()
            .await
            .expect("an answer")
            .status(),
        400
    );
    let before = sim.now();
    http()
        .post(format!("{}/__sim/advance?seconds=60", sim.url()))
        .send()
        .await
        .expect("an answer");
    assert_eq!(sim.now(), before + jiff::SignedDuration::from_secs(60));
    let truth: labtower_sim::Truth = http()
        .get(format!("{}/__sim/truth", sim.url()))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("the truth");
    assert_eq!(truth, sim.truth());
}

#[tokio::test]
async fn every_scenario_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        Faults::scenarios().iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), Faults::scenarios().len());
    assert_eq!(Faults::scenario("none"), Some(Faults::default()));
    assert_eq!(Faults::scenario("nonsense"), None);
}
