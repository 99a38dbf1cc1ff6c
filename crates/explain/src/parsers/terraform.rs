//! Terraform and OpenTofu: a box with the error, its place and its reason.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "terraform",
    words: &["│ Error:", "╷"],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines.iter().take(MOST) {
        let Some(said) = log
            .text(*line)
            .trim()
            .strip_prefix("│ Error:")
            .map(str::trim)
        else {
            continue;
        };
        let end = log.run(*line, 20, |text| {
            text.starts_with('│') || text.starts_with('╵')
        });
        let rows: Vec<&str> = (line + 1..=end)
            .map(|at| log.text(at).trim_start_matches(['│', '╵']).trim())
            .collect();
        let why = rows.iter().find(|row| {
            !row.is_empty()
                && !row.starts_with("on ")
                && !row.starts_with("with ")
                && !re!(r"^\d+:").is_match(row)
        });
        let place = rows.iter().find_map(|row| row.strip_prefix("on "));
        let all = format!("{said} {}", rows.join(" "));
        let (category, whose) = kind(&all);
        let mut headline = format!("Error: {said}");
        if let Some(place) = place {
            headline = format!("{headline} on {}", place.trim_end_matches(':'));
        }
        if let Some(why) = why.filter(|why| !why.ends_with(':')) {
            headline = format!("{headline}: {why}");
        }
        findings.push(
            Finding::new(*line, rank::TOOL + 10, category)
                .whose(whose)
                .headline(headline)
                .key(said)
                .span(line.saturating_sub(1), end),
        );
    }
}

fn kind(text: &str) -> (Category, Whose) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&[
        "credential",
        "AccessDenied",
        "403",
        "401",
        "Unauthorized",
        "AuthorizationFailed",
        "not authorized",
    ]) {
        (Category::Auth, Whose::Config)
    } else if has(&[
        "Failed to query available provider packages",
        "Failed to install provider",
        "Invalid provider registry host",
    ]) {
        classify::exception(text)
            .filter(|(category, _)| *category == Category::Network)
            .unwrap_or((Category::Dependency, Whose::Code))
    } else if has(&[
        "Unsupported argument",
        "Reference to undeclared",
        "Invalid ",
        "Missing required",
        "Unsupported block",
        "Argument or block",
        "Unclosed",
        "Duplicate",
        "No value for required variable",
    ]) {
        (Category::Config, Whose::Code)
    } else {
        match classify::exception(text) {
            Some(kind @ (Category::Network, _)) => kind,
            _ => (Category::Deploy, Whose::Unknown),
        }
    }
}
