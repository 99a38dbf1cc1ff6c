//! The rules: Prometheus's own tool tests them, and nothing in them is untested or asks for a family that is not there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use labtower_cli::RULES;
use labtower_serve::metrics::{Kind, families};
use saphyr::{LoadableYamlNode, Yaml};

use crate::process::{labtower, output, stdout};
use crate::prometheus::installed;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

fn yaml(text: &str) -> Yaml<'_> {
    Yaml::load_from_str(text).unwrap().remove(0)
}

fn list<'a, 'b>(node: &'a Yaml<'b>, key: &str) -> &'a [Yaml<'b>] {
    match node.as_mapping_get(key) {
        Some(value) => value.as_vec().unwrap(),
        None => &[],
    }
}

fn text<'a>(node: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    node.as_mapping_get(key).and_then(|value| value.as_str())
}

/// Every rule of the file.
fn rules<'a, 'b>(file: &'a Yaml<'b>) -> Vec<&'a Yaml<'b>> {
    let groups = list(file, "groups").iter();
    groups.flat_map(|group| list(group, "rules")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_printed_as_they_are() {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = labtower(nowhere.path());
    command.arg("rules");
    assert_eq!(stdout(&output(command).await), RULES);
}

#[test]
fn rules_pass_their_own_tests() {
    let Some(promtool) = installed("promtool") else {
        return;
    };
    for arguments in [
        ["check", "rules", "labtower.rules.yml"],
        ["test", "rules", "labtower.rules.test.yml"],
    ] {
        let done = std::process::Command::new(&promtool)
            .args(arguments)
            .current_dir(directory())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let complained = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}{complained}");
    }
}

#[test]
fn every_alert_is_tested_firing_and_not_firing() {
    let file = yaml(RULES);
    let alerts: BTreeSet<&str> = rules(&file)
        .into_iter()
        .filter_map(|rule| text(rule, "alert"))
        .collect();
    assert!(!alerts.is_empty());
    let cases = std::fs::read_to_string(directory().join("labtower.rules.test.yml")).unwrap();
    let cases = yaml(&cases);
    let (mut firing, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for case in list(&cases, "tests")
        .iter()
        .flat_map(|test| list(test, "alert_rule_test"))
    {
        let name = text(case, "alertname").unwrap();
        if list(case, "exp_alerts").is_empty() {
            silent.insert(name);
        } else {
            firing.insert(name);
        }
    }
    assert_eq!(firing, alerts);
    assert_eq!(silent, alerts);
}

/// Words of an expression that may be names of families or records.
pub(crate) fn names(expression: &str) -> impl Iterator<Item = &str> {
    expression
        .split(|character: char| !(character.is_alphanumeric() || "_:".contains(character)))
        .filter(|word| word.contains("labtower_") || word.contains("gitlab_"))
}

/// Whether labtower describes a family of which this is a series.
pub(crate) fn is_family(name: &str) -> bool {
    families().any(|family| match family.kind {
        Kind::Histogram => ["_bucket", "_sum", "_count"]
            .iter()
            .any(|suffix| name.strip_suffix(suffix) == Some(family.name)),
        _ => family.name == name,
    })
}

#[test]
fn every_family_in_the_rules_exists() {
    let file = yaml(RULES);
    let rules = rules(&file);
    let records: BTreeSet<&str> = rules
        .iter()
        .filter_map(|rule| text(rule, "record"))
        .collect();
    let mut seen = 0;
    for rule in &rules {
        for name in names(text(rule, "expr").unwrap()) {
            seen += 1;
            assert!(is_family(name) || records.contains(name), "{name}");
        }
    }
    assert!(seen >= rules.len());
}
