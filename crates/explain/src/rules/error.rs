//! What can be wrong with a pack of rules.

/// Everything that is wrong with the packs, all at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RulesError {
    /// Each problem, in the order of the packs.
    pub problems: Vec<RuleProblem>,
}

impl RulesError {
    /// Something that concerns no single rule.
    pub(crate) fn whole(pack: &str, error: &impl ToString) -> RulesError {
        RulesError {
            problems: vec![RuleProblem {
                pack: pack.to_owned(),
                rule: None,
                what: error.to_string(),
            }],
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pack `{pack}`{}: {what}", .rule.as_ref().map(|rule| format!(", rule `{rule}`")).unwrap_or_default())]
pub struct RuleProblem {
    /// Name of the pack.
    pub pack: String,
    /// Id of the rule, unless the file as a whole is wrong.
    pub rule: Option<String>,
    /// What is wrong, as a lowercase fragment.
    pub what: String,
}
