//! Every GraphQL document is valid by GitLab's schema and scores at most 250 by its complexity rules.
//!
//! Needs the reference files (`LABTOWER_REFERENCE`, or `../shared` beside the repository) and Python's
//! `graphql-core`; says so and passes when they are absent.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Reads `name, variables` as JSON from its arguments; prints `score name` per document, fails on an invalid one.
const CHECK: &str = r"
import json, os, sys
reference, folder, cases = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path.insert(0, reference)
from graphql import parse, validate
from graphql_complexity import schema, score
read = lambda name: open(os.path.join(folder, name + '.graphql')).read()
for name, fragments, variables in cases:
    text = read(name) + (read('fragments') if fragments else '')
    problems = validate(schema, parse(text))
    if problems:
        sys.exit(name + ': ' + '; '.join(map(str, problems)))
    print(score(text, variables), name)
";

#[test]
fn documents_are_valid_and_cheap_enough() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graphql");
    let Some(reference) = reference() else {
        println!("skipped: no reference files");
        return;
    };
    if !python_has_graphql() {
        println!("skipped: no python3 with graphql-core");
        return;
    }
    // As large as the client ever asks.
    let cases = serde_json::json!([
        ["changed", true, {"projects": 100, "pipelines": 10, "jobs": 20}],
        ["changed", true, {"projects": 45, "pipelines": 10, "jobs": 100}],
        ["counts", false, {"projects": 100}],
        ["listed", false, {"projects": 100, "pipelines": 20, "own": true, "children": true}],
        ["listed", false, {"projects": 1, "pipelines": 100, "own": true, "children": true}],
        ["pipelines_page", true, {"pipelines": 100}],
        ["jobs_page", true, {"jobs": 100, "iid": "1"}],
        ["activity", false, {"projects": 100, "requests": 20}],
        ["activity", false, {"projects": 1, "requests": 100}],
        ["limit", false, {}],
        ["test_reports", false, {"projects": 100, "pipelines": 20, "own": true, "children": true}],
        ["test_reports", false, {"projects": 1, "pipelines": 100, "own": true, "children": true}],
    ]);
    let output = Command::new("python3")
        .args(["-c", CHECK])
        .arg(&reference)
        .arg(&folder)
        .arg(cases.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    println!("{text}");
    let scores: Vec<u32> = text
        .lines()
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(scores.len(), cases.as_array().unwrap().len());
    assert!(scores.iter().all(|score| *score <= 250), "{text}");
}

#[test]
fn every_document_is_among_the_checked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graphql");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".graphql").map(str::to_owned))
        .collect();
    names.sort_unstable();
    let checked = [
        "activity",
        "changed",
        "counts",
        "fragments",
        "jobs_page",
        "limit",
        "listed",
        "pipelines_page",
        "test_reports",
    ];
    assert_eq!(names, checked);
}

fn reference() -> Option<PathBuf> {
    let root = std::env::var_os("LABTOWER_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = root.join("gitlab");
    folder
        .join("graphql_complexity.py")
        .is_file()
        .then_some(folder)
}

fn python_has_graphql() -> bool {
    Command::new("python3")
        .args(["-c", "import graphql"])
        .output()
        .is_ok_and(|output| output.status.success())
}
