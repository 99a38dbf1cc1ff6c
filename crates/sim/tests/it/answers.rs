//! Answers beside success: tokens, unknown and renamed projects, filters, common headers.

use labtower_sim::{Faults, SimConfig};
use serde_json::{Value, json};

use crate::client::{get, header, http, json as rest, sim, small};

#[tokio::test]
async fn tokens_are_taken_from_headers_and_parameters_and_checked() {
    let sim = sim(small()).await;
    let url = format!("{}/api/v4/version", sim.url());
    let client = http();
    let bearer = client
        .get(&url)
        .bearer_auth(sim.token())
        .send()
        .await
        .expect("an answer");
    assert_eq!(bearer.status(), 200);
    let parameter = client
        .get(format!("{url}?private_token={}", sim.token()))
        .send()
        .await
        .expect("an answer");
    assert_eq!(parameter.status(), 200);
    for request in [
        client.get(&url),
        client.get(&url).header("PRIVATE-TOKEN", "wrong"),
    ] {
        let refused = request.send().await.expect("an answer");
        assert_eq!(refused.status(), 401);
        assert_eq!(
            refused.json::<Value>().await.expect("JSON"),
            json!({ "message": "401 Unauthorized" })
        );
    }
    let graphql = client
        .post(format!("{}/api/graphql", sim.url()))
        .bearer_auth("wrong")
        .body("{}")
        .send()
        .await
        .expect("an answer");
    assert_eq!(graphql.status(), 401);
    assert_eq!(
        graphql.json::<Value>().await.expect("JSON"),
        json!({ "errors": [{ "message": "Invalid token" }] })
    );
}

#[tokio::test]
async fn projects_are_found_by_path_and_renamed_ones_moved() {
    let sim = sim(small()).await;
    let all = rest(
        &sim,
        "/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc&per_page=100",
    )
    .await;
    let all = all.as_array().expect("a list");
    assert_eq!(all.len(), 12);
    let renamed = &all[3];
    let path = renamed["path_with_namespace"]
        .as_str()
        .expect("a path")
        .replace('/', "%2F");
    assert_eq!(
        rest(&sim, &format!("/projects/{path}")).await["id"],
        renamed["id"]
    );
    let (group, name) = path.rsplit_once("%2F").expect("a group");
    let moved = get(&sim, &format!("/projects/{group}%2Fold-{name}")).await;
    assert_eq!(moved.status(), 301);
    assert_eq!(
        header(&moved, "location"),
        format!("{}/api/v4/projects/{}", sim.url(), renamed["id"])
    );
    let unknown = get(&sim, "/projects/99999999").await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(
        unknown.json::<Value>().await.expect("JSON"),
        json!({ "message": "404 Project Not Found" })
    );
    let nowhere = get(&sim, "/nowhere").await;
    assert_eq!(
        nowhere.json::<Value>().await.expect("JSON"),
        json!({ "error": "404 Not Found" })
    );
}

#[tokio::test]
async fn every_answer_has_an_id_a_runtime_and_gitlabs_date() {
    let sim = sim(SimConfig {
        base_path: "/gitlab".to_owned(),
        ..small()
    })
    .await;
    assert!(sim.url().ends_with("/gitlab"));
    for path in ["/version", "/projects/0"] {
        let response = get(&sim, path).await;
        assert!(!header(&response, "x-request-id").is_empty());
        assert!(header(&response, "x-runtime").parse::<f64>().is_ok());
        assert_eq!(header(&response, "date"), "Mon, 16 Nov 2026 06:00:00 GMT");
    }
    let token = rest(&sim, "/personal_access_tokens/self").await;
    assert_eq!(token["scopes"], json!(["read_api"]));
}

#[tokio::test]
async fn updated_after_is_inclusive_and_children_come_only_by_source() {
    let sim = sim(SimConfig {
        projects: 30,
        ..small()
    })
    .await;
    let truth = sim.truth();
    let child = truth
        .pipelines
        .iter()
        .rfind(|row| row.parent_id.is_some())
        .expect("a child");
    let base = format!("/projects/{}/pipelines", child.project_id);
    let children = rest(&sim, &format!("{base}?source=parent_pipeline&per_page=100")).await;
    assert!(
        children
            .as_array()
            .expect("a list")
            .iter()
            .any(|row| row["id"] == child.id)
    );
    let plain = rest(&sim, &format!("{base}?per_page=100")).await;
    let plain = plain.as_array().expect("a list");
    assert!(plain.iter().all(|row| row["source"] != "parent_pipeline"));
    let newest = plain
        .iter()
        .map(|row| row["updated_at"].as_str().expect("a time"))
        .max()
        .expect("a row");
    let since = rest(&sim, &format!("{base}?updated_after={newest}")).await;
    assert!(
        since
            .as_array()
            .expect("a list")
            .iter()
            .any(|row| row["updated_at"] == newest)
    );
    let finished = rest(&sim, &format!("{base}?scope=finished&per_page=100")).await;
    let states = ["success", "failed", "canceled"];
    assert!(
        finished
            .as_array()
            .expect("a list")
            .iter()
            .all(|row| states.contains(&row["status"].as_str().expect("a status")))
    );
    let wrong = get(&sim, &format!("{base}?scope=yesterday")).await;
    assert_eq!(
        wrong.json::<Value>().await.expect("JSON"),
        json!({ "error": "scope does not have a valid value" })
    );
}

#[tokio::test]
async fn shared_and_archived_projects_are_listed_as_asked() {
    let sim = sim(SimConfig {
        archived_projects: 2,
        shared_projects: 1,
        ..small()
    })
    .await;
    let count = async |query: &str| {
        rest(
            &sim,
            &format!("/groups/acme/projects?include_subgroups=true&per_page=100&{query}"),
        )
        .await
        .as_array()
        .expect("a list")
        .len()
    };
    assert_eq!(count("").await, 13);
    assert_eq!(count("with_shared=false").await, 12);
    assert_eq!(count("with_shared=false&archived=false").await, 10);
    assert_eq!(count("with_shared=false&archived=true").await, 2);
}

#[tokio::test]
async fn hidden_and_failing_projects_answer_as_such() {
    let sim = sim(small()).await;
    let ids: Vec<u64> = sim
        .truth()
        .projects
        .iter()
        .map(|project| project.id)
        .collect();
    sim.set_faults(Faults {
        forbidden_projects: vec![ids[0]],
        failing_project: Some(ids[1]),
        ..Faults::default()
    });
    assert_eq!(
        get(&sim, &format!("/projects/{}", ids[0])).await.status(),
        404
    );
    assert_eq!(
        get(&sim, &format!("/projects/{}/pipelines", ids[1]))
            .await
            .status(),
        500
    );
    let gids: Vec<String> = ids
        .iter()
        .map(|id| format!("gid://gitlab/Project/{id}"))
        .collect();
    let query = "query($ids: [ID!]) { projects(ids: $ids) { nodes { id pipelines { count } } } }";
    let answer = crate::client::graphql(&sim, query, json!({ "ids": gids })).await;
    let nodes = answer["data"]["projects"]["nodes"]
        .as_array()
        .expect("nodes");
    assert_eq!(nodes.len(), 11);
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1));
    let failed: Vec<&Value> = nodes
        .iter()
        .filter(|node| node["pipelines"].is_null())
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(sim.truth().projects.len(), 11);
}
