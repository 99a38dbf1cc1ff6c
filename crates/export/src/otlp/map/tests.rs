//! Spans of hand-made pipelines.

use labtower_model::samples::at;
use labtower_model::{PipelineIid, ProjectId, RunnerId};

use super::super::proto::{AnyValue, KeyValue, Value};
use super::*;

fn pipeline() -> PipelineRow {
    PipelineRow {
        id: PipelineId(1001),
        iid: PipelineIid(42),
        project_id: ProjectId(7),
        project_name: "builder".to_owned(),
        project_full_path: "platform/builder".to_owned(),
        ref_name: Some("main".to_owned()),
        ref_kind: "branch".to_owned(),
        sha: Some("8f0c".to_owned()),
        name: None,
        source: Some("push".to_owned()),
        status: "success".to_owned(),
        user_name: Some("Ada L.".to_owned()),
        created_at: at(0),
        updated_at: at(160),
        started_at: Some(at(5)),
        finished_at: Some(at(159)),
        committed_at: None,
        duration: Some(154),
        queued_duration: Some(5.0),
        coverage: None,
        failure_reason: None,
        web_url: Some("https://g.example.com/platform/builder/-/pipelines/1001".to_owned()),
    }
}

fn job(id: i64) -> JobRow {
    JobRow {
        id: JobId(id),
        pipeline_id: PipelineId(1001),
        project_id: ProjectId(7),
        project_full_path: "platform/builder".to_owned(),
        kind: "build".to_owned(),
        name: "unit".to_owned(),
        stage: Some("test".to_owned()),
        status: "success".to_owned(),
        ref_name: Some("main".to_owned()),
        created_at: at(0),
        started_at: Some(at(10)),
        finished_at: Some(at(100)),
        duration: Some(90),
        queued_duration: Some(2.5),
        coverage: None,
        allow_failure: false,
        retried: false,
        failure_reason: None,
        exit_code: None,
        tags: vec!["docker".to_owned(), "linux".to_owned()],
        runner_id: Some(RunnerId(9)),
        downstream_pipeline_id: None,
        web_url: Some(format!(
            "https://g.example.com/platform/builder/-/jobs/{id}"
        )),
    }
}

fn unit(pipeline: PipelineRow, jobs: Vec<JobRow>) -> Unit {
    Unit {
        ended_at: pipeline.finished_at.unwrap_or(pipeline.updated_at),
        root: pipeline.id,
        pipeline,
        jobs,
        parent: None,
        apart: BTreeMap::new(),
    }
}

