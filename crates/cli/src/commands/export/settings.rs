//! What a run of `labtower export` is told: by its options, by variables, by the configuration.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use labtower_export::copy::{CopyOptions, Roots};
use labtower_extract::ReadOptions;
use labtower_model::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::Arguments;
use crate::config::{GitLab, Loaded, Severity, TokenKind};
use crate::output::complain;
use crate::wiring::instance;
use crate::{Exit, Failure};

/// GitLab where none is named.
const GITLAB_COM: &str = "https://gitlab.com";
/// Problems of the configuration that do not concern an export: it may be told otherwise.
const OURS: [&str; 3] = ["gitlab.url", "gitlab.token", "gitlab.monitor_groups"];
/// What to do about a target that cannot be used.
pub(super) const TARGET_HINT: &str = "`--to` takes a folder, s3://bucket/path, gs://bucket/path, az://container/path, postgres://user@host/database, bigquery, gitlab-data-export or clickhouse://host:8123/database";

/// Everything a run needs.
pub(super) struct Settings {
    pub(super) gitlab: GitLab,
    /// The instance's name in the data: host and path.
    pub(super) instance: String,
    pub(super) target: String,
    pub(super) copy: CopyOptions,
}

impl Settings {
    pub(super) fn of(
        loaded: Loaded,
        arguments: &Arguments,
        lookup: impl Fn(&str) -> Option<String>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut usable = true;
        for problem in &loaded.problems {
            if !OURS.contains(&problem.key.as_str()) {
                complain(problem.to_string());
                usable &= problem.severity == Severity::Warning;
            }
        }
        if !usable {
            return Err(Failure::reported(Exit::Usage));
        }
        let mut gitlab = loaded.config.gitlab;
        if let (None, Some(token)) = (lookup("GITLAB_TOKEN"), lookup("GITLAB_OAUTH")) {
            gitlab.token = SecretString::from(token);
            gitlab.token_file = None;
            gitlab.token_kind = TokenKind::Bearer;
        }
        if gitlab.token_file.is_none() && gitlab.token.expose_secret().is_empty() {
            return Err(Failure::with_hint(
                Exit::Usage,
                anyhow::anyhow!("there is no token"),
                "set GITLAB_TOKEN to an access token with the scope `read_api`, or GITLAB_OAUTH to an OAuth token",
            ));
        }
        let url = match &gitlab.url {
            Some(url) => url.clone(),
            None => GITLAB_COM.parse()?,
        };
        gitlab.url = Some(url.clone());
        let since = arguments.since.as_deref().map(|text| since(text, now));
        let copy = CopyOptions {
            only: arguments.only.clone(),
            exclude: arguments.exclude.clone(),
            read: ReadOptions {
                since: since.transpose()?,
                again: arguments.again,
                ..ReadOptions::default()
            },
            concurrency: gitlab.concurrency,
            ..CopyOptions::new(roots(&gitlab, arguments, &lookup)?, now)
        };
        Ok(Self {
            instance: instance(&url),
            target: target(arguments.to.as_deref(), &lookup)?,
            gitlab,
            copy,
        })
    }
}

fn target(to: Option<&str>, lookup: &impl Fn(&str) -> Option<String>) -> Result<String, Failure> {
    // As those have it who come from `gitlab-data-export`, which wants the name of a job.
    let bigquery = || match lookup("CHECKPOINT_JOB_ID") {
        Some(_) => "gitlab-data-export".to_owned(),
        None => "bigquery".to_owned(),
    };
    let seeds = || match lookup("GDE_DATASTORE") {
        Some(store) if store != "bigquery" => Some(store),
        Some(_) => Some(bigquery()),
        None => lookup("BIGQUERY_PROJECT").map(|_| bigquery()),
    };
    let to = to.filter(|to| !to.is_empty()).map(str::to_owned);
    let target = to.or_else(seeds);
    target.ok_or_else(|| {
        Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("it is not said where the data goes"),
            TARGET_HINT,
        )
    })
}

