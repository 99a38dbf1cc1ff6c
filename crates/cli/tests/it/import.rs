//! `labtower config import`: a file of gitlab-ci-pipelines-exporter becomes one of ours that can be used.

use labtower_cli::config::{Loaded, Source, load};
use labtower_cli::import::{About, import};

use crate::process::{labtower, output, stderr, stdout};

/// A file with something of everything, and a secret wherever one can be.
const FILE: &str = r#"
log: {level: debug, format: json}
opentelemetry: {grpc_endpoint: "otel:4317"}
server:
  listen_address: "127.0.0.1:9100"
  enable_pprof: false
  webhook: {enabled: true, secret_token: hush-webhook}
redis: {url: "redis://:hush-redis@redis:6379"}
gitlab:
  url: https://gitlab.example.com
  token: hush-token
  enable_tls_verify: false
  maximum_requests_per_second: 2
pull:
  projects_from_wildcards: {on_init: true, interval_seconds: 1800}
  metrics: {on_init: true, scheduled: true, interval_seconds: 15}
garbage_collect:
  projects: {on_init: false, scheduled: true, interval_seconds: 14400}
project_defaults: &defaults
  output_sparse_status_metrics: false
  pull:
    environments: {enabled: true, regexp: "^prod", exclude_stopped: true}
    refs:
      branches: {regexp: "^main$", max_age_seconds: 864000}
      tags: {enabled: false}
      merge_requests: {enabled: true}
    pipeline:
      jobs: {enabled: true}
      variables: {enabled: true}
      test_reports: {enabled: false}
projects:
  - name: a/b
    pull: {refs: {branches: {regexp: "^develop$"}}}
  - <<: *defaults
    name: c/d
wildcards:
  - owner: {name: platform, kind: group, include_subgroups: true}
  - owner: {name: web, kind: group}
    search: shop
  - owner: {name: someone, kind: user}
"#;

/// What labtower makes of a translated file.
fn used(text: &str) -> Loaded {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, import(text).unwrap().toml("old.yml")).unwrap();
    load(&Source {
        file: Some(file),
        environment: vec![("GITLAB_TOKEN".to_owned(), "glpat-x".to_owned())],
    })
}

#[test]
fn import_makes_a_file_that_can_be_used() {
    let loaded = used(FILE);
    assert!(loaded.is_usable(), "{:?}", loaded.problems);
    let warned: Vec<&str> = loaded
        .problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(warned, ["gitlab.skip_invalid_certs"]);
    let config = &loaded.config;
    assert_eq!(config.server.host, "127.0.0.1");
    assert_eq!(config.server.port, 9100);
    assert_eq!(
        config.gitlab.url.as_ref().unwrap().as_str(),
        "https://gitlab.example.com/"
    );
    assert!(config.gitlab.skip_invalid_certs);
    assert_eq!(config.gitlab.requests_per_second, Some(2.0));
    assert_eq!(config.gitlab.monitor_groups, ["platform", "web"]);
    assert_eq!(config.gitlab.projects, ["a/b", "c/d"]);
    assert!(config.gitlab.recursive);
    let patterns = |list: &[labtower_cli::config::ProjectPattern]| -> Vec<String> {
        list.iter().map(|pattern| pattern.0.clone()).collect()
    };
    assert_eq!(
        patterns(&config.gitlab.include),
        ["a/b", "c/d", "platform/**", "web/**/*shop*"]
    );
    assert_eq!(patterns(&config.gitlab.exclude), ["web/*/**"]);
    assert_eq!(config.poller.interval_seconds.as_secs(), 15);
    assert_eq!(config.poller.discovery_interval_seconds.as_secs(), 1800);
    let metrics = &config.metrics;
    assert!(
        metrics.environments && metrics.jobs && !metrics.test_reports && !metrics.sparse_status
    );
    assert_eq!(metrics.branches.as_str(), "(?:^main$)|(?:^develop$)");
    assert_eq!(metrics.tags.as_str(), "^$");
    assert_eq!(metrics.merge_request_refs.as_str(), ".*");
    assert_eq!(metrics.ref_max_age_days, 10);
}

#[test]
fn import_of_the_shortest_file_keeps_the_port_and_the_address() {
    let loaded = used("gitlab: {token: x}\nprojects: [{name: a/b}]\n");
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    assert_eq!(loaded.config.server.port, 8080);
    assert_eq!(
        loaded.config.gitlab.url.unwrap().as_str(),
        "https://gitlab.com/"
    );
}

#[test]
fn import_makes_no_line_that_cannot_be_read_of_odd_characters() {
    let text = "gitlab: {token: x}\nprojects: [{name: a/b}]\n\"odd\\u0007 key\": \"odd\\u0001\"\n";
    let imported = import(text).unwrap();
    let written = imported.toml("config.yml");
    assert!(written.contains("odd\\u{7} key"), "{written}");
    assert!(used(text).problems.is_empty());
}

#[test]
fn import_tells_what_it_cannot_do_and_repeats_no_secret() {
    let imported = import(FILE).unwrap();
    let lost: Vec<&str> = imported
        .notes
        .iter()
        .filter(|note| note.about == About::NotSupported)
        .map(|note| note.key.as_str())
        .collect();
    assert_eq!(
        lost,
        [
            "opentelemetry.grpc_endpoint",
            "project_defaults.pull.environments.regexp",
            "projects[].pull.environments.regexp",
            "project_defaults.pull.pipeline.variables.enabled",
            "projects[].pull.pipeline.variables.enabled",
            "wildcards[].owner.kind",
        ]
    );
    let told = imported.toml("old.yml") + &imported.report("old.yml").join("\n");
    assert!(!told.contains("hush"), "{told}");
}

#[test]
fn import_reads_a_group_with_its_subgroups_when_something_of_them_is_named() {
    let text = "wildcards:\n  - owner: {name: web}\n  - owner: {name: platform, include_subgroups: true}\nprojects: [{name: web/shop/api}]\n";
    let loaded = used(text);
    assert!(loaded.config.gitlab.exclude.is_empty());
    let differs = |note: &&labtower_cli::import::Note| note.about == About::Differs;
    assert_eq!(
        import(text).unwrap().notes.iter().filter(differs).count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn import_prints_the_new_file_and_writes_over_none() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("old.yml"), FILE).unwrap();
    std::fs::write(at("there.toml"), "precious").unwrap();
    std::fs::write(at("broken.yml"), "a:\n  - b\n c: [\n").unwrap();

    let mut command = labtower(directory.path());
    command.args(["config", "import", "old.yml"]);
    let done = output(command).await;
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(stdout(&done), import(FILE).unwrap().toml("old.yml"));
    assert!(stderr(&done).contains("old.yml:3: opentelemetry.grpc_endpoint: not supported"));

    let mut command = labtower(directory.path());
    command.args(["config", "import", "old.yml", "--output", "there.toml"]);
    let refused = output(command).await;
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert_eq!(
        std::fs::read_to_string(at("there.toml")).unwrap(),
        "precious"
    );

    let mut command = labtower(directory.path());
    command.args(["config", "import", "broken.yml"]);
    let refused = output(command).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("broken.yml:"),
        "{}",
        stderr(&refused)
    );
}
