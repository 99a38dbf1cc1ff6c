//! Schemathesis, made for other people's APIs, reads our description and sends what it allows and what it forbids.
//!
//! Its seed and its number of cases are fixed. It finds answers of 5xx, answers that are not as described, requests
//! that are refused although the description allows them, and the reverse.

#![expect(clippy::print_stderr, reason = "a test that counts says how many")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use labtower_serve::WebhookOptions;
use labtower_sim::SimConfig;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::app::App;

/// Cases for each operation and phase at most.
const CASES: &str = "12";

/// Longest time of a run; one takes a third of it.
const LONGEST: Duration = Duration::from_secs(180);

/// The program that `.ci/python.sh` installed.
fn program() -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    target.join("python/bin/schemathesis")
}

/// Runs it against a service, and gives the number of cases. `known` is what it cannot guess, in its own words.
async fn run(app: &App, known: &str, more: &[&str]) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("schemathesis.toml"), known).unwrap();
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut command = Command::new(program());
    command
        .current_dir(directory.path())
        .arg("run")
        .arg(description)
        .args(["--url", &app.service.url()])
        .args(["--seed", "1", "--max-examples", CASES])
        .args(["--request-timeout", "20", "--continue-on-failure"])
        // It has no end; `live` is tested where it is ended.
        .args(["--exclude-path", "/live"])
        .args(more)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(LONGEST, command.output()).await;
    let output = output.expect("it ends in time").expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let counts = said
        .lines()
        .find_map(|line| line.trim().split_once(" generated, "));
    let (made, rest) = counts.unwrap_or_else(|| panic!("no number of cases:\n{said}"));
    assert_eq!(rest, format!("{made} passed"), "{said}");
    made.replace(',', "").parse().unwrap()
}

/// Everything is checked.
const CHECKS: &str = "[checks]\nenabled = true\n";

/// Ids and paths of things there are, for the operations that are about one of them.
async fn known(app: &App) -> String {
    let jobs = app.json("/api/jobs?status=failed&limit=1").await;
    let group = app.json("/groups?format=json").await["groups"][0]["id"].clone();
    let (job, project, name) = (
        &jobs[0]["id"],
        &jobs[0]["project_full_path"],
        &jobs[0]["name"],
    );
    // What it means to be wrong is made right by these values, so it is no finding that it is accepted.
    let parameters = |path: &str, values: String| {
        format!(
            "[[operations]]\ninclude-path = \"{path}\"\nparameters = {{ {values} }}\n\
             checks.negative_data_rejection.enabled = false\n"
        )
    };
    // What a form needs depends on the action, which the description of one form cannot say: it may be 400.
    [
        CHECKS.to_owned(),
        parameters("/failures/job/{id}", format!("id = {job}")),
        parameters("/g/{id}", format!("id = {group}")),
        parameters("/p/{project}", format!("project = {project}")),
        parameters(
            "/p/{project}/-/jobs/{name}",
            format!("project = {project}, name = {name}"),
        ),
        "[[operations]]\ninclude-path = \"/actions/{action}\"\n\
         checks.positive_data_acceptance.enabled = false\n"
            .to_owned(),
    ]
    .concat()
}

fn is_installed() -> bool {
    let installed = program().exists();
    let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
    assert!(
        installed || !required,
        "schemathesis is required but not installed: run .ci/python.sh"
    );
    if !installed {
        eprintln!("skipped: schemathesis is not installed (.ci/python.sh installs it)");
    }
    installed
}

async fn app() -> App {
    let world = SimConfig {
        writable: true,
        ..App::small_world()
    };
    let app = App::start_with(world, |options| {
        options.issue_client = Some(options.client.clone());
        options.auth.token = Some("token of programs".into());
        options.webhooks = WebhookOptions {
            token: Some("token of webhooks".into()),
            signing_token: None,
        };
    })
    .await;
    app.ready().await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_keeps_its_own_description() {
    if !is_installed() {
        return;
    }
    let app = app().await;
    let reading = run(&app, CHECKS, &[]).await;
    let token = ["-H", "Authorization: Bearer token of programs"];
    let webhook = ["-H", "X-Gitlab-Token: token of webhooks"];
    let about_one = [
        "--include-path-regex",
        "^/(actions|webhooks|p|g|failures/job)/",
    ];
    let writing = run(
        &app,
        &known(&app).await,
        &[token, webhook, about_one].concat(),
    )
    .await;
    eprintln!("schemathesis: {reading} cases without a name, {writing} with one, 0 failures");
    assert!(reading + writing >= 1000);
    // What was sent was no reason to stop.
    let sync: Value = app.json("/api/sync").await;
    assert_eq!(sync["problems"].as_array().map(Vec::len), Some(0));
    app.stop().await;
}
