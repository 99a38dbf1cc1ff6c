//! Merge requests, commits and statistics: GraphQL, REST and the truth say the same.

use std::collections::BTreeSet;
use std::time::Duration;

use labtower_sim::{Faults, Sim, SimConfig};
use serde_json::{Value, json};

use crate::client::{graphql, json as rest, sim, small};

const FIELDS: &str = "id iid state draft title sourceBranch targetBranch diffHeadSha mergeCommitSha createdAt updatedAt mergedAt \
    closedAt commitCount userNotesCount author { id username } mergeUser { id username } \
    labels { nodes { title } } commits(last: 1) { nodes { sha authoredDate } }";

/// Every page of a project's merge requests.
async fn pages(sim: &Sim, path: &str, arguments: &str) -> Vec<Value> {
    let query = format!(
        "query($path: ID!, $after: String) {{ project(fullPath: $path) {{
           mergeRequests({arguments} after: $after) {{ count nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let answer = graphql(sim, &query, json!({ "path": path, "after": after })).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        let list = &answer["data"]["project"]["mergeRequests"];
        found.extend(list["nodes"].as_array().expect("nodes").clone());
        if list["pageInfo"]["hasNextPage"] == false {
            assert_eq!(list["count"], found.len());
            return found;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

/// Every page of a list of REST; the path has a query.
async fn listed(sim: &Sim, path: &str) -> Vec<Value> {
    let mut listed = Vec::new();
    for page in 1.. {
        let rows = rest(sim, &format!("{path}&per_page=100&page={page}")).await;
        let rows = rows.as_array().expect("a list").clone();
        if rows.is_empty() {
            break;
        }
        listed.extend(rows);
    }
    listed
}

async fn lived_in() -> Sim {
    let config = SimConfig {
        days: 12,
        projects: 8,
        ..small()
    };
    let sim = sim(config).await;
    sim.advance(Duration::from_secs(8 * 3600));
    sim
}

#[tokio::test]
async fn merge_requests_are_the_same_in_graphql_rest_and_truth() {
    let sim = lived_in().await;
    let truth = sim.truth();
    let mut states = BTreeSet::new();
    for project in &truth.projects {
        let mut graph = pages(&sim, &project.path_with_namespace, "first: 7").await;
        graph.reverse();
        let listed = listed(
            &sim,
            &format!("/projects/{}/merge_requests?sort=asc", project.id),
        )
        .await;
        let known: Vec<_> = truth
            .merge_requests
            .iter()
            .filter(|request| request.project_id == project.id)
            .collect();
        assert_eq!(graph.len(), known.len());
        for ((graph, rest), truth) in graph.iter().zip(&listed).zip(known) {
            assert_eq!(
                graph["id"],
                format!("gid://gitlab/MergeRequest/{}", truth.id)
            );
            assert_eq!(rest["id"], truth.id);
            assert_eq!(graph["iid"], truth.iid.to_string());
            for (theirs, ours) in [
                ("state", "state"),
                ("draft", "draft"),
                ("title", "title"),
                ("source_branch", "sourceBranch"),
                ("target_branch", "targetBranch"),
                ("sha", "diffHeadSha"),
                ("merge_commit_sha", "mergeCommitSha"),
                ("user_notes_count", "userNotesCount"),
            ] {
                assert_eq!(rest[theirs], graph[ours], "{theirs}");
            }
            assert_eq!(rest["author"]["username"], graph["author"]["username"]);
            assert_eq!(graph["state"], truth.state);
            assert_eq!(graph["updatedAt"], json!(truth.updated_at));
            assert_eq!(graph["mergedAt"], json!(truth.merged_at));
            assert_eq!(graph["commitCount"], truth.commit_count);
            let first = &graph["commits"]["nodes"][0];
            assert_eq!(first["authoredDate"], json!(truth.first_commit_at));
            states.insert(truth.state.clone());
        }
    }
    assert_eq!(states.len(), 3, "{states:?}");
}

#[tokio::test]
async fn merge_requests_are_filtered_and_sorted() {
    let sim = lived_in().await;
    let truth = sim.truth();
    let merged = truth
        .merge_requests
        .iter()
        .filter(|request| request.state == "merged")
        .max_by_key(|request| request.updated_at)
        .expect("a merged one");
    let project = truth
        .projects
        .iter()
        .find(|project| project.id == merged.project_id)
        .expect("its project");
    let since = format!(
        "updatedAfter: \"{}\", state: merged, first: 2, sort: UPDATED_ASC",
        merged.updated_at
    );
    let found = pages(&sim, &project.path_with_namespace, &since).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["iid"], merged.iid.to_string());
    for (sort, ascending) in [("UPDATED_ASC", true), ("UPDATED_DESC", false)] {
        let found = pages(
            &sim,
            &project.path_with_namespace,
            &format!("first: 3, sort: {sort}"),
        )
        .await;
        let mut times: Vec<_> = found
            .iter()
            .map(|row| row["updatedAt"].to_string())
            .collect();
        assert!(times.len() > 3);
        if !ascending {
            times.reverse();
        }
        assert!(times.is_sorted(), "{times:?}");
    }
}

#[tokio::test]
async fn statistics_count_the_commits_that_rest_lists() {
    let sim = lived_in().await;
    let truth = sim.truth();
    let query =
        "{ projects { nodes { id lastActivityAt statistics { commitCount storageSize } } } }";
    let answer = graphql(&sim, query, json!({})).await;
    for node in answer["data"]["projects"]["nodes"]
        .as_array()
        .expect("projects")
    {
        let id: u64 = node["id"]
            .as_str()
            .and_then(|id| id.rsplit('/').next()?.parse().ok())
            .expect("an id");
        let known: Vec<_> = truth
            .commits
            .iter()
            .filter(|commit| commit.project_id == id)
            .collect();
        assert_eq!(node["statistics"]["commitCount"], known.len() as f64);
        let listed = listed(
            &sim,
            &format!("/projects/{id}/repository/commits?all=false"),
        )
        .await;
        let names: Vec<_> = listed.iter().map(|row| row["id"].clone()).collect();
        let known: Vec<_> = known.iter().map(|commit| json!(commit.sha)).collect();
        assert_eq!(names, known);
        let one = rest(&sim, &format!("/projects/{id}?statistics=true")).await;
        assert_eq!(one["statistics"]["commit_count"], names.len());
    }
}

#[tokio::test]
async fn statistics_can_be_withheld() {
    let sim = lived_in().await;
    sim.set_faults(Faults {
        hidden_statistics: true,
        ..Faults::default()
    });
    let query = "{ projects(first: 1) { nodes { statistics { commitCount } } } }";
    let answer = graphql(&sim, query, json!({})).await;
    assert_eq!(
        answer,
        json!({ "data": { "projects": { "nodes": [{ "statistics": null }] } } })
    );
}
