//! Logs of jobs: whatever a job prints.

use std::sync::LazyLock;

use labtower_explain::{
    EXCERPT_LINES, Explainer, Facts, GreenLines, HEADLINE_CHARS, Trace, mask_secrets,
};

/// A token as GitLab makes them; no other part of an input has it.
const SECRET: &str = "glpat-PlantedPlantedPlant3d";

static EXPLAINER: LazyLock<Explainer> = LazyLock::new(Explainer::builtin);

/// The first byte says where a secret is planted and how the log is cut, the rest is the log.
pub(crate) fn run(input: &[u8]) {
    let Some((&how, log)) = input.split_first() else {
        return;
    };
    let log = planted(log, how);
    let cut = log.len() * usize::from(how >> 2) / 64;
    let trace = match how & 3 {
        0 | 1 => Trace::clean(&log, b"", 0),
        2 => Trace::clean(&log[..cut], &log[cut..], 0),
        _ => Trace::clean(&log[..cut], &log[cut..], 1000),
    };
    let mut last = 0;
    for line in trace.lines() {
        assert!(
            !line.text.contains(['\u{1b}', '\r', '\n']),
            "a line has a control character: {line:?}"
        );
        assert!(!line.text.contains(SECRET), "a secret shows: {line:?}");
        assert_eq!(
            mask_secrets(&line.text),
            line.text,
            "masking again masks more"
        );
        if let Some(number) = line.number {
            assert!(number > last, "lines are out of order");
            last = number;
        }
    }
    let green = GreenLines::from_trace(&trace);
    assert_eq!(
        GreenLines::from_bytes(&green.to_bytes()),
        Some(green.clone())
    );
    let facts = Facts {
        status: "failed",
        failure_reason: Some("script_failure"),
        name: "test",
        stage: "test",
        exit_code: Some(1),
        ..Facts::default()
    };
    let green = (how & 1 == 1).then_some(green);
    let found = EXPLAINER.explain(&facts, Some(&trace), green.as_ref());
    assert!(found.headline.chars().count() <= HEADLINE_CHARS);
    assert!(found.excerpt.len() <= EXCERPT_LINES);
    let said = format!("{found:?}");
    assert!(!said.contains(SECRET), "a secret shows: {said}");
}

/// The log with a secret somewhere in it: in one piece, or with a colour in its middle.
fn planted(log: &[u8], how: u8) -> Vec<u8> {
    let at = log.len() * usize::from(how) / 256;
    let (first, second) = SECRET.split_at(12);
    let colour = if how & 1 == 1 { "\u{1b}[0m" } else { "" };
    let secret = format!(" {first}{colour}{second} ");
    [&log[..at], secret.as_bytes(), &log[at..]].concat()
}
