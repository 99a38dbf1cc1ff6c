//! The configuration: what is read, what wins, what is reported.

use std::path::Path;

use labtower_cli::config::{Config, Loaded, Origin, Problem, Severity, Source, example, load};

use crate::process::{labtower, output, stderr, stdout};

/// What a gitlab-ci-exporter has: its three sections and twelve keys.
const SEED: &str = r#"
[server]
host = "0.0.0.0"
port = 3000

[gitlab]
url = "https://gitlab.example.com"
token = "glpat-hush"
monitor_groups = ["platform", "web"]
branch_filter_regex = ".*"
timeout_seconds = 30
skip_invalid_certs = false

[poller]
interval_seconds = 30
backfill_days = 30
capacity = 10000
ttl_seconds = 600
"#;

fn read(text: &str, environment: &[(&str, &str)]) -> Loaded {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    load(&Source {
        file: Some(file),
        environment: pairs(environment),
    })
}

fn pairs(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    environment.iter().map(own).collect()
}

fn line(problem: &Problem) -> Option<usize> {
    match &problem.origin {
        Origin::File { line, .. } => *line,
        _ => None,
    }
}

fn find<'a>(loaded: &'a Loaded, key: &str) -> &'a Problem {
    let mut found = loaded.problems.iter().filter(|problem| problem.key == key);
    let first = found.next();
    assert!(found.next().is_none(), "{key} twice: {:?}", loaded.problems);
    first.unwrap_or_else(|| panic!("nothing about {key}: {:?}", loaded.problems))
}

#[test]
fn a_file_of_gitlab_ci_exporter_works_and_states_the_defaults() {
    let loaded = read(SEED, &[]);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let written = &loaded.config;
    assert_eq!(written.gitlab.monitor_groups, ["platform", "web"]);
    let default = Config::default();
    assert_eq!(written.server.host, default.server.host);
    assert_eq!(written.server.port, default.server.port);
    assert_eq!(
        written.gitlab.timeout_seconds,
        default.gitlab.timeout_seconds
    );
    assert!(written.gitlab.branch_filter().is_none());
    assert_eq!(
        written.poller.interval_seconds,
        default.poller.interval_seconds
    );
    assert_eq!(written.poller.backfill_days, default.poller.backfill_days);
    assert_eq!(written.poller.capacity, default.poller.capacity);
    assert_eq!(written.poller.ttl_seconds, default.poller.ttl_seconds);
}

#[test]
fn every_problem_is_reported_at_once_with_its_line() {
    let loaded = read(
        r#"[server]
port = 70000
[gitlab]
url = "ftp://gitlab.example.com"
token = 7
branch_filter_regex = "("
[poller]
interval_seconds = 0
backfill_days = "thirty"
"#,
        &[("LABTOWER__GITLAB__CONCURRENCY", "0")],
    );
    assert!(!loaded.is_usable());
    assert_eq!(line(find(&loaded, "server.port")), Some(2));
    assert_eq!(line(find(&loaded, "gitlab.url")), Some(4));
    assert_eq!(line(find(&loaded, "gitlab.token")), Some(5));
    assert_eq!(line(find(&loaded, "gitlab.branch_filter_regex")), Some(6));
    assert_eq!(line(find(&loaded, "poller.interval_seconds")), Some(8));
    assert_eq!(line(find(&loaded, "poller.backfill_days")), Some(9));
    assert!(find(&loaded, "gitlab.monitor_groups").hint.is_some());
    let concurrency = find(&loaded, "gitlab.concurrency");
    let variable = Origin::Variable("LABTOWER__GITLAB__CONCURRENCY".to_owned());
    assert_eq!(concurrency.origin, variable);
}

#[test]
fn text_that_is_not_toml_is_a_problem_that_does_not_quote_the_line() {
    let loaded = read("[gitlab]\ntoken = \"glpat-hush\n", &[]);
    let problem = &loaded.problems[0];
    assert_eq!(problem.severity, Severity::Error);
    assert!(problem.message.contains("not TOML"), "{problem}");
    assert!(!format!("{:?}", loaded.problems).contains("hush"));
}

#[test]
fn unknown_keys_are_warned_of_with_the_nearest_known_one() {
    let text = SEED.replace("monitor_groups", "monitor_group") + "url = \"x\"\n[grafana]\na = 1\n";
    let loaded = read(&text, &[("LABTOWER__POLLER__INTERVAL_SECS", "3")]);
    let hint = |key: &str| {
        let problem = find(&loaded, key);
        assert_eq!(problem.severity, Severity::Warning);
        problem.hint.clone().unwrap_or_default()
    };
    assert_eq!(
        hint("gitlab.monitor_group"),
        "did you mean `gitlab.monitor_groups`?"
    );
    assert_eq!(hint("poller.url"), "`url` belongs in [gitlab]");
    assert_eq!(
        hint("poller.interval_secs"),
        "did you mean `poller.interval_seconds`?"
    );
    assert_eq!(hint("grafana"), "");
}

