//! The dashboards: their files are fresh, they ask for families that exist, and no panel covers another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use labtower_cli::dashboards::dashboards;
use serde_json::Value;

use crate::rules::{is_family, names};

/// Where the dashboards lie.
fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grafana")
}

#[test]
fn docs_dashboards_are_fresh() {
    let mut expected = BTreeSet::from(["gitlab-ci.json".to_owned()]);
    for board in dashboards() {
        let path = directory().join(board.file());
        if std::env::var_os("LABTOWER_UPDATE").is_some() {
            std::fs::write(&path, board.json()).unwrap();
        }
        let file = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            file == board.json(),
            "{} is stale; `make generate` rewrites it",
            path.display()
        );
        expected.insert(board.file());
    }
    let there: BTreeSet<String> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected);
}

#[test]
fn every_family_of_the_dashboards_exists_and_no_panel_covers_another() {
    for board in dashboards() {
        for question in board.questions() {
            let mut names = names(&question.expression).peekable();
            assert!(names.peek().is_some(), "{question:?}");
            for name in names {
                assert!(is_family(name), "{}: {name}", question.panel);
            }
        }
        let json: Value = serde_json::from_str(&board.json()).unwrap();
        let mut taken = BTreeSet::new();
        for panel in json["panels"].as_array().unwrap() {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{panel}");
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(taken.insert((x, y)), "{panel}");
                }
            }
        }
    }
}
