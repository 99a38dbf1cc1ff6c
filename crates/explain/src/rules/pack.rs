//! From TOML to rules that can run.

use serde::Deserialize;

use super::late::Late;
use super::{RuleProblem, RulesError};
use crate::{Category, Whose, mask};

/// Rank of a rule that a user wrote and gave none: who wrote it wants to see it.
pub(crate) const USER_RANK: i32 = 98;

/// Most rules of one pack.
const PACK_RULES: usize = 2_000;

/// A rule, ready to run.
#[derive(Debug)]
pub(crate) struct Rule {
    /// `pack/id`.
    pub(crate) name: String,
    pub(crate) pattern: Late,
    /// Words of which a line must hold one; empty: every line is looked at.
    pub(crate) needs: Vec<String>,
    pub(crate) category: Category,
    pub(crate) whose: Whose,
    pub(crate) rank: i32,
    pub(crate) pick: Pick,
    /// Lines it must leave alone although they match.
    unless: Option<Late>,
    /// It knows the kind of failure better than the line that tells the reason.
    pub(crate) context: bool,
}

/// Which of several lines that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pick {
    /// The last: what happened before did not end the job.
    #[default]
    Last,
    /// The first: what follows is cascade.
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    pattern: String,
    #[serde(default)]
    needs: Vec<String>,
    category: String,
    whose: Option<String>,
    rank: Option<i32>,
    #[serde(default)]
    pick: Pick,
    unless: Option<String>,
    #[serde(default)]
    context: bool,
    #[serde(default)]
    examples: Vec<Example>,
    #[serde(default)]
    counterexamples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    line: String,
    capture: Option<String>,
}

impl Rule {
    /// Does the rule speak of this line?
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.pattern.get().is_match(text)
            && !self
                .unless
                .as_ref()
                .is_some_and(|unless| unless.get().is_match(text))
    }

    /// What the rule captures of a line: its first group, else the whole match.
    pub(crate) fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self
            .unless
            .as_ref()
            .is_some_and(|unless| unless.get().is_match(text))
        {
            return None;
        }
        let found = self.pattern.get().captures(text)?;
        let group = found
            .iter()
            .skip(1)
            .flatten()
            .next()
            .or_else(|| found.get(0))?;
        Some(group.as_str())
    }

    fn may_speak_of(&self, line: &str) -> bool {
        let lower = line.to_ascii_lowercase();
        self.needs.is_empty()
            || self
                .needs
                .iter()
                .any(|word| lower.contains(&word.to_ascii_lowercase()))
    }
}

/// Reads packs; every rule is tried on its own examples and counterexamples.
///
/// # Errors
/// Lists everything that is wrong in every pack.
pub(crate) fn parse(packs: &[(&str, &str)], default_rank: i32) -> Result<Vec<Rule>, RulesError> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut problems = Vec::new();
    for (pack, text) in packs {
        let mut problem = |rule: Option<&str>, what: String| {
            problems.push(RuleProblem {
                pack: (*pack).to_owned(),
                rule: rule.map(str::to_owned),
                what,
            });
        };
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problem(None, format!("no readable TOML: {}", one_line(&error)));
                continue;
            }
        };
        if file.rule.len() > PACK_RULES {
            problem(
                None,
                format!("has {} rules, more than {PACK_RULES}", file.rule.len()),
            );
            continue;
        }
        for (at, value) in file.rule.into_iter().enumerate() {
            let id = value
                .get("id")
                .and_then(toml::Value::as_str)
                .map(str::to_owned);
            let shown = id.unwrap_or_else(|| format!("#{}", at + 1));
            match value.try_into::<Written>() {
                Err(error) => problem(Some(&shown), one_line(&error)),
                Ok(written) => match compile(pack, &written, default_rank) {
                    Err(whats) => whats
                        .into_iter()
                        .for_each(|what| problem(Some(&shown), what)),
                    Ok(rule) if rules.iter().any(|known| known.name == rule.name) => {
                        problem(Some(&shown), "has the id of another rule".to_owned());
                    }
                    Ok(rule) => rules.push(rule),
                },
            }
        }
    }
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(RulesError { problems })
    }
}

fn compile(pack: &str, written: &Written, default_rank: i32) -> Result<Rule, Vec<String>> {
    let mut whats = Vec::new();
    let category = written
        .category
        .parse::<Category>()
        .map_err(|error| whats.push(format!("category: {error}")));
    let whose = match &written.whose {
        None => Ok(category
            .as_ref()
            .map_or(Whose::Unknown, |category| category.usually())),
        Some(word) => word
            .parse::<Whose>()
            .map_err(|error| whats.push(format!("whose: {error}"))),
    };
    let pattern =
        Late::new(&written.pattern).map_err(|what| whats.push(format!("pattern: {what}")));
    let unless = written
        .unless
        .as_deref()
        .map(Late::new)
        .transpose()
        .map_err(|what| whats.push(format!("unless: {what}")));
    let rank = written.rank.unwrap_or(default_rank);
    if !(0..=100).contains(&rank) {
        whats.push(format!("rank `{rank}` is not between 0 and 100"));
    }
    if written.needs.iter().any(|word| word.len() < 2) {
        whats.push("a word of `needs` is shorter than 2".to_owned());
    }
    let (Ok(category), Ok(whose), Ok(pattern), Ok(unless)) = (category, whose, pattern, unless)
    else {
        return Err(whats);
    };
    if pattern.get().is_match("") {
        whats.push("pattern matches the empty line".to_owned());
    }
    let mut rule = Rule {
        name: format!("{pack}/{}", written.id),
        pattern,
        needs: written.needs.clone(),
        category,
        whose,
        rank,
        pick: written.pick,
        unless,
        context: written.context,
    };
    for example in &written.examples {
        let body = mask::body(&example.line);
        let captured = rule
            .may_speak_of(body)
            .then(|| rule.capture(body))
            .flatten();
        match (captured, &example.capture) {
            (None, _) => whats.push(format!("does not match its example `{}`", example.line)),
            (Some(got), Some(wanted)) if got != wanted => {
                whats.push(format!(
                    "captures `{got}` and not `{wanted}` of `{}`",
                    example.line
                ));
            }
            _ => {}
        }
    }
    for line in &written.counterexamples {
        if rule.may_speak_of(line) && rule.capture(mask::body(line)).is_some() {
            whats.push(format!("matches its counterexample `{line}`"));
        }
    }
    if !whats.is_empty() {
        return Err(whats);
    }
    rule.pattern.rest();
    if let Some(unless) = &mut rule.unless {
        unless.rest();
    }
    Ok(rule)
}

pub(super) fn one_line(error: &impl ToString) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
