//! REST, GraphQL and the truth tell the same facts.

use std::time::Duration;

use labtower_sim::TruePipeline;
use serde_json::{Value, json};

use labtower_sim::SimConfig;

use crate::client::{graphql, json as rest, sim, small};

const QUERY: &str = "query($ids: [ID!], $source: String) {
  queryComplexity { score limit }
  projects(ids: $ids, first: 100) { nodes { id fullPath pipelines(source: $source, first: 100) { nodes {
    id iid name ref sha source status createdAt updatedAt startedAt finishedAt committedAt duration queuedDuration coverage
    failureReason user { id username name }
    jobs(first: 100) { nodes { id name kind status stage { name } createdAt startedAt finishedAt duration queuedDuration
      coverage allowFailure retried exitCode failureMessage tags runner { id } downstreamPipeline { id } } pageInfo { hasNextPage } }
  } pageInfo { hasNextPage endCursor } } } pageInfo { hasNextPage } } }";

#[tokio::test]
async fn graphql_tells_the_truth_about_every_pipeline_and_job() {
    // Everything in one request costs more than GitLab allows.
    let sim = sim(SimConfig {
        complexity_limit: 1_000,
        ..small()
    })
    .await;
    sim.advance(Duration::from_secs(5 * 3_600));
    sim.freeze();
    let truth = sim.truth();
    let ids: Vec<String> = truth
        .projects
        .iter()
        .map(|project| format!("gid://gitlab/Project/{}", project.id))
        .collect();
    let mut seen = 0;
    for source in [Value::Null, "parent_pipeline".into()] {
        let answer = graphql(&sim, QUERY, json!({ "ids": ids, "source": source })).await;
        assert_eq!(answer.get("errors"), None);
        for project in list(&answer["data"]["projects"]["nodes"]) {
            let expected: Vec<&TruePipeline> = truth
                .pipelines
                .iter()
                .filter(|pipeline| {
                    project["id"] == format!("gid://gitlab/Project/{}", pipeline.project_id)
                })
                .filter(|pipeline| {
                    (pipeline.source.as_deref() == Some("parent_pipeline")) == source.is_string()
                })
                .collect();
            let nodes = list(&project["pipelines"]["nodes"]);
            if project["pipelines"]["pageInfo"]["hasNextPage"] == json!(false) {
                assert_eq!(nodes.len(), expected.len());
            }
            for (node, pipeline) in nodes.iter().zip(expected.iter().rev()) {
                same(node, pipeline);
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "only {seen} pipelines were compared");
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn number(gid: &Value) -> Option<u64> {
    gid.as_str()?.rsplit('/').next()?.parse().ok()
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

fn same(node: &Value, pipeline: &TruePipeline) {
    assert_eq!(number(&node["id"]), Some(pipeline.id));
    assert_eq!(node["iid"], pipeline.iid.to_string());
    assert_eq!(node["ref"], json!(pipeline.ref_name));
    assert_eq!(node["name"], json!(pipeline.name));
    assert_eq!(node["sha"], json!(pipeline.sha));
    assert_eq!(node["status"], upper(&pipeline.status));
    assert_eq!(node["createdAt"], json!(pipeline.created_at));
    assert_eq!(node["updatedAt"], json!(pipeline.updated_at));
    assert_eq!(node["startedAt"], json!(pipeline.started_at));
    assert_eq!(node["finishedAt"], json!(pipeline.finished_at));
    assert_eq!(node["duration"], json!(pipeline.duration));
    assert_eq!(node["queuedDuration"].as_f64(), pipeline.queued_duration);
    assert_eq!(node["coverage"], json!(pipeline.coverage));
    assert_eq!(node["failureReason"], json!(pipeline.failure_reason));
    assert_eq!(
        number(&node["user"]["id"]),
        pipeline.user.as_ref().map(|user| user.id)
    );
    let jobs = list(&node["jobs"]["nodes"]);
    assert_eq!(jobs.len(), pipeline.jobs.len());
    for (node, job) in jobs.iter().zip(pipeline.jobs.iter().rev()) {
        assert_eq!(number(&node["id"]), Some(job.id));
        assert_eq!(node["name"], job.name);
        assert_eq!(node["status"], upper(&job.status));
        assert_eq!(node["stage"]["name"], json!(job.stage));
        assert_eq!(node["startedAt"], json!(job.started_at));
        assert_eq!(node["finishedAt"], json!(job.finished_at));
        assert_eq!(node["retried"], job.retried);
        assert_eq!(node["allowFailure"], job.allow_failure);
        assert_eq!(node["exitCode"], json!(job.exit_code));
        assert_eq!(node["tags"], json!(job.tags));
        assert_eq!(number(&node["runner"]["id"]), job.runner_id);
        assert_eq!(
            number(&node["downstreamPipeline"]["id"]),
            job.downstream_pipeline_id
        );
        if job.finished_at.is_some() {
            assert_eq!(node["duration"], json!(job.duration));
        }
        if job.started_at.is_some() {
            assert_eq!(node["queuedDuration"].as_f64(), job.queued_duration);
        }
    }
}

#[tokio::test]
async fn rest_tells_the_same_as_the_truth() {
    let sim = sim(small()).await;
    sim.advance(Duration::from_secs(3 * 3_600));
    sim.freeze();
    let truth = sim.truth();
    for pipeline in truth.pipelines.iter().rev().step_by(9).take(25) {
        let base = format!(
            "/projects/{}/pipelines/{}",
            pipeline.project_id, pipeline.id
        );
        let one = rest(&sim, &base).await;
        assert_eq!(one["status"], pipeline.status);
        assert_eq!(one["ref"], json!(pipeline.ref_name));
        assert_eq!(one["duration"], json!(pipeline.duration));
        assert_eq!(one["coverage"], json!(pipeline.coverage));
        assert_eq!(cut(&one["updated_at"]), json!(pipeline.updated_at));
        assert_eq!(cut(&one["finished_at"]), json!(pipeline.finished_at));
        let builds = rest(
            &sim,
            &format!("{base}/jobs?include_retried=true&per_page=100"),
        )
        .await;
        let bridges = rest(&sim, &format!("{base}/bridges?per_page=100")).await;
        let expected = |kind: &str| pipeline.jobs.iter().filter(|job| job.kind == kind).count();
        assert_eq!(list(&builds).len(), expected("build"));
        assert_eq!(list(&bridges).len(), expected("bridge"));
        for build in list(&builds) {
            let job = pipeline
                .jobs
                .iter()
                .find(|job| build["id"] == job.id)
                .expect("a true job");
            assert_eq!(build["status"], job.status);
            assert_eq!(build["failure_reason"], json!(job.failure_reason));
            assert_eq!(
                build.get("failure_reason").is_some(),
                job.status == "failed"
            );
            assert_eq!(cut(&build["finished_at"]), json!(job.finished_at));
            assert_eq!(build["runner"]["id"].as_u64(), job.runner_id);
            assert_eq!(build["pipeline"]["id"], pipeline.id);
            let same = rest(
                &sim,
                &format!("/projects/{}/jobs/{}", pipeline.project_id, job.id),
            )
            .await;
            assert_eq!(same["id"], job.id);
        }
    }
}

/// A REST time without its milliseconds.
fn cut(time: &Value) -> Value {
    time.as_str()
        .map_or(Value::Null, |text| format!("{}Z", &text[..19]).into())
}
