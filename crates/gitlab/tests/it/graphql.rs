//! GraphQL questions: completeness, sizes, errors.

use labtower_gitlab::{GitlabError, PipelineFilter, PipelineList, Priority};
use labtower_model::ProjectId;
use serde_json::{Value, json};

use crate::stub::{self, Stub, answer, list, pipeline, projects, raw};

const PROJECT: ProjectId = ProjectId(7);

fn empty() -> Value {
    list(&[], None)
}

#[tokio::test]
async fn what_fits_costs_one_request() {
    let stub = Stub::start(|_, _| {
        projects(&[
            (
                7,
                list(
                    &[pipeline(2, 0..20, None), pipeline(1, 20..22, None)],
                    Some("c"),
                ),
                list(&[pipeline(3, 30..31, None)], None),
            ),
            (8, empty(), empty()),
        ])
    })
    .await;
    let client = stub.client();
    let found = client
        .changed(
            &[PROJECT, ProjectId(8), ProjectId(9)],
            stub::date(),
            Priority::Fresh,
        )
        .await
        .unwrap();
    assert_eq!(stub.asked().len(), 1);
    let asked = &stub.asked()[0];
    assert_eq!(asked.variable("projects"), 3);
    assert_eq!(asked.variable("after"), "2026-11-20T12:00:00Z");
    assert!(asked.variable("scope").is_null());
    // Nine is not in the answer, so it is not in ours.
    assert_eq!(found.value.len(), 2);
    let first = &found.value[0];
    let ids: Vec<i64> = first
        .pipelines
        .iter()
        .map(|whole| whole.pipeline.id.get())
        .collect();
    assert_eq!(ids, [3, 2, 1]);
    assert_eq!(first.pipelines[1].jobs.len(), 20);
    assert_eq!(
        (first.next.as_deref(), first.next_children.as_deref()),
        (Some("c"), None)
    );
}

#[tokio::test]
async fn running_asks_by_scope_and_not_by_time() {
    let stub = Stub::start(|_, _| projects(&[(7, empty(), empty())])).await;
    stub.client()
        .running(&[PROJECT], Priority::Running)
        .await
        .unwrap();
    let asked = &stub.asked()[0];
    assert_eq!(asked.variable("scope"), "RUNNING");
    assert!(asked.variable("after").is_null());
}

