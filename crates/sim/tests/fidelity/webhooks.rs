//! Hooks and the bodies of webhooks, against what is known of GitLab's.
//!
//! The examples lie outside the repository: some are as GitLab's pages show them, some as another client has recorded
//! them, and none is complete. So nothing may be sent that no example has, and what the newest ones have must be sent.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use labtower_sim::{SimClock, SimConfig, Tier};
use serde_json::{Value, json};

use crate::reader::Reader;
use crate::receiver::{Receiver, told};

/// What GitLab's code sends (`lib/gitlab/data_builder`) and no example has.
const BEYOND: &[&str] = &[
    "pipeline object_attributes.protected_ref",
    "push ref_protected",
    "tag_push ref_protected",
    "tag_push user_email",
    "merge_request object_attributes.draft",
    "note merge_request.draft",
];

/// Objects that one function of GitLab's makes wherever they are: what one example of them has, all may have.
const ALIKE: &[&[&str]] = &[
    &["project", "source", "target"],
    &["user", "assignee", "assignees", "reviewers"],
];

/// Examples of each kind of body; those before the bar must be sent whole.
const EXAMPLES: &[(&str, &[&str], &[&str])] = &[
    ("pipeline", &["docs_v18__pipeline"], &["webhooks__pipeline"]),
    (
        "build",
        &["docs_v18__job"],
        &["webhooks__build", "webhooks__job"],
    ),
    (
        "deployment",
        &["docs_v18__deployment"],
        &["webhooks__deployment"],
    ),
    ("push", &[], &["webhooks__push", "systemhooks__push"]),
    (
        "tag_push",
        &[],
        &["webhooks__tag_push", "systemhooks__tag_push"],
    ),
    (
        "repository_update",
        &["systemhooks__repository_update"],
        &[],
    ),
    (
        "merge_request",
        &[],
        &[
            "webhooks__merge_request",
            "webhooks__group_merge_request",
            "systemhooks__merge_request",
        ],
    ),
    ("issue", &[], &["webhooks__issue"]),
    (
        "note",
        &[],
        &[
            "webhooks__note_merge_request",
            "webhooks__note_issue",
            "webhooks__merge_request",
            "webhooks__issue",
        ],
    ),
    ("release", &["webhooks__release"], &[]),
];

/// Paths of all fields, of lists those of any element; empty lists and null tell of none.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
                found.insert(path.clone());
                fields(value, &path, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, path, found)),
        _ => {}
    }
}

/// Fields of all examples with these names; none if they are not there.
fn examples(names: &[&str]) -> Option<BTreeSet<String>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("LABTOWER_REFERENCE").map_or(beside, PathBuf::from);
    let mut found = BTreeSet::new();
    for name in names {
        let path = root.join(format!("gitlab/webhooks/{name}.json"));
        let text = std::fs::read_to_string(path).ok()?;
        let value: Value = serde_json::from_str(&text).expect("an example is JSON");
        fields(&value, "", &mut found);
        // Comments show merge requests and issues as those show themselves.
        for about in ["merge_request", "issue"] {
            if name.ends_with(about) {
                fields(&value["object_attributes"], about, &mut found);
            }
        }
    }
    Some(found)
}

/// The same field of the first of those objects that are alike.
fn alike(field: &str) -> Option<String> {
    let (object, name) = field.rsplit_once('.')?;
    let object = object.rsplit('.').next()?;
    let same = ALIKE.iter().find(|names| names.contains(&object))?;
    Some(format!("{}.{name}", same[0]))
}