#[test]
fn the_environment_wins_and_the_long_name_over_the_short() {
    let environment = [
        ("GITLAB_TOKEN", "short"),
        ("LABTOWER__GITLAB__TOKEN", "long"),
        ("GITLAB_URL", "http://other.example.com/gitlab"),
        ("LABTOWER__GITLAB__MONITOR_GROUPS", " a , b/c,"),
        ("LABTOWER__POLLER__INTERVAL_SECONDS", "0.5"),
        ("LABTOWER__SERVER__PORT", ""),
    ];
    let loaded = read(SEED, &environment);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let gitlab = &loaded.config.gitlab;
    let token = secrecy::ExposeSecret::expose_secret(&gitlab.token).to_owned();
    assert_eq!(token, "long");
    assert_eq!(gitlab.url.as_ref().unwrap().path(), "/gitlab");
    assert_eq!(gitlab.monitor_groups, ["a", "b/c"]);
    assert_eq!(loaded.config.poller.interval_seconds.as_millis(), 500);
    assert_eq!(loaded.config.server.port, 3000);
    let variable = Origin::Variable("GITLAB_URL".to_owned());
    assert_eq!(loaded.origin("gitlab.url"), variable);
}

#[test]
fn the_environment_is_enough_without_a_file() {
    let environment = pairs(&[
        ("GITLAB_URL", "https://gitlab.example.com"),
        ("GITLAB_TOKEN", "glpat-x"),
        ("LABTOWER__GITLAB__PROJECTS", "a/b"),
    ]);
    let loaded = load(&Source {
        file: None,
        environment,
    });
    assert!(loaded.is_usable(), "{:?}", loaded.problems);
    assert_eq!(loaded.file, None);
}

#[test]
fn the_token_file_is_read_and_a_token_of_the_environment_is_stronger() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "  glpat-filed\n").unwrap();
    let text = SEED.replace(
        "token = \"glpat-hush\"",
        &format!("token_file = \"{}\"", file.display()),
    );
    let secret = |loaded: &Loaded| {
        let secret = loaded.config.gitlab.secret().unwrap();
        secrecy::ExposeSecret::expose_secret(&secret).to_owned()
    };
    assert_eq!(secret(&read(&text, &[])), "glpat-filed");
    assert_eq!(secret(&read(&text, &[("GITLAB_TOKEN", "x")])), "x");

    let missing = text.replace("/token", "/nowhere");
    assert!(
        !find(&read(&missing, &[]), "gitlab.token_file")
            .message
            .is_empty()
    );
}

