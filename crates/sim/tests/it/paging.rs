//! Offset and keyset pages, as GitLab's.

use std::collections::BTreeSet;

use labtower_sim::{Sim, SimConfig};
use serde_json::Value;

use crate::client::{get, header, sim, small};

/// A world with one project that has hundreds of pipelines.
async fn busy(config: SimConfig) -> (Sim, u64, usize) {
    let sim = sim(config).await;
    let truth = sim.truth();
    let own = |project: u64| {
        truth
            .pipelines
            .iter()
            .filter(|row| row.project_id == project && row.parent_id.is_none())
            .count()
    };
    let busiest = truth
        .projects
        .iter()
        .map(|project| project.id)
        .max_by_key(|project| own(*project))
        .expect("a project");
    (sim, busiest, own(busiest))
}

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["id"].as_u64())
        .collect()
}

#[tokio::test]
async fn offset_pages_say_where_they_are_and_how_many_there_are() {
    let (sim, project, total) = busy(small()).await;
    let path = format!("/projects/{project}/pipelines");
    let first = get(&sim, &path).await;
    assert_eq!(header(&first, "x-page"), "1");
    assert_eq!(header(&first, "x-per-page"), "20");
    assert_eq!(header(&first, "x-prev-page"), "");
    assert_eq!(header(&first, "x-next-page"), "2");
    assert_eq!(header(&first, "x-total"), total.to_string());
    assert_eq!(
        header(&first, "x-total-pages"),
        total.div_ceil(20).to_string()
    );
    let links = header(&first, "link");
    let rels: Vec<&str> = links
        .split(", ")
        .filter_map(|link| link.split("rel=").nth(1))
        .collect();
    assert_eq!(rels, ["\"next\"", "\"first\"", "\"last\""]);
    assert!(
        links.starts_with(&format!("<{}/api/v4{path}?page=2&per_page=20>", sim.url())),
        "{links}"
    );
    let last = get(
        &sim,
        &format!("{path}?per_page=1000&page={}", total.div_ceil(100)),
    )
    .await;
    assert_eq!(header(&last, "x-per-page"), "100");
    assert_eq!(header(&last, "x-next-page"), "");
}

#[tokio::test]
async fn walking_the_pages_sees_every_pipeline_once_and_no_child() {
    let (sim, project, total) = busy(small()).await;
    let mut seen = Vec::new();
    let mut next = Some(format!("/projects/{project}/pipelines?per_page=7"));
    while let Some(path) = next {
        let response = get(&sim, &path).await;
        next = next_link(&header(&response, "link"));
        seen.extend(ids(&response.json().await.expect("JSON")));
    }
    assert_eq!(seen.len(), total);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, each once");
}

fn next_link(links: &str) -> Option<String> {
    let link = links
        .split(", ")
        .find(|link| link.ends_with("rel=\"next\""))?;
    Some(link.split('>').next()?.trim_start_matches('<').to_owned())
}

#[tokio::test]
async fn long_lists_hide_their_length_but_not_their_next_page() {
    let (sim, project, total) = busy(SimConfig {
        totals_limit: 30,
        ..small()
    })
    .await;
    assert!(total > 30);
    let response = get(&sim, &format!("/projects/{project}/pipelines")).await;
    assert_eq!(header(&response, "x-total"), "");
    assert_eq!(header(&response, "x-total-pages"), "");
    assert_eq!(header(&response, "x-next-page"), "2");
    assert!(!header(&response, "link").contains("rel=\"last\""));
}

#[tokio::test]
async fn jobs_never_tell_totals_and_page_by_keyset() {
    let (sim, project, _) = busy(small()).await;
    let offset = get(&sim, &format!("/projects/{project}/jobs?per_page=5")).await;
    assert_eq!(header(&offset, "x-total"), "");
    assert_eq!(header(&offset, "x-next-page"), "2");
    let mut seen = BTreeSet::new();
    let mut next = Some(format!(
        "/projects/{project}/jobs?pagination=keyset&order_by=id&sort=desc&per_page=100"
    ));
    while let Some(path) = next {
        let response = get(&sim, &path).await;
        assert_eq!(header(&response, "x-page"), "");
        next = next_link(&header(&response, "link"));
        for id in ids(&response.json().await.expect("JSON")) {
            assert!(seen.insert(id), "{id} twice");
        }
    }
    let truth = sim.truth();
    let builds = truth
        .pipelines
        .iter()
        .filter(|row| row.project_id == project)
        .flat_map(|row| &row.jobs);
    let builds: BTreeSet<u64> = builds
        .filter(|job| job.kind == "build")
        .map(|job| job.id)
        .collect();
    assert_eq!(seen, builds);
}

#[tokio::test]
async fn projects_page_by_id_and_groups_by_name() {
    let sim = sim(small()).await;
    for start in [
        "/projects?pagination=keyset&order_by=id&sort=asc&per_page=5",
        "/groups?pagination=keyset&order_by=name&sort=asc&per_page=2",
    ] {
        let mut seen = Vec::new();
        let mut next = Some(start.to_owned());
        while let Some(path) = next {
            let response = get(&sim, &path).await;
            next = next_link(&header(&response, "link"));
            seen.extend(ids(&response.json().await.expect("JSON")));
        }
        let unique: BTreeSet<u64> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len());
        let all = get(
            &sim,
            &format!("{}?per_page=100", start.split('?').next().expect("a path")),
        )
        .await;
        assert_eq!(header(&all, "x-total"), seen.len().to_string());
    }
}

#[tokio::test]
async fn what_cannot_be_paged_is_refused() {
    let (sim, project, _) = busy(SimConfig {
        offset_limit: 40,
        ..small()
    })
    .await;
    for path in [
        format!("/projects/{project}/pipelines?pagination=keyset"),
        format!("/projects/{project}/jobs?pagination=keyset&sort=asc"),
        "/projects?pagination=keyset&order_by=name".to_owned(),
    ] {
        let response = get(&sim, &path).await;
        assert_eq!(response.status(), 405, "{path}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(
            body["error"],
            "Keyset pagination is not yet available for this type of request"
        );
    }
    let response = get(&sim, "/projects?page=3&per_page=20").await;
    assert_eq!(response.status(), 405);
    let body: Value = response.json().await.expect("JSON");
    let text = body["error"].as_str().expect("a text");
    assert!(text.starts_with("Offset pagination has a maximum allowed offset of 40 for requests that return objects of type Project."), "{text}");
    assert_eq!(
        get(&sim, &format!("/projects/{project}/pipelines?page=3"))
            .await
            .status(),
        200
    );
}
