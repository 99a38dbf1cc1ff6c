//! Resolvers of dependencies that explain themselves in prose: uv, Poetry, Composer, Bundler, cargo, apk, Julia.

use super::Parser;
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "resolver",
    words: &[
        "No solution found when resolving",
        "version solving failed",
        "could not be resolved to an installable set",
        "could not find compatible versions for gem",
        "failed to select a version for",
        "no matching package named",
        "unable to select packages",
        "Unsatisfiable requirements detected",
        "unmet dependencies",
        "Could not solve for environment specs",
        "LibMambaUnsatisfiableError",
        "PackagesNotFoundError",
        "ResolutionImpossible",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines {
        let text = log.text(*line).trim();
        let end = log.run(*line, 14, |text| {
            !text.starts_with("$ ") && !text.starts_with("ERROR: Job")
        });
        let detail = (line + 1..=end).find(|at| {
            let text = log.text(*at).trim_start_matches(['╰', '─', '▶', '│', ' ', '├', '└', '-']).trim();
            re!(r"(?i)^because |^root composer\.json|no such package|^required by package|^depends: |^.+ is restricted|^.+ depends on|^.+ requires |nothing provides|does not exist|^- [\w.-]+$")
                .is_match(text)
        });
        let said = detail.map(|at| {
            log.text(at)
                .trim()
                .trim_start_matches(['╰', '─', '▶', '│', ' ', '├', '└', '-'])
        });
        let mut finding = Finding::new(*line, rank::TOOL + 8, Category::Dependency)
            .span(*line, end.min(*line + 10));
        if let Some(said) = said {
            finding = finding.headline(format!("{} {said}", text.trim_start_matches(['×', ' '])));
        }
        findings.push(finding);
        if let Some(detail) = detail {
            findings.push(Finding::new(detail, rank::TOOL + 6, Category::Dependency));
        }
    }
}