/// Everything that hooks of all kinds are told of in three days, by kind.
async fn sent() -> BTreeMap<String, BTreeSet<String>> {
    let start = "2026-02-02T06:00:00Z".parse().expect("a time");
    let reader = Reader::start(SimConfig {
        projects: 24,
        days: 5,
        writable: true,
        tier: Tier::Ultimate,
        clock: SimClock::Manual { start },
        ..SimConfig::default()
    })
    .await;
    let receiver = Receiver::start().await;
    for path in ["/groups/acme/hooks", "/hooks"] {
        let hook = json!({
            "url": receiver.url, "push_events": true, "tag_push_events": true, "merge_requests_events": true,
            "issues_events": true, "note_events": true, "pipeline_events": true, "job_events": true,
            "deployment_events": true, "releases_events": true, "repository_update_events": true,
        });
        assert_eq!(reader.post(path, &hook).await.status, 201);
    }
    for _ in 0..3 {
        reader.sim.advance(Duration::from_secs(24 * 3_600));
        told(&reader.sim).await;
    }
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for webhook in receiver.received() {
        let kind = &webhook.body["object_kind"];
        let kind = kind.as_str().or(webhook.body["event_name"].as_str());
        // Work items are told of as issues are.
        let kind = kind.expect("a kind").replace("work_item", "issue");
        fields(&webhook.body, "", sent.entry(kind).or_default());
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_have_the_fields_of_gitlabs() {
    if examples(&["docs_v18__pipeline"]).is_none() {
        let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "the examples of webhooks are required: set LABTOWER_REFERENCE"
        );
        eprintln!("skipped: GitLab's examples of webhooks are not beside the repository");
        return;
    }
    let everywhere: BTreeSet<String> = EXAMPLES
        .iter()
        .flat_map(|(_, whole, others)| [whole, others])
        .filter_map(|names| examples(names))
        .flatten()
        .filter_map(|field| alike(&field))
        .collect();
    let sent = sent().await;
    let mut problems = Vec::new();
    for (kind, whole, others) in EXAMPLES {
        let Some(ours) = sent.get(*kind) else {
            problems.push(format!("no {kind} was sent"));
            continue;
        };
        let required = examples(whole).expect("the examples are there");
        let mut known = examples(others).expect("the examples are there");
        known.extend(required.iter().cloned());
        let beyond = |field: &&String| {
            !BEYOND.contains(&format!("{kind} {field}").as_str())
                && alike(field).is_none_or(|field| !everywhere.contains(&field))
        };
        let invented = ours.difference(&known).filter(beyond);
        problems.extend(invented.map(|field| format!("{kind} {field} is in no example")));
        // Nobody sets variables or links files to releases here.
        let missing = required
            .difference(ours)
            .filter(|field| !field.contains("variables.") && !field.contains("assets.links."));
        problems.extend(missing.map(|field| format!("{kind} {field} is never sent")));
    }
    let kinds: BTreeSet<&str> = EXAMPLES.iter().map(|(kind, ..)| *kind).collect();
    let unknown = sent.keys().filter(|kind| !kinds.contains(kind.as_str()));
    problems.extend(unknown.map(|kind| format!("{kind} is compared with nothing")));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// GitLab's page on group webhooks: as those of projects, with four fields of their own.
#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_groups_have_what_those_of_projects_have_and_more() {
    let reader = Reader::start(SimConfig {
        writable: true,
        ..SimConfig::default()
    })
    .await;
    let hook = json!({ "url": "https://a.example" });
    let group = reader.post("/groups/acme/hooks", &hook).await.json();
    let project = reader.sim.truth().projects[0].id;
    let project = reader
        .post(&format!("/projects/{project}/hooks"), &hook)
        .await
        .json();
    let keys = |value: &Value| {
        let mut keys = BTreeSet::new();
        fields(value, "", &mut keys);
        keys
    };
    let (group, project) = (keys(&group), keys(&project));
    let more: Vec<&String> = group.difference(&project).collect();
    assert_eq!(
        more,
        [
            "group_id",
            "member_events",
            "project_events",
            "subgroup_events"
        ]
    );
    let less: Vec<&String> = project.difference(&group).collect();
    assert_eq!(less, ["project_id"]);
}
