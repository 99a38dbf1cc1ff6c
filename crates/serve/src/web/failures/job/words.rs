//! What the card says of a failed job, in words.

use jiff::Timestamp;
use labtower_store::{ReasonRow, Run, TraceState};

use crate::web::failures::Kind;
use crate::web::format;
use crate::web::moment::Moment;

/// What was decided by what, in words.
pub(super) fn decided(kind: &str, name: &str) -> String {
    let what = match kind {
        "metadata" => "what GitLab says",
        "test_report" => "the test report",
        "parser" => "the parser of",
        "rule" => "the rule",
        "score" => "the score of lines",
        "novelty" => "what the last green log does not have",
        _ => "nothing",
    };
    if name.is_empty() || matches!(kind, "test_report" | "score" | "novelty" | "none") {
        what.to_owned()
    } else {
        format!("{what} {}", name.replace('_', " "))
    }
}

/// Whose it is to mend, for people.
pub(super) fn whose_words(whose: Option<&str>) -> &'static str {
    match whose {
        Some("code") => "the code",
        Some("config") => "settings of the pipeline or project",
        Some("infra") => "runners, network or GitLab",
        Some("external") => "another service",
        _ => "",
    }
}

/// What there is to say of the log.
pub(super) fn note(reason: &ReasonRow, now: Timestamp) -> String {
    let Some(explained) = &reason.explained else {
        return match &reason.tries {
            Some((tries, next, error)) => format!(
                "Its log could not be read yet ({tries} attempts; the next {}): {error}",
                Moment::new(*next, now).relative
            ),
            None => "Its log was not read yet.".to_owned(),
        };
    };
    match explained.trace {
        TraceState::NotNeeded | TraceState::Read => String::new(),
        TraceState::Gone => "GitLab has no log of it any more.".to_owned(),
        TraceState::Refused => "GitLab does not show its log to this token.".to_owned(),
        TraceState::TooLate => "It was too old for its log to be read.".to_owned(),
        TraceState::Failed => "Its log could not be read.".to_owned(),
    }
}

pub(super) fn judgement(reason: &ReasonRow, now: Timestamp) -> Option<String> {
    let said = reason.judgement.as_ref()?;
    let at = Moment::new(said.at, now).relative;
    let mut text = format!("{} said {at}: ", said.actor);
    let mut parts: Vec<String> = Vec::new();
    if said.wrong {
        parts.push("the reason is wrong".to_owned());
    }
    if let Some(category) = &said.category {
        parts.push(Kind::of(Some(category)).name.to_owned());
    }
    if let Some(whose) = &said.whose {
        parts.push(format!("for {}", whose_words(Some(whose))));
    }
    parts.extend(said.note.clone());
    text.push_str(&parts.join(", "));
    Some(text)
}

pub(super) fn facts(reason: &ReasonRow, runs: &[Run]) -> Vec<(&'static str, String)> {
    let failure = &reason.failure;
    let mut facts = Vec::new();
    let mut fact = |name, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            facts.push((name, text));
        }
    };
    fact("Stage", failure.stage.clone());
    fact("Ref", failure.ref_name.clone());
    fact(
        "Commit",
        failure
            .sha
            .as_ref()
            .map(|sha| sha.chars().take(8).collect()),
    );
    fact(
        "Source",
        failure.source.as_ref().map(|text| text.replace('_', " ")),
    );
    fact("Runner", failure.runner_id.map(|id| format!("#{id}")));
    fact("Tags", Some(failure.tags.join(", ")));
    fact(
        "GitLab says",
        failure
            .failure_reason
            .as_ref()
            .map(|text| text.replace('_', " ")),
    );
    fact("Exit code", failure.exit_code.map(|code| code.to_string()));
    let usual = usual(runs);
    fact(
        "Took",
        failure.duration.map(|seconds| match usual {
            Some(usual) => format!(
                "{}, usually {}",
                format::duration(seconds),
                format::duration(usual)
            ),
            None => format::duration(seconds),
        }),
    );
    facts
}

/// Median duration of green runs; seconds.
fn usual(runs: &[Run]) -> Option<i64> {
    let mut green: Vec<i64> = runs
        .iter()
        .filter(|run| run.status == "success")
        .filter_map(|run| run.duration)
        .collect();
    green.sort_unstable();
    green.get(green.len() / 2).copied()
}
