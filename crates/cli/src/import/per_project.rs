//! The keys that stand for one project, one wildcard or all of them: which families, which refs.
//!
//! What labtower sets is for all projects, so the wider choice is taken where the file differs in itself.

use regex::Regex;

use super::document::{Entry, Value};
use super::draft::{About, Draft, File, number};

/// Keys that turn families on, the exporter's default, and the setting each becomes.
const FAMILIES: [(&str, bool, &str); 5] = [
    ("pull.environments.enabled", false, "metrics.environments"),
    ("pull.pipeline.jobs.enabled", false, "metrics.jobs"),
    (
        "pull.pipeline.test_reports.enabled",
        false,
        "metrics.test_reports",
    ),
    (
        "pull.pipeline.test_reports.test_cases.enabled",
        false,
        "metrics.test_cases",
    ),
    (
        "pull.pipeline.test_reports.test_cases.enabled",
        false,
        "poller.test_cases",
    ),
];

/// Kinds of refs: key, whether the exporter has them by default, its pattern, and the setting.
const REFS: [(&str, bool, &str, &str); 3] = [
    (
        "pull.refs.branches",
        true,
        "^(?:main|master)$",
        "metrics.branches",
    ),
    ("pull.refs.tags", true, ".*", "metrics.tags"),
    (
        "pull.refs.merge_requests",
        false,
        ".*",
        "metrics.merge_request_refs",
    ),
];

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// A pattern that no ref matches.
const NONE: &str = "^$";

/// Translates them.
pub(super) fn translate(file: &File<'_>, draft: &mut Draft) {
    for (key, default, setting) in FAMILIES {
        if let Some(enabled) = any(file, draft, key, default) {
            draft.set(setting, enabled, key);
        }
    }
    let key = "output_sparse_status_metrics";
    if let Some(sparse) = all(file, draft, key) {
        draft.set("metrics.sparse_status", sparse, key);
    }
    for (key, default, pattern, setting) in REFS {
        refs(file, draft, (key, default, pattern), setting);
    }
    ages(file, draft);
}

/// Whether any project has it on; `None` when the file does not speak of it.
fn any(file: &File<'_>, draft: &mut Draft, key: &str, default: bool) -> Option<bool> {
    let values = truths(file, draft, key)?;
    Some(values.into_iter().any(|value| value.unwrap_or(default)))
}

/// Whether every project has it on, which is the default; `None` when the file does not speak of it.
fn all(file: &File<'_>, draft: &mut Draft, key: &str) -> Option<bool> {
    let values = truths(file, draft, key)?;
    Some(values.into_iter().all(|value| value.unwrap_or(true)))
}

/// The value for each project; `None` when the file does not speak of it, a note when it differs in itself.
fn truths(file: &File<'_>, draft: &mut Draft, key: &str) -> Option<Vec<Option<bool>>> {
    let entries = file.each(key);
    let first = entries.iter().flatten().next().copied()?;
    let values: Vec<Option<bool>> = entries
        .iter()
        .map(|entry| entry.and_then(|entry| draft.bool(entry)))
        .collect();
    if values.iter().any(|value| *value != values[0]) {
        draft.note(
            About::Differs,
            first,
            "it differs between projects; labtower sets it for all",
        );
    }
    Some(values)
}

/// Which refs of one kind have series of their own.
fn refs(
    file: &File<'_>,
    draft: &mut Draft,
    (key, default, pattern): (&str, bool, &str),
    setting: &'static str,
) {
    let enabled = file.each(&format!("{key}.enabled"));
    let regexps = file.each(&format!("{key}.regexp"));
    if enabled.iter().chain(&regexps).all(Option::is_none) {
        return;
    }
    let mut wanted: Vec<String> = Vec::new();
    for (enabled, regexp) in enabled.into_iter().zip(regexps) {
        let on = enabled.and_then(|entry| draft.bool(entry));
        if !on.unwrap_or(default) {
            continue;
        }
        let own = regexp.and_then(|entry| expression(entry, draft));
        let own = own.unwrap_or_else(|| pattern.to_owned());
        if !wanted.contains(&own) {
            wanted.push(own);
        }
    }
    let together = match wanted.as_slice() {
        [] => NONE.to_owned(),
        [one] => one.clone(),
        several => {
            let parts: Vec<String> = several.iter().map(|part| format!("(?:{part})")).collect();
            parts.join("|")
        }
    };
    draft.set(setting, together, key);
}

/// A regular expression both languages read alike; a note when ours does not take it.
fn expression(entry: &Entry, draft: &mut Draft) -> Option<String> {
    let text = draft.text(entry)?;
    if let Err(error) = Regex::new(text) {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().to_owned();
        draft.note(About::Wrong, entry, reason);
        return None;
    }
    Some(text.to_owned())
}

/// The longest age of refs of any kind, in days; 0 is no limit.
fn ages(file: &File<'_>, draft: &mut Draft) {
    let keys = REFS.map(|(key, ..)| format!("{key}.max_age_seconds"));
    let entries: Vec<&Entry> = keys
        .iter()
        .flat_map(|key| file.each(key))
        .flatten()
        .collect();
    let mut ages = Vec::new();
    for entry in entries {
        if entry.value == Value::Number(0.0) {
            ages.push(0.0);
        } else {
            ages.extend(draft.positive(entry));
        }
    }
    // One kind without a limit is the widest choice.
    let limited = ages.iter().all(|age| *age > 0.0);
    let Some(longest) = ages.into_iter().reduce(f64::max) else {
        return;
    };
    let days = if limited { (longest / DAY).ceil() } else { 0.0 };
    draft.set(
        "metrics.ref_max_age_days",
        number(days),
        "pull.refs.*.max_age_seconds",
    );
}