#[test]
fn the_token_for_issues_may_be_absent_written_or_of_a_file() {
    let secret = |loaded: &Loaded| {
        let secret = loaded.config.gitlab.write_secret().unwrap();
        secret.map(|secret| secrecy::ExposeSecret::expose_secret(&secret).to_owned())
    };
    assert_eq!(secret(&read(SEED, &[])), None);
    let name = "LABTOWER__GITLAB__WRITE_TOKEN";
    let loaded = read(SEED, &[(name, "glpat-write")]);
    assert_eq!(secret(&loaded).unwrap(), "glpat-write");
    assert!(!format!("{:?}", loaded.config).contains("glpat-write"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("write_token");
    let path = file.display().to_string();
    let variables = [("LABTOWER__GITLAB__WRITE_TOKEN_FILE", path.as_str())];
    let missing = read(SEED, &variables);
    assert!(!missing.is_usable());
    assert!(
        find(&missing, "gitlab.write_token_file")
            .message
            .contains(&path)
    );
    std::fs::write(&file, "glpat-filed\n").unwrap();
    assert_eq!(secret(&read(SEED, &variables)).unwrap(), "glpat-filed");
}

#[test]
fn the_example_holds_every_key_and_needs_only_a_token() {
    let text = example();
    for key in Config::default().keys() {
        assert!(
            text.contains(&format!("\n{} = ", key.name))
                || text.contains(&format!("\n#{} = ", key.name)),
            "{} is missing",
            key.path()
        );
    }
    let loaded = read(&text, &[("GITLAB_TOKEN", "x")]);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    // What is commented out must be readable too; only the files it names are not there.
    let everything: String = text
        .lines()
        .map(|line| {
            let setting = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
            setting.unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    let loaded = read(&everything, &[]);
    let errors: Vec<_> = loaded
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(
        errors,
        [
            "server.tls_cert_file",
            "server.tls_key_file",
            "server.auth.token_file",
            "server.auth.users",
            "gitlab.token_file",
            "gitlab.write_token_file",
            "gitlab.ca_file",
            "webhooks.token_file",
            "webhooks.signing_token_file",
            "failures.rules",
            "export.feed.to_file"
        ]
    );
}

#[test]
fn a_token_is_never_in_debug_output() {
    let loaded = read(SEED, &[]);
    assert!(!format!("{loaded:?}").contains("hush"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_write_check_and_show_it() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &'static [&'static str]| {
        let mut command = labtower(directory.path());
        command.args(arguments);
        output(command)
    };
    let nothing = run(&["config", "check"]).await;
    assert_eq!(nothing.status.code(), Some(2));
    for key in ["gitlab.url", "gitlab.token", "gitlab.monitor_groups"] {
        assert!(stderr(&nothing).contains(key), "{}", stderr(&nothing));
    }

    assert_eq!(run(&["config", "init"]).await.status.code(), Some(0));
    let written = std::fs::read_to_string(directory.path().join("config.toml")).unwrap();
    assert_eq!(written, example());
    assert_eq!(run(&["config", "init"]).await.status.code(), Some(1));
    assert_eq!(
        run(&["config", "init", "--force"]).await.status.code(),
        Some(0)
    );

    std::fs::write(directory.path().join("config.toml"), SEED).unwrap();
    let checked = run(&["config", "check"]).await;
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    let shown = run(&["config", "show"]).await;
    assert_eq!(shown.status.code(), Some(0));
    let text = stdout(&shown);
    assert!(
        text.contains("token = \"********\"  # config.toml:8"),
        "{text}"
    );
    assert!(text.contains("overlap_seconds = 60  # default"), "{text}");
    assert!(!text.contains("hush"), "{text}");

    let absent = run(&["--config", "/nowhere.toml", "config", "check"]).await;
    assert_eq!(absent.status.code(), Some(2));
    assert!(
        stderr(&absent).contains("config init"),
        "{}",
        stderr(&absent)
    );
    assert!(!Path::new("/nowhere.toml").exists());
}

#[test]
fn people_and_proxies_are_read_and_what_is_wrong_with_them_said() {
    let hash = labtower_serve::hash_password("correct horse").unwrap();
    let file = format!(
        "[server.auth]\nusers = [{{ name = 'ann', password_hash = '{hash}' }}]\n\
         trusted_header = 'X-Forwarded-User'\ntrusted_proxies = ['10.0.0.0/8', '::1']\n"
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    std::fs::write(&path, file).unwrap();
    let source = Source {
        file: Some(path.clone()),
        environment: Vec::new(),
    };
    let loaded = load(&source);
    let of_auth = |loaded: &labtower_cli::config::Loaded| -> Vec<String> {
        loaded
            .problems
            .iter()
            .map(ToString::to_string)
            .filter(|text| text.contains("server.auth"))
            .collect()
    };
    assert!(of_auth(&loaded).is_empty(), "{:?}", of_auth(&loaded));
    assert_eq!(loaded.config.auth.users[0].name, "ann");
    assert_eq!(loaded.config.auth.trusted_proxies.len(), 2);

    let wrong = "[server.auth]\nusers = [{ name = 'bob', password_hash = 'hunter2' }]\n\
                 trusted_header = 'X Y'\ntrusted_proxies = ['0.0.0.0/0']\nsession_hours = 0\n";
    std::fs::write(&path, wrong).unwrap();
    let loaded = load(&source);
    let said = of_auth(&loaded).join("\n");
    for part in [
        "not a hash such as",
        "`X Y` is no name of a header",
        "every address is trusted",
        "every session would end at once",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
    assert!(!loaded.is_usable());
}

#[test]
fn variables_of_sections_within_sections_are_read() {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let loaded = load(&Source {
        file: None,
        environment: vec![
            variable("LABTOWER__SERVER__AUTH__TOKEN", "0123456789abcdef"),
            variable("LABTOWER__SERVER__AUTH__REQUIRE_AUTH_FOR_READ", "true"),
            variable("LABTOWER__FAILURES__TIME_ZONE", "Europe/Berlin"),
            variable("LABTOWER__FAILURES__DAY_STARTS_AT", "18:00"),
        ],
    });
    assert!(loaded.config.auth.require_auth_for_read);
    assert_eq!(loaded.config.failures.day_starts_at.0.hour(), 18);
    let zone = &loaded.config.failures.time_zone.0;
    assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
}
