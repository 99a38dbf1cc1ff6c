//! The many small lists: they live, and are sold by tier.

use std::collections::BTreeMap;
use std::time::Duration;

use labtower_sim::{Sim, SimConfig, Tier};
use serde_json::Value;

use crate::client::{get, json, sim, small};

async fn status(sim: &Sim, path: &str) -> u16 {
    get(sim, path).await.status().as_u16()
}

/// Id of the first project and of its root group.
async fn places(sim: &Sim) -> (u64, u64) {
    let projects = json(sim, "/projects").await;
    let groups = json(sim, "/groups?top_level_only=true").await;
    let id = |rows: &Value| rows[0]["id"].as_u64().expect("an id");
    (id(&projects), id(&groups))
}

#[tokio::test]
async fn lists_of_higher_tiers_are_refused() {
    for (tier, premium, ultimate) in [
        (Tier::Free, [403, 404], 403),
        (Tier::Premium, [200, 200], 403),
        (Tier::Ultimate, [200, 200], 200),
    ] {
        let sim = sim(SimConfig { tier, ..small() }).await;
        let (project, group) = places(&sim).await;
        for path in [
            format!("/groups/{group}/epics"),
            format!("/groups/{group}/iterations"),
            format!("/projects/{project}/audit_events"),
            format!("/groups/{group}/audit_events"),
            "/audit_events".to_owned(),
        ] {
            assert_eq!(status(&sim, &path).await, premium[0], "{path} {tier:?}");
        }
        for path in [
            format!("/projects/{project}/push_rule"),
            format!("/projects/{project}/protected_environments"),
            format!("/groups/{group}/wikis"),
            format!("/projects/{project}/issues/1/resource_weight_events"),
        ] {
            assert_eq!(status(&sim, &path).await, premium[1], "{path} {tier:?}");
        }
        for path in [
            format!("/projects/{project}/vulnerabilities"),
            format!("/projects/{project}/dora/metrics?metric=deployment_frequency"),
        ] {
            assert_eq!(status(&sim, &path).await, ultimate, "{path} {tier:?}");
        }
        for path in [
            format!("/projects/{project}/badges"),
            format!("/projects/{project}/wikis"),
        ] {
            assert_eq!(status(&sim, &path).await, 200, "{path} {tier:?}");
        }
    }
}

/// Rows by the value of a field that names them.
async fn rows(sim: &Sim, path: &str, name: &str) -> BTreeMap<String, Value> {
    let rows = json(sim, &format!("{path}?per_page=100")).await;
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| (row[name].to_string(), row.clone()))
        .collect()
}

#[tokio::test]
async fn rows_change_only_with_their_time_and_some_go_away() {
    let sim = sim(small()).await;
    let (project, group) = places(&sim).await;
    let lists = [
        (format!("/projects/{project}/feature_flags"), "name"),
        (format!("/projects/{project}/snippets"), "id"),
        (format!("/projects/{project}/freeze_periods"), "id"),
        (format!("/projects/{project}/resource_groups"), "id"),
        (format!("/groups/{group}/epics"), "id"),
    ];
    let mut before = Vec::new();
    for (path, name) in &lists {
        before.push(rows(&sim, path, name).await);
    }
    let (mut changed, mut gone, mut new) = (0, 0, 0);
    for _ in 0..20 {
        sim.advance(Duration::from_secs(36 * 3_600));
        for ((path, name), before) in lists.iter().zip(&mut before) {
            let after = rows(&sim, path, name).await;
            for (id, old) in &*before {
                let Some(row) = after.get(id) else {
                    gone += 1;
                    continue;
                };
                let later = row["updated_at"].as_str() > old["updated_at"].as_str();
                assert_eq!(row != old, later, "{path}: {old} became {row}");
                changed += u32::from(later);
            }
            new += after.keys().filter(|id| !before.contains_key(*id)).count();
            *before = after;
        }
    }
    assert!(
        changed > 20 && gone > 2 && new > 10,
        "{changed} {gone} {new}"
    );
}

#[tokio::test]
async fn labels_and_members_come_and_go() {
    let sim = sim(small()).await;
    let projects = json(&sim, "/projects").await;
    let projects = projects.as_array().expect("projects");
    for (list, name) in [
        ("labels", "id"),
        ("members", "id"),
        ("repository/branches", "name"),
    ] {
        let mut gone = 0;
        let mut before: Option<Vec<BTreeMap<String, Value>>> = None;
        for _ in 0..12 {
            let mut after = Vec::new();
            for project in projects {
                after.push(rows(&sim, &format!("/projects/{}/{list}", project["id"]), name).await);
            }
            for (old, new) in before.iter().flatten().zip(&after) {
                gone += old.keys().filter(|id| !new.contains_key(*id)).count();
            }
            before = Some(after);
            sim.advance(Duration::from_secs(3 * 24 * 3_600));
        }
        assert!(gone > 0, "{list} loses nothing");
    }
}

#[tokio::test]
async fn every_route_is_counted_by_its_own_pattern() {
    let sim = sim(small()).await;
    let (project, group) = places(&sim).await;
    sim.reset_requests();
    for path in [
        format!("/projects/{project}/issues/1/resource_label_events"),
        format!("/projects/{project}/issues/2/resource_label_events"),
        format!("/groups/{group}/epics/1/issues"),
    ] {
        get(&sim, &path).await;
    }
    let counts = sim.requests();
    let count = |route: &str| counts.get(route).copied();
    assert_eq!(
        count("GET /projects/:id/issues/:eventable_id/resource_label_events"),
        Some(2)
    );
    assert_eq!(count("GET /groups/:id/epics/:epic_iid/issues"), Some(1));
}
