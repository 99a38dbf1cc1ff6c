//! GraphQL's limits and refusals.

use labtower_sim::{Faults, Sim};
use serde_json::{Value, json};

use crate::client::{graphql, http, sim, small};

async fn post(sim: &Sim, body: Value) -> (u16, Value) {
    let request = http()
        .post(format!("{}/api/graphql", sim.url()))
        .header("PRIVATE-TOKEN", sim.token())
        .json(&body);
    let response = request.send().await.expect("an answer");
    (
        response.status().as_u16(),
        response.json().await.expect("JSON"),
    )
}

#[tokio::test]
async fn the_score_is_told_and_too_much_is_refused_before_it_runs() {
    let sim = sim(small()).await;
    let answer = graphql(&sim, "{ queryComplexity { score limit } metadata { version enterprise } currentUser { username } }", json!({})).await;
    assert_eq!(
        answer["data"]["queryComplexity"],
        json!({ "score": 8, "limit": 250 })
    );
    let fields = "id iid name ref sha source status createdAt updatedAt duration ";
    let aliases: Vec<String> = (0..12)
        .map(|n| {
            format!("p{n}: project(fullPath: \"acme\") {{ pipelines {{ nodes {{ {fields} }} }} }}")
        })
        .collect();
    let answer = graphql(&sim, &format!("{{ {} }}", aliases.join(" ")), json!({})).await;
    assert_eq!(answer.get("data"), None);
    assert_eq!(
        answer["errors"][0]["message"],
        "Query has complexity of 324, which exceeds max complexity of 250"
    );
}

#[tokio::test]
async fn long_queries_and_wrong_variables_are_unprocessable() {
    let sim = sim(small()).await;
    let long = format!("{{ echo(text: \"{}\") }}", "x".repeat(10_000));
    let (status, answer) = post(&sim, json!({ "query": long })).await;
    assert_eq!(
        (status, &answer["errors"][0]["message"]),
        (422, &json!("Query too large"))
    );
    let (status, _) = post(
        &sim,
        json!({ "query": "{ echo(text: \"x\") }", "variables": [1] }),
    )
    .await;
    assert_eq!(status, 422);
    let (status, answer) = post(
        &sim,
        json!({ "query": "{ project(fullPath: \"a\") { nonsense } }" }),
    )
    .await;
    assert_eq!(status, 200);
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("nonsense"))
    );
}

#[tokio::test]
async fn several_queries_in_one_request_share_the_limit() {
    let sim = sim(small()).await;
    let one = json!({ "query": "{ queryComplexity { score } }" });
    let (_, answers) = post(&sim, json!([one, one])).await;
    assert_eq!(answers.as_array().map(Vec::len), Some(2));
    assert_eq!(answers[1]["data"]["queryComplexity"]["score"], 2);
}

#[tokio::test]
async fn unknown_projects_are_null_without_an_error() {
    let sim = sim(small()).await;
    let answer = graphql(
        &sim,
        "{ project(fullPath: \"acme/none\") { id } }",
        json!({}),
    )
    .await;
    assert_eq!(answer, json!({ "data": { "project": null } }));
}

#[tokio::test]
async fn jobs_of_a_second_project_are_refused_but_the_rest_is_answered() {
    let sim = sim(small()).await;
    let query = "{ projects { nodes { id jobs(first: 1) { nodes { id } } } } }";
    let answer = graphql(&sim, query, json!({})).await;
    assert!(
        answer["data"]["projects"]["nodes"]
            .as_array()
            .is_some_and(|nodes| nodes.len() == 12)
    );
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(11));
    assert_eq!(
        answer["errors"][0]["message"],
        "\"jobs\" field can be requested only for 1 Project(s) at a time."
    );
}

