//! `labtower hooks` against a simulated GitLab, as a process.

use std::path::Path;

use labtower_sim::{Faults, Sim, SimConfig, Tier};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::process::{labtower_on, output, stderr, stdout};

/// A token that may write, other than the one that reads.
const WRITES: &str = "glpat-that-may-write";

/// The secret of the webhooks.
const SECRET: &str = "a-planted-secret-of-webhooks";

/// Where labtower would be reached.
const URL: &str = "https://labtower.example.com/webhooks/gitlab";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn report(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Words of what was found or done, with what it was found or done about.
    fn actions(&self) -> Vec<(String, String)> {
        let report = self.report();
        let hooks = report["hooks"].as_array().unwrap().iter();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        hooks
            .map(|hook| (word(&hook["action"]), word(&hook["owner"])))
            .collect()
    }
}

async fn simulated(config: SimConfig) -> Sim {
    let config = SimConfig {
        write_token: Some(WRITES.to_owned()),
        ..config
    };
    Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// Runs `labtower hooks` with a token for it.
async fn hooks_as(sim: &Sim, directory: &Path, token: Option<&str>, arguments: &[&str]) -> Ran {
    let mut command = labtower_on(sim, directory);
    command
        .args(["--log-format", "json", "hooks"])
        .args(arguments)
        .env("RUST_LOG", "trace")
        .env("LABTOWER__WEBHOOKS__TOKEN", SECRET);
    if let Some(token) = token {
        command.env("LABTOWER_HOOKS_TOKEN", token);
    }
    let output = output(command).await;
    let ran = Ran {
        code: output.status.code().unwrap(),
        out: stdout(&output),
        err: stderr(&output),
    };
    for secret in [SECRET, WRITES, sim.token()] {
        assert!(!ran.out.contains(secret), "{}", ran.out);
        assert!(!ran.err.contains(secret), "{}", ran.err);
    }
    ran
}

async fn hooks(sim: &Sim, directory: &Path, arguments: &[&str]) -> Ran {
    let arguments = [arguments, &["--url", URL, "--json"]].concat();
    hooks_as(sim, directory, Some(WRITES), &arguments).await
}

/// Asks the simulator as one who may write.
async fn ask(sim: &Sim, method: Method, path: &str, body: &Value) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/v4{path}", sim.url());
    let request = http.request(method, url).header("PRIVATE-TOKEN", WRITES);
    let answer = request.json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

async fn list(sim: &Sim, path: &str) -> Vec<Value> {
    let list = ask(sim, Method::GET, path, &json!({})).await;
    list.as_array().unwrap().clone()
}

fn words(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(action, owner)| ((*action).to_owned(), (*owner).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gets_one_hook_and_only_that_is_ever_touched() {
    let (sim, directory) = (
        simulated(App::small_world()).await,
        tempfile::tempdir().unwrap(),
    );
    let directory = directory.path();
    let before = list(&sim, "/groups/acme/hooks").await;
    let planned = hooks(&sim, directory, &["plan"]).await;
    assert_eq!(
        (planned.code, planned.actions()),
        (0, words(&[("create", "group")]))
    );
    assert_eq!(
        list(&sim, "/groups/acme/hooks").await,
        before,
        "a plan changes nothing"
    );
    let missing = hooks(&sim, directory, &["status"]).await;
    assert_eq!(
        (missing.code, missing.actions()),
        (3, words(&[("create", "group")]))
    );

    let installed = hooks(&sim, directory, &["install"]).await;
    assert_eq!(
        (installed.code, installed.actions()),
        (0, words(&[("create", "group")]))
    );
    let id = &installed.report()["hooks"][0]["hook_id"];
    let path = format!("/groups/acme/hooks/{id}");
    let made = ask(&sim, Method::GET, &path, &json!({})).await;
    for event in [
        "pipeline_events",
        "job_events",
        "push_events",
        "deployment_events",
        "releases_events",
    ] {
        assert_eq!(made[event], true, "{event}");
    }
    assert_eq!(
        (&made["url"], &made["token_present"]),
        (&json!(URL), &json!(true))
    );
    let again = hooks(&sim, directory, &["install"]).await;
    assert_eq!(
        (again.code, again.actions()),
        (0, words(&[("keep", "group")]))
    );
    let status = hooks(&sim, directory, &["status"]).await;
    assert_eq!(
        (status.code, status.actions()),
        (0, words(&[("keep", "group")]))
    );

    let other = json!({ "pipeline_events": false, "enable_ssl_verification": false, "push_events_branch_filter": "main" });
    ask(&sim, Method::PUT, &path, &other).await;
    let differs = hooks(&sim, directory, &["status"]).await;
    assert_eq!(
        (differs.code, differs.actions()),
        (3, words(&[("update", "group")]))
    );
    assert_eq!(
        differs.report()["hooks"][0]["differences"],
        json!([
            "+pipeline_events",
            "enable_ssl_verification on",
            "no push_events_branch_filter, which is `main`"
        ])
    );
    let updated = hooks(&sim, directory, &["install"]).await;
    assert_eq!(
        (updated.code, updated.actions()),
        (0, words(&[("update", "group")]))
    );
    assert_eq!(ask(&sim, Method::GET, &path, &json!({})).await, made);

    let without_jobs = hooks(&sim, directory, &["plan", "--no-jobs"]).await;
    assert_eq!(
        without_jobs.report()["hooks"][0]["differences"],
        json!(["-job_events"])
    );
    let removed = hooks(&sim, directory, &["remove"]).await;
    assert_eq!(
        (removed.code, removed.actions()),
        (0, words(&[("remove", "group")]))
    );
    assert_eq!(list(&sim, "/groups/acme/hooks").await, before);
    assert_eq!(hooks(&sim, directory, &["remove"]).await.actions(), []);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_licence_for_groups_each_project_gets_a_hook() {
    let world = SimConfig {
        tier: Tier::Free,
        archived_projects: 1,
        ..App::small_world()
    };
    let (sim, directory) = (simulated(world).await, tempfile::tempdir().unwrap());
    let installed = hooks(&sim, directory.path(), &["install"]).await;
    let expected = words(&[("create", "project"); 5]);
    assert_eq!((installed.code, installed.actions()), (0, expected));
    let removed = hooks(&sim, directory.path(), &["remove"]).await;
    assert_eq!(removed.actions(), words(&[("remove", "project"); 5]));
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_shared_with_the_group_gets_a_hook_beside_that_of_the_group() {
    let world = SimConfig {
        shared_projects: 1,
        ..App::small_world()
    };
    let (sim, directory) = (simulated(world).await, tempfile::tempdir().unwrap());
    let installed = hooks(&sim, directory.path(), &["install"]).await;
    let expected = words(&[("create", "group"), ("create", "project")]);
    assert_eq!((installed.code, installed.actions()), (0, expected));
    let path = installed.report()["hooks"][1]["path"].clone();
    assert!(path.as_str().unwrap().starts_with("partners/"), "{path}");
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_project_that_fails_stops_no_other() {
    let (sim, directory) = (
        simulated(App::small_world()).await,
        tempfile::tempdir().unwrap(),
    );
    let failing = sim.truth().projects[2].id;
    sim.set_faults(Faults {
        failing_project: Some(failing),
        ..Faults::default()
    });
    let installed = hooks(&sim, directory.path(), &["install", "--per-project"]).await;
    assert_eq!(installed.code, 3, "{}", installed.out);
    let report = installed.report();
    let all = report["hooks"].as_array().unwrap();
    let failed: Vec<&Value> = all.iter().filter(|hook| !hook["error"].is_null()).collect();
    assert_eq!((all.len(), failed.len()), (6, 1));
    assert!(
        failed[0]["error"].as_str().unwrap().contains("500"),
        "{}",
        failed[0]
    );
    let done = all.iter().filter(|hook| hook["done"] == true).count();
    assert_eq!(done, 5);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_says_why_and_what_helps() {
    let (sim, directory) = (
        simulated(App::small_world()).await,
        tempfile::tempdir().unwrap(),
    );
    let directory = directory.path();
    let install = ["install", "--url", URL];
    let refused = hooks_as(&sim, directory, Some(sim.token()), &install).await;
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("scope `api`"), "{}", refused.out);
    let unknown = hooks_as(&sim, directory, Some("glpat-of-nobody"), &install).await;
    assert_eq!(unknown.code, 4, "{}", unknown.err);
    let without = hooks_as(&sim, directory, None, &install).await;
    assert_eq!(without.code, 2);
    assert!(
        without.err.contains("no token that may write"),
        "{}",
        without.err
    );
    // Looking needs no other token than reading.
    let plan = hooks_as(&sim, directory, None, &["plan", "--url", URL]).await;
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(plan.out.contains("create   group acme"), "{}", plan.out);
    let nowhere = hooks_as(&sim, directory, Some(WRITES), &["install"]).await;
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("webhooks.url"), "{}", nowhere.err);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_gets_a_system_hook() {
    let (sim, directory) = (
        simulated(App::small_world()).await,
        tempfile::tempdir().unwrap(),
    );
    let token = directory.path().join("token");
    std::fs::write(&token, format!("{WRITES}\n")).unwrap();
    let arguments = [
        "install",
        "--system",
        "--url",
        "https://labtower.example.com",
        "--json",
        "--token-file",
        "token",
    ];
    let installed = hooks_as(&sim, directory.path(), None, &arguments).await;
    assert_eq!(
        (installed.code, installed.actions()),
        (0, words(&[("create", "instance")]))
    );
    let ours = |hook: &&Value| hook["url"] == URL;
    let made = list(&sim, "/hooks")
        .await
        .iter()
        .find(ours)
        .cloned()
        .unwrap();
    assert_eq!(
        (&made["push_events"], &made["merge_requests_events"]),
        (&json!(true), &json!(true))
    );
    sim.stop().await;
}