fn ids() -> Ids {
    Ids::new(&"https://g.example.com".parse().unwrap())
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let found: Vec<&KeyValue> = span
        .attributes
        .iter()
        .filter(|pair| pair.key == key)
        .collect();
    assert!(found.len() <= 1, "{key} twice");
    match found.first()?.value.as_ref() {
        Some(AnyValue {
            value: Some(Value::Text(text)),
        }) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}

fn seconds(span: &Span) -> (f64, f64) {
    let zero = nanoseconds(at(0)) as f64;
    let relative = |at: u64| (at as f64 - zero) / 1e9;
    (relative(span.start).round(), relative(span.end).round())
}

#[test]
fn a_pipeline_is_a_root_span_from_its_creation_to_its_end() {
    let spans = unit(pipeline(), vec![job(1)]).spans(&ids());
    assert_eq!(spans.len(), 4, "pipeline, its queue, job, its queue");
    let root = &spans[0];
    assert_eq!(
        (root.name.as_str(), seconds(root)),
        ("RUN platform/builder", (0.0, 159.0))
    );
    assert_eq!(root.kind, i32::from(Kind::Server));
    assert!(root.parent_span_id.is_empty() && root.status.is_none());
    for (key, value) in [
        ("cicd.pipeline.name", "platform/builder"),
        ("cicd.pipeline.run.id", "1001"),
        ("cicd.pipeline.result", "success"),
        ("vcs.ref.head.name", "main"),
        ("vcs.ref.head.revision", "8f0c"),
        ("vcs.ref.type", "branch"),
        ("gitlab.pipeline.source", "push"),
    ] {
        assert_eq!(text(root, key), Some(value), "{key}");
    }
    assert_eq!(text(root, "error.type"), None);
    assert_eq!(seconds(&spans[1]), (0.0, 5.0));
    assert_eq!(text(&spans[1], "cicd.pipeline.run.state"), Some("pending"));
}

#[test]
fn a_job_is_a_child_as_long_as_it_ran_and_its_wait_stands_before_it() {
    let spans = unit(pipeline(), vec![job(1)]).spans(&ids());
    let (root, job, queue) = (&spans[0], &spans[2], &spans[3]);
    assert_eq!((job.name.as_str(), seconds(job)), ("unit", (10.0, 100.0)));
    assert_eq!(
        (queue.name.as_str(), seconds(queue)),
        ("queue", (8.0, 10.0))
    );
    assert_eq!(job.start - queue.start, 2_500_000_000);
    for span in [job, queue] {
        assert_eq!(span.parent_span_id, root.span_id);
        assert_eq!(span.trace_id, root.trace_id);
        assert_eq!(text(span, "cicd.pipeline.task.name"), Some("unit"));
        assert_eq!(text(span, "cicd.pipeline.task.type"), Some("test"));
        assert_eq!(text(span, "cicd.worker.id"), Some("9"));
    }
    assert_eq!(text(job, "cicd.pipeline.task.run.result"), Some("success"));
    assert_eq!(text(queue, "cicd.pipeline.task.run.result"), None);
}

#[test]
fn a_failed_job_gives_its_reason_to_its_pipeline_unless_it_may_fail() {
    let failed = |id: i64, reason: &str| JobRow {
        status: "failed".to_owned(),
        failure_reason: Some(reason.to_owned()),
        ..job(id)
    };
    let allowed = JobRow {
        allow_failure: true,
        ..failed(1, "api_failure")
    };
    let retried = JobRow {
        retried: true,
        ..failed(2, "runner_system_failure")
    };
    let culprit = failed(3, "script_failure");
    let row = PipelineRow {
        status: "failed".to_owned(),
        ..pipeline()
    };
    let spans = unit(row, vec![allowed, retried, culprit]).spans(&ids());
    let root = &spans[0];
    assert_eq!(text(root, "error.type"), Some("script_failure"));
    assert_eq!(text(root, "cicd.pipeline.result"), Some("failure"));
    assert_eq!(root.status, Some(error_status("script_failure")));
    assert_eq!(spans[2].status, Some(error_status("api_failure")));
    assert_eq!(
        text(&spans[4], "cicd.pipeline.task.run.result"),
        Some("error")
    );
}

#[test]
fn a_job_that_never_ran_is_an_instant_and_one_that_runs_on_ends_with_the_pipeline() {
    let manual = JobRow {
        status: "manual".to_owned(),
        started_at: None,
        finished_at: None,
        queued_duration: None,
        ..job(1)
    };
    let canceled = JobRow {
        status: "canceled".to_owned(),
        finished_at: Some(at(50)),
        ..manual.clone()
    };
    let running = JobRow {
        status: "running".to_owned(),
        finished_at: None,
        queued_duration: None,
        ..job(3)
    };
    let times: Vec<_> = unit(pipeline(), vec![manual, canceled, running])
        .spans(&ids())
        .iter()
        .skip(2)
        .map(seconds)
        .collect();
    assert_eq!(times, [(0.0, 0.0), (50.0, 50.0), (10.0, 159.0)]);
}

#[test]
fn a_span_never_ends_before_it_starts() {
    let row = PipelineRow {
        finished_at: Some(at(-5)),
        ..pipeline()
    };
    let backwards = JobRow {
        finished_at: Some(at(1)),
        ..job(1)
    };
    for span in unit(row, vec![backwards]).spans(&ids()) {
        assert!(span.start <= span.end, "{}", span.name);
    }
}

#[test]
fn a_downstream_pipeline_is_a_child_of_its_bridge_or_linked_when_apart() {
    let bridge = JobRow {
        kind: "bridge".to_owned(),
        downstream_pipeline_id: Some(PipelineId(2002)),
        ..job(1)
    };
    let mut upper = unit(pipeline(), vec![bridge]);
    let lower = Unit {
        root: PipelineId(1001),
        parent: Some(JobId(1)),
        ..unit(
            PipelineRow {
                id: PipelineId(2002),
                ..pipeline()
            },
            Vec::new(),
        )
    };
    let (above, below) = (upper.spans(&ids()), lower.spans(&ids()));
    assert_eq!(below[0].parent_span_id, above[2].span_id);
    assert_eq!(below[0].trace_id, above[0].trace_id);
    assert!(above[2].links.is_empty());

    upper.apart.insert(JobId(1), PipelineId(2002));
    let alone = Unit {
        root: PipelineId(2002),
        parent: None,
        ..lower
    };
    let (above, below) = (upper.spans(&ids()), alone.spans(&ids()));
    assert_ne!(below[0].trace_id, above[0].trace_id);
    let link = &above[2].links[0];
    assert_eq!(
        (&link.trace_id, &link.span_id),
        (&below[0].trace_id, &below[0].span_id)
    );
}

#[test]
fn a_merge_request_is_a_change_and_no_person_is_named() {
    let row = PipelineRow {
        ref_name: Some("refs/merge-requests/12/head".to_owned()),
        ref_kind: "merge-request".to_owned(),
        ..pipeline()
    };
    let spans = unit(row, vec![job(1)]).spans(&ids());
    assert_eq!(text(&spans[0], "vcs.change.id"), Some("12"));
    assert_eq!(text(&spans[0], "vcs.ref.type"), None);
    assert!(!format!("{spans:?}").contains("Ada"));
}
