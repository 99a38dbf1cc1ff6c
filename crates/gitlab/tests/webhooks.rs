//! Every example of a webhook that GitLab's documentation and its clients have can be read.
//!
//! Needs the reference files (`LABTOWER_REFERENCE`, or `../shared` beside the repository); `CI_REQUIRE=1` makes their absence a failure.

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use labtower_gitlab::hooks::{Hook, What, parse};

fn examples() -> Option<PathBuf> {
    let root = std::env::var_os("LABTOWER_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = root.join("gitlab/webhooks");
    let found = folder.is_dir();
    assert!(
        found || std::env::var_os("CI_REQUIRE").is_none(),
        "{} is missing",
        folder.display()
    );
    found.then_some(folder)
}

/// What an example is read as.
fn word(hook: &Hook) -> &'static str {
    match hook {
        Hook::Pipeline(_) => "pipeline",
        Hook::Job(_) => "job",
        Hook::Changed(changed) => match changed.what {
            What::Commits => "commits",
            What::MergeRequests => "merge requests",
            What::Deployments => "deployments",
            What::Issues => "issues",
            What::Releases => "releases",
            What::Project => "project",
        },
        Hook::Other => "other",
    }
}

#[test]
fn examples_are_read_as_what_they_are() {
    let Some(folder) = examples() else {
        eprintln!("skipped: there are no reference files");
        return;
    };
    let mut read = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let body = std::fs::read(&path).unwrap();
        if name == "webhooks__group_merge_request" {
            // The one example that says no id of its project.
            let error = parse(&body).unwrap_err().to_string();
            assert!(error.contains("`project.id`"), "{error}");
            continue;
        }
        let event = parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match name.rsplit_once("__").unwrap().1 {
            "pipeline" => "pipeline",
            "job" | "build" => "job",
            "push" | "tag_push" | "repository_update" => "commits",
            "merge_request" | "service_merge_request" | "note_merge_request" => "merge requests",
            "deployment" => "deployments",
            "issue" | "note_issue" => "issues",
            "release" => "releases",
            "project_create" | "project_destroy" | "project_rename" | "project_transfer"
            | "project_update" => "project",
            _ => "other",
        };
        assert_eq!(word(&event.hook), expected, "{name}");
        read += 1;
    }
    assert!(read >= 45, "only {read} examples in {}", folder.display());
}

#[test]
fn the_documented_pipeline_is_read_with_its_jobs() {
    let Some(folder) = examples() else {
        eprintln!("skipped: there are no reference files");
        return;
    };
    let body = std::fs::read(folder.join("docs_v18__pipeline.json")).unwrap();
    let event = parse(&body).unwrap();
    let Hook::Pipeline(hook) = event.hook else {
        panic!("{:?}", event.hook)
    };
    let whole = hook.onto(None).unwrap();
    assert_eq!(whole.pipeline.id.get(), 31);
    assert_eq!(whole.pipeline.duration, Some(63));
    assert_eq!(whole.pipeline.status.as_str(), "success");
    assert_eq!(
        whole.pipeline.created_at.to_string(),
        "2016-08-12T15:23:28Z"
    );
    assert_eq!(whole.jobs.len(), 5);
    let project = event.project.unwrap();
    assert_eq!(whole.pipeline.project_id, project.id);
    assert!(project.path_with_namespace.contains('/'));
}