#[tokio::test]
async fn large_pages_time_out_and_smaller_ones_do_not() {
    let sim = sim(small()).await;
    sim.set_faults(Faults {
        graphql_timeouts_above: Some(20),
        ..Faults::default()
    });
    let query = "query($n: Int, $path: ID!) { project(fullPath: $path) { pipelines(first: $n) { nodes { jobs { nodes { id } } } } } }";
    let path = sim.truth().projects[0].path_with_namespace.clone();
    let (status, answer) = post(
        &sim,
        json!({ "query": query, "variables": { "n": 21, "path": path } }),
    )
    .await;
    assert_eq!(status, 503);
    assert_eq!(
        answer["errors"][0]["message"],
        "Request timed out. Please try a less complex query or a smaller set of records."
    );
    let (status, answer) = post(
        &sim,
        json!({ "query": query, "variables": { "n": 20, "path": path } }),
    )
    .await;
    assert_eq!(status, 200);
    assert!(answer["data"]["project"]["pipelines"]["nodes"].is_array());
}

/// Rows of a list are written down in one go; a single job takes the library's way.
#[tokio::test]
async fn a_job_says_the_same_in_a_list_and_alone() {
    let sim = sim(small()).await;
    sim.advance(std::time::Duration::from_secs(7_200));
    let fields = "id name kind status stage { id name } allowFailure retried coverage createdAt queuedAt startedAt \
                  finishedAt duration queuedDuration exitCode failureMessage tags refName runner { id } downstreamPipeline { id }";
    let truth = sim.truth();
    let paths = |id: u64| {
        truth
            .projects
            .iter()
            .find(|project| project.id == id)
            .map(|project| &project.path_with_namespace)
    };
    let mut compared = 0;
    for pipeline in truth
        .pipelines
        .iter()
        .rev()
        .take(60)
        .filter(|pipeline| !pipeline.jobs.is_empty())
    {
        let job = &pipeline.jobs[pipeline.id as usize % pipeline.jobs.len()];
        let class = match job.kind.as_str() {
            "bridge" => "Ci::Bridge",
            "external" => "GenericCommitStatus",
            _ => "Ci::Build",
        };
        let query = format!(
            "query($path: ID!, $iid: ID!, $job: JobID!) {{ project(fullPath: $path) {{ pipeline(iid: $iid) {{
               job(id: $job) {{ {fields} }} jobs {{ nodes {{ ...J ... on CiJob {{ stage {{ name }} __typename }} }} }} }} }} }}
             fragment J on CiJob {{ {fields} }}"
        );
        let variables = json!({
            "path": paths(pipeline.project_id),
            "iid": pipeline.iid.to_string(),
            "job": format!("gid://gitlab/{class}/{}", job.id),
        });
        let answer = graphql(&sim, &query, variables).await;
        let found = &answer["data"]["project"]["pipeline"];
        let alone = &found["job"];
        let nodes = found["jobs"]["nodes"].as_array().expect("jobs");
        let mut listed = nodes
            .iter()
            .find(|node| node["id"] == alone["id"])
            .expect("the job")
            .clone();
        let typename = listed
            .as_object_mut()
            .and_then(|node| node.remove("__typename"));
        assert_eq!(typename, Some(json!("CiJob")));
        assert_eq!(&listed, alone);
        compared += 1;
    }
    assert!(compared > 40);
}

#[tokio::test]
async fn a_pipeline_says_the_same_in_a_list_and_alone() {
    let sim = sim(small()).await;
    let fields = "id iid name ref refPath sha source status createdAt updatedAt startedAt finishedAt committedAt \
                  duration queuedDuration coverage failureReason user { username }";
    let project = sim.truth().projects[0].path_with_namespace.clone();
    let query = format!(
        "query($path: ID!) {{ project(fullPath: $path) {{ pipelines {{ nodes {{ {fields} }} }} }} }}"
    );
    let answer = graphql(&sim, &query, json!({ "path": project })).await;
    let nodes = answer["data"]["project"]["pipelines"]["nodes"]
        .as_array()
        .expect("pipelines");
    assert!(nodes.len() > 10);
    for node in nodes {
        let query = format!(
            "query($path: ID!, $iid: ID!) {{ project(fullPath: $path) {{ pipeline(iid: $iid) {{ {fields} }} }} }}"
        );
        let alone = graphql(&sim, &query, json!({ "path": project, "iid": node["iid"] })).await;
        assert_eq!(&alone["data"]["project"]["pipeline"], node);
    }
}
