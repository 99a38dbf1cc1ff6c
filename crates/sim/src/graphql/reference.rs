//! Our schema and our scores against GitLab's own, where the reference files are at hand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use async_graphql::Variables;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

use super::complexity::Scorer;

/// The folder with GitLab's schema and documents, or nothing and a note that tests are skipped.
fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("LABTOWER_REFERENCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = folder.join("gitlab");
    if folder.join("schema.graphql").is_file() {
        return Some(folder);
    }
    note("reference files are absent");
    None
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn note(why: &str) {
    eprintln!("skipped: {why}");
}

/// Every field and argument of a schema with its type: `Project.pipelines(first)` to `Int`.
fn facts(sdl: &str) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let document = async_graphql::parser::parse_schema(sdl).expect("a schema");
    for definition in document.definitions {
        let TypeSystemDefinition::Type(of) = definition else {
            continue;
        };
        let name = of.node.name.node.to_string();
        match of.node.kind {
            TypeKind::Object(object) => {
                for field in object.fields {
                    let path = format!("{name}.{}", field.node.name.node);
                    for argument in field.node.arguments {
                        facts.insert(
                            format!("{path}({})", argument.node.name.node),
                            argument.node.ty.node.to_string(),
                        );
                    }
                    facts.insert(path, field.node.ty.node.to_string());
                }
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    facts.insert(format!("{name}.{}", value.node.value.node), String::new());
                }
            }
            TypeKind::Scalar => {
                facts.insert(name, "scalar".to_owned());
            }
            _ => {}
        }
    }
    facts
}

/// A type without its null marks where they say less than GitLab's: nullable may be answered never null.
fn bare(of: &str) -> String {
    of.replace('!', "")
}

#[test]
fn our_schema_is_a_true_subset_of_gitlabs() {
    let Some(folder) = reference() else { return };
    let gitlab =
        facts(&std::fs::read_to_string(folder.join("schema.graphql")).expect("the schema"));
    let mut wrong = Vec::new();
    for (path, of) in facts(&super::schema().sdl()) {
        match gitlab.get(&path) {
            None if matches!(path.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID") => {}
            None => wrong.push(format!("{path} is not GitLab's")),
            // Arguments: what GitLab takes without, we must take without.
            Some(theirs) if path.contains('(') => {
                if bare(theirs) != bare(&of)
                    || of.ends_with('!')
                        && !theirs.ends_with('!')
                        && !path.ends_with("(includeSubgroups)")
                {
                    wrong.push(format!("{path} takes {theirs}, not {of}"));
                }
            }
            Some(theirs) if *theirs != of => wrong.push(format!("{path} is {theirs}, not {of}")),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scores_are_those_of_the_reference_scorer() {
    let Some(folder) = reference() else { return };
    let mut documents: Vec<PathBuf> = std::fs::read_dir(folder.join("graphql-queries"))
        .expect("documents")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "graphql")
        })
        .collect();
    documents.sort();
    let output = Command::new("python3")
        .arg(folder.join("graphql_complexity.py"))
        .args(&documents)
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        note("the reference scorer does not run here");
        return;
    };
    let scorer =
        Scorer::new(&std::fs::read_to_string(folder.join("schema.graphql")).expect("the schema"));
    let ours = Scorer::new(&super::schema().sdl());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.lines().count(), documents.len());
    let mut served = 0;
    for (line, path) in text.lines().zip(&documents) {
        let expected: u64 = line
            .split_whitespace()
            .nth(1)
            .and_then(|score| score.parse().ok())
            .expect("a score");
        let query = std::fs::read_to_string(path).expect("a document");
        let document = async_graphql::parser::parse_query(&query).expect("a query");
        let score = |scorer: &Scorer| {
            scorer
                .score(&document, None, &Variables::default())
                .complexity
        };
        assert_eq!(score(&scorer), expected, "{}", path.display());
        // Documents that our schema serves whole score the same against it.
        let foreign = [
            "mergeRequest",
            "testReportSummary",
            "deployments",
            "releases",
        ]
        .iter()
        .any(|word| query.contains(word));
        if !foreign {
            assert_eq!(score(&ours), expected, "{}", path.display());
            served += 1;
        }
    }
    assert!(served >= 8, "only {served} documents are served");
}
