//! The documentation says what is true: generated pages are fresh, described things exist, links lead somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use labtower_model::SystemClock;
use labtower_serve::metrics::families;
use labtower_store::{Store, StoreOptions};

use crate::app::App;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a generated file with the tree; with `LABTOWER_UPDATE=1` it writes it instead.
fn is_fresh(path: &str, expected: &str) {
    if std::env::var_os("LABTOWER_UPDATE").is_some() {
        std::fs::write(root().join(path), expected).unwrap();
    }
    assert!(
        page(path) == expected,
        "{path} is stale; `make generate` rewrites it"
    );
}

#[test]
fn docs_configuration_is_fresh() {
    is_fresh("docs/configuration.md", &labtower_cli::config::reference());
}

#[test]
fn docs_example_configuration_is_fresh() {
    is_fresh("packaging/config.toml", &labtower_cli::config::example());
}

#[test]
fn docs_command_line_is_fresh() {
    is_fresh("docs/cli.md", &labtower_cli::manual());
}

/// Names in backticks that open a line: headings `### \`name\`` and table rows `| \`name\` |`.
fn described(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut tables: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("### `") {
            tables.push((name.trim_end_matches('`').to_owned(), BTreeSet::new()));
        } else if line.starts_with("## ") {
            tables.push((String::new(), BTreeSet::new()));
        } else if let Some(row) = line.strip_prefix("| `")
            && let Some((name, _)) = row.split_once('`')
            && let Some((_, names)) = tables.last_mut()
        {
            names.insert(name.to_owned());
        }
    }
    tables.retain(|(name, _)| !name.is_empty());
    tables
}

#[test]
fn docs_schema_describes_every_table_view_and_column_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipelines.db");
    Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock))
        .unwrap()
        .close();
    let file = rusqlite::Connection::open(&path).unwrap();
    let mut real: Vec<(String, BTreeSet<String>)> = Vec::new();
    let mut names = file
        .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    for name in names.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let name = name.unwrap();
        let mut columns = file
            .prepare("SELECT name FROM pragma_table_xinfo(?1)")
            .unwrap();
        let columns = columns
            .query_map([&name], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        real.push((name, columns));
    }
    real.sort();
    let mut described = described(&page("docs/schema.md"));
    described.sort();
    assert_eq!(described, real);
}

#[test]
fn docs_migrating_is_fresh() {
    is_fresh("docs/migrating.md", &labtower_cli::import::guide());
}

#[test]
fn docs_metrics_are_fresh() {
    is_fresh("docs/metrics.md", &labtower_cli::metrics_reference());
}

#[tokio::test(flavor = "multi_thread")]
async fn docs_metrics_describe_every_family_of_a_scrape() {
    let app = App::start(App::small_world()).await;
    app.ready().await;
    let scrape = app.get("/metrics").await.text;
    app.stop().await;
    let described: BTreeSet<&str> = families().map(|family| family.name).collect();
    let served: Vec<&str> = scrape
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(served.len() > 10, "{scrape}");
    for name in served {
        assert!(described.contains(name), "`{name}` is not described");
    }
}

#[test]
fn docs_links_lead_to_files_that_exist() {
    let mut pages = vec![
        "README.md".to_owned(),
        "CONTRIBUTING.md".to_owned(),
        "CHANGELOG.md".to_owned(),
    ];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name)
            .extension()
            .is_some_and(|kind| kind == "md")
        {
            pages.push(format!("docs/{name}"));
        }
    }
    for path in pages {
        let folder = root().join(&path).parent().unwrap().to_owned();
        let text = page(&path);
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap();
            assert!(folder.join(file).exists(), "{path} links to `{target}`");
        }
    }
}

#[test]
fn docs_architecture_names_files_that_exist() {
    let text = page("docs/architecture.md");
    let named = text.split('`').skip(1).step_by(2);
    for path in named.filter(|name| name.starts_with("crates/")) {
        assert!(root().join(path).exists(), "`{path}` is not there");
    }
}

#[test]
fn docs_make_targets_exist() {
    let makefile = page("Makefile");
    for target in [
        "build",
        "run",
        "demo",
        "test",
        "fmt",
        "clippy",
        "clean",
        "bench",
        "docker-build",
        "docker-run",
    ] {
        assert!(
            makefile
                .lines()
                .any(|line| line.starts_with(&format!("{target}:"))),
            "make {target} is missing"
        );
    }
}