fn roots(
    gitlab: &GitLab,
    arguments: &Arguments,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<Roots>, Failure> {
    let recursive = !arguments.no_recursion && lookup("GITLAB_NO_RECURSION").is_none();
    let group = |path: &String| Roots::Group {
        path: path.clone(),
        recursive: recursive && gitlab.recursive,
    };
    let project = |path: &String| Roots::Project { path: path.clone() };
    if arguments.instance {
        return Ok(vec![Roots::Instance]);
    }
    let named = |path: &Option<String>| path.clone().filter(|path| !path.is_empty());
    if let Some(path) = named(&arguments.group) {
        return Ok(vec![group(&path)]);
    }
    if let Some(path) = named(&arguments.project) {
        return Ok(vec![project(&path)]);
    }
    let groups = gitlab.monitor_groups.iter().map(group);
    let roots: Vec<Roots> = groups.chain(gitlab.projects.iter().map(project)).collect();
    if roots.is_empty() {
        return Err(Failure::with_hint(
            Exit::Usage,
            anyhow::anyhow!("it is not said what to read"),
            "set GITLAB_GROUP or GITLAB_PROJECT to a full path, or use --instance",
        ));
    }
    Ok(roots)
}

/// `now`, a moment with a zone, or one without, which is UTC.
fn since(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if text == "now" {
        return Ok(now);
    }
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
        .and_then(|at| at.to_zoned(TimeZone::UTC))
        .map_err(|_| {
            Failure::with_hint(
                Exit::Usage,
                anyhow::anyhow!("`{text}` is no time"),
                "GITLAB_BACKFILL_TIMESTAMP is `now` or UTC as `2026-01-31 00:00:00`",
            )
        })?;
    Ok(at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_named_by_host_and_path() {
        let name = |url: &str| instance(&url.parse().unwrap());
        assert_eq!(name("https://gitlab.com"), "gitlab.com");
        assert_eq!(
            name("http://git.corp:8080/gitlab/api/v4/"),
            "git.corp:8080/gitlab"
        );
    }

    #[test]
    fn history_begins_now_or_at_a_time() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let read = |text| since(text, now).ok().map(|at| at.to_string());
        assert_eq!(read("now"), Some(now.to_string()));
        let expected = Some("2026-01-31T12:30:00Z".to_owned());
        assert_eq!(read("2026-01-31 12:30:00"), expected);
        assert_eq!(read("2026-01-31T13:30:00+01:00"), expected);
        assert_eq!(read("yesterday"), None);
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn roots_are_a_group_else_a_project_else_those_of_the_configuration() {
        let chosen = |line: &[&str], set: &[&str]| {
            let line: Line = clap::Parser::parse_from([&["export"], line].concat());
            let gitlab = GitLab {
                monitor_groups: vec!["configured".to_owned()],
                ..GitLab::default()
            };
            // Whatever the value is.
            let lookup = |name: &str| set.contains(&name).then(|| "false".to_owned());
            roots(&gitlab, &line.arguments, &lookup).ok().unwrap()
        };
        let group = |path: &str, recursive| {
            let path = path.to_owned();
            [Roots::Group { path, recursive }]
        };
        let both = ["--group", "a", "--project", "a/b"];
        assert_eq!(chosen(&both, &[]), group("a", true));
        assert_eq!(chosen(&both, &["GITLAB_NO_RECURSION"]), group("a", false));
        assert_eq!(
            chosen(&["--group", "a", "--no-recursion"], &[]),
            group("a", false)
        );
        let path = "a/b".to_owned();
        assert_eq!(chosen(&both[2..], &[]), [Roots::Project { path }]);
        assert_eq!(chosen(&[], &[]), group("configured", true));
        assert_eq!(chosen(&["--instance"], &[]), [Roots::Instance]);
    }

    #[test]
    fn those_who_come_from_the_other_tool_set_nothing_new() {
        let chosen = |to: Option<&str>, set: &[(&str, &str)]| {
            let found = |name: &str| set.iter().find(|(key, _)| *key == name);
            target(to, &|name| Some(found(name)?.1.to_owned())).ok()
        };
        let theirs = [("BIGQUERY_PROJECT", "p"), ("CHECKPOINT_JOB_ID", "nightly")];
        assert_eq!(chosen(None, &theirs).unwrap(), "gitlab-data-export");
        assert_eq!(chosen(Some("./out"), &theirs).unwrap(), "./out");
        assert_eq!(chosen(None, &theirs[..1]).unwrap(), "bigquery");
        let store = |name| [("GDE_DATASTORE", name), theirs[1]];
        assert_eq!(
            chosen(None, &store("bigquery")).unwrap(),
            "gitlab-data-export"
        );
        assert_eq!(chosen(None, &store("s3://b/c")).unwrap(), "s3://b/c");
        assert_eq!(chosen(Some(""), &theirs[1..]), None);
    }
}