#[tokio::test]
async fn pipelines_with_many_jobs_get_a_second_look_together() {
    let stub = Stub::start(|_, asked| {
        let jobs = asked.variable("jobs").as_i64().unwrap();
        let more = (jobs < 60).then_some("x");
        projects(&[
            (
                7,
                list(&[pipeline(1, 0..jobs.min(60), more)], None),
                empty(),
            ),
            (
                8,
                list(&[pipeline(2, 100..100 + jobs.min(60), more)], None),
                empty(),
            ),
        ])
    })
    .await;
    let found = stub
        .client()
        .changed(&[PROJECT, ProjectId(8)], stub::date(), Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(stub.asked().len(), 2);
    for project in found.value {
        assert_eq!(project.pipelines[0].jobs.len(), 60);
    }
}

/// Jobs 0..250 of pipeline 1, 100 a page; `updated` tells when the pipeline changed last.
fn jobs_page(asked: &stub::Asked, updated: &str) -> axum::response::Response {
    let from: i64 = asked
        .variable("cursor")
        .as_str()
        .map_or(0, |cursor| cursor.parse().unwrap());
    let until = (from + asked.variable("jobs").as_i64().unwrap()).min(250);
    let next = until.to_string();
    let mut page = pipeline(1, from..until, (until < 250).then_some(next.as_str()));
    page["updatedAt"] = updated.into();
    let nodes = json!([{"id": "gid://gitlab/Project/7", "pipeline": page}]);
    answer(200, &[], &json!({"data": {"projects": {"nodes": nodes}}}))
}

#[tokio::test]
async fn pipeline_of_any_size_has_all_its_jobs() {
    let stub = Stub::start(|_, asked| {
        if asked.variable("iid").is_string() {
            jobs_page(asked, "2026-11-20T10:30:00Z")
        } else {
            projects(&[(7, list(&[pipeline(1, 0..100, Some("100"))], None), empty())])
        }
    })
    .await;
    let page = stub
        .client()
        .pipelines_page(
            PROJECT,
            PipelineList::Own,
            PipelineFilter::UpdatedAfter(stub::date()),
            None,
            Priority::Backfill,
        )
        .await
        .unwrap();
    assert_eq!(page.value.unwrap().pipelines[0].jobs.len(), 250);
    // The page, and two further pages of jobs.
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn pipeline_that_changes_under_us_is_read_from_the_start() {
    let stub = Stub::start(|number, asked| {
        if asked.variable("iid").is_string() {
            // It changes before its second page is read.
            jobs_page(asked, "2026-11-20T10:40:00Z")
        } else {
            assert_eq!(number, 0);
            projects(&[(
                7,
                list(&[pipeline(1, 9_000..9_100, Some("100"))], None),
                empty(),
            )])
        }
    })
    .await;
    let page = stub
        .client()
        .pipelines_page(
            PROJECT,
            PipelineList::Own,
            PipelineFilter::UpdatedAfter(stub::date()),
            None,
            Priority::Backfill,
        )
        .await
        .unwrap();
    let whole = &page.value.unwrap().pipelines[0];
    assert_eq!(
        whole.pipeline.updated_at.to_string(),
        "2026-11-20T10:40:00Z"
    );
    // The jobs of the outdated first page are not among them.
    assert_eq!(whole.jobs.len(), 250);
    assert!(whole.jobs.iter().all(|job| job.id.get() < 250));
}

#[tokio::test]
async fn page_grows_while_answers_are_quick_and_halves_when_one_times_out() {
    let stub = Stub::start(|_, asked| {
        let size = asked.variable("pipelines").as_i64().unwrap();
        if size > 50 {
            let body = json!({"errors": [{"message": "Request timed out. Please try a less complex query or a smaller set of records."}]});
            return answer(503, &[], &body);
        }
        projects(&[(7, list(&[pipeline(1, 0..1, None)], None), empty())])
    })
    .await;
    let client = stub.client();
    for _ in 0..4 {
        client
            .pipelines_page(
                PROJECT,
                PipelineList::Children,
                PipelineFilter::UpdatedAfter(stub::date()),
                Some("c"),
                Priority::Backfill,
            )
            .await
            .unwrap();
    }
    let sizes: Vec<i64> = stub
        .asked()
        .iter()
        .map(|asked| asked.variable("pipelines").as_i64().unwrap())
        .collect();
    assert_eq!(sizes, [20, 40, 80, 40, 40]);
    assert_eq!(stub.asked()[0].variable("source"), "parent_pipeline");
    assert_eq!(stub.asked()[0].variable("cursor"), "c");
}

#[tokio::test]
async fn poll_too_complex_is_asked_in_halves() {
    let stub = Stub::start(|_, asked| {
        if asked.variable("projects").as_u64().unwrap() > 30 {
            let message = "Query has complexity of 280, which exceeds max complexity of 250";
            return answer(200, &[], &json!({"errors": [{"message": message}]}));
        }
        let found = asked.variable("ids").as_array().unwrap().iter().map(|gid| {
            let id = gid.as_str().unwrap().rsplit('/').next().unwrap();
            (id.parse().unwrap(), empty(), empty())
        });
        projects(&found.collect::<Vec<_>>())
    })
    .await;
    let ids: Vec<ProjectId> = (1..=100).map(ProjectId).collect();
    let client = stub.client();
    let found = client
        .changed(&ids, stub::date(), Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(found.value.len(), 100);
    let before = stub.asked().len();
    client
        .changed(&ids, stub::date(), Priority::Fresh)
        .await
        .unwrap();
    // The size that worked is remembered.
    assert_eq!(stub.asked().len() - before, 4);
}

#[tokio::test]
async fn partial_data_is_an_error_and_tried_again() {
    let stub = Stub::start(|number, _| match number {
        0 => answer(
            200,
            &[],
            &json!({"data": {"projects": {"nodes": []}}, "errors": [{"message": "something broke", "path": ["projects"]}]}),
        ),
        _ => projects(&[(7, empty(), empty())]),
    })
    .await;
    let found = stub
        .client()
        .changed(&[PROJECT], stub::date(), Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(found.value.len(), 1);
}

#[tokio::test]
async fn refused_query_is_an_error_in_gitlabs_words() {
    let stub = Stub::start(|_, _| {
        answer(
            422,
            &[],
            &json!({"errors": [{"message": "Field 'x' doesn't exist on type 'Project'"}]}),
        )
    })
    .await;
    let error = stub
        .client()
        .changed(&[PROJECT], stub::date(), Priority::Fresh)
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::GraphQl { partial: false, .. }));
    assert!(error.to_string().contains("doesn't exist"), "{error}");
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn gone_project_is_none() {
    let stub = Stub::start(|_, _| projects(&[])).await;
    let page = stub
        .client()
        .pipelines_page(
            PROJECT,
            PipelineList::Own,
            PipelineFilter::UpdatedAfter(stub::date()),
            None,
            Priority::Backfill,
        )
        .await
        .unwrap();
    assert_eq!(page.value, None);
}

#[tokio::test]
async fn counts_are_read_per_list() {
    let stub = Stub::start(|_, _| {
        let nodes = json!([{"id": "gid://gitlab/Project/7", "pipelines": {"count": 12}, "children": {"count": 3}}]);
        answer(200, &[], &json!({"data": {"projects": {"nodes": nodes}}}))
    })
    .await;
    let found = stub
        .client()
        .counts(&[PROJECT], stub::date(), Priority::Backfill)
        .await
        .unwrap();
    assert_eq!((found.value[0].pipelines, found.value[0].children), (12, 3));
}

#[tokio::test]
async fn everything_a_job_can_say_reaches_the_model() {
    let stub = Stub::start(|_, _| {
        let mut whole = pipeline(1, 0..0, None);
        whole["refPath"] = "refs/merge-requests/5/head".into();
        whole["coverage"] = json!(81.5);
        whole["user"] = json!({"id": "gid://gitlab/User/3", "username": "ada", "name": "Ada"});
        whole["jobs"]["nodes"] = json!([
            {
                "id": "gid://gitlab/Ci::Bridge/5", "name": "child", "status": "FAILED", "stage": {"name": "deploy"},
                "tags": ["z", "a"], "createdAt": "2026-11-20T11:00:00.900+01:00", "duration": 3, "queuedDuration": 1.5,
                "allowFailure": true, "retried": true, "exitCode": 2, "failureMessage": null,
                "runner": {"id": "gid://gitlab/Ci::Runner/9"}, "downstreamPipeline": {"id": "gid://gitlab/Ci::Pipeline/77"},
            },
            {"id": "gid://gitlab/GenericCommitStatus/6", "status": "HIBERNATING", "createdAt": "2026-11-20T10:00:00Z", "allowFailure": false},
            {"id": null, "createdAt": "2026-11-20T10:00:00Z", "allowFailure": false},
            null,
        ]);
        projects(&[(7, list(&[whole], None), empty())])
    })
    .await;
    let found = stub
        .client()
        .changed(&[PROJECT], stub::date(), Priority::Fresh)
        .await
        .unwrap();
    let whole = &found.value[0].pipelines[0];
    assert_eq!(whole.pipeline.ref_kind.as_str(), "merge-request");
    assert_eq!(whole.pipeline.user.as_ref().unwrap().username, "ada");
    assert_eq!(whole.jobs.len(), 2);
    let bridge = whole.jobs.iter().find(|job| job.id.get() == 5).unwrap();
    assert_eq!(bridge.kind.as_str(), "bridge");
    assert_eq!(bridge.created_at.to_string(), "2026-11-20T10:00:00Z");
    assert_eq!(bridge.failure_reason.as_deref(), Some("script_failure"));
    assert_eq!(bridge.tags, ["a", "z"]);
    assert_eq!(
        (
            bridge.runner_id.unwrap().get(),
            bridge.downstream_pipeline_id.unwrap().get()
        ),
        (9, 77)
    );
    let external = whole.jobs.iter().find(|job| job.id.get() == 6).unwrap();
    assert_eq!(
        (external.kind.as_str(), external.status.as_str()),
        ("external", "hibernating")
    );
}

#[tokio::test]
async fn html_with_a_good_status_is_malformed() {
    let stub = Stub::start(|_, _| raw(200, &[], "<html>log in</html>")).await;
    let mut config = stub.config();
    config.retries = 0;
    let error = stub::client(config)
        .changed(&[PROJECT], stub::date(), Priority::Fresh)
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Malformed { .. }), "{error}");
}
