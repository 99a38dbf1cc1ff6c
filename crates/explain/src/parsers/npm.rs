//! npm's and pnpm's own errors: the line that says what, not the lines around it.

use super::{Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "npm",
    words: &["npm ERR!", "npm error"],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let said = |line: usize| {
        let text = log.text(line).trim();
        text.strip_prefix("npm ERR!")
            .or_else(|| text.strip_prefix("npm error"))
            .map(str::trim)
    };
    let spans = lines.chunk_by(|one, other| other - one <= 3);
    for block in spans {
        let texts: Vec<(usize, &str)> = block
            .iter()
            .filter_map(|line| said(*line).map(|said| (*line, said)))
            .collect();
        let code = texts
            .iter()
            .find_map(|(_, said)| said.strip_prefix("code "))
            .unwrap_or_default();
        let (from, to) = (block[0], *block.last().unwrap_or(&block[0]));
        let Some((line, message)) = pick(code, &texts) else {
            continue;
        };
        let (category, whose) = kind(code, message);
        // A script's exit code says only that the script failed.
        let script = category == Category::Unknown
            && [
                "Exit status",
                "Test failed",
                "Lifecycle script",
                "command failed",
                "Command failed",
            ]
            .iter()
            .any(|words| message.starts_with(words))
            || matches!(code, "ELIFECYCLE" | "1" | "2" | "127" | "130" | "137");
        let height = if script {
            rank::WRAPPER
        } else {
            rank::TOOL + 12
        };
        findings.push(
            Finding::new(line, height, category)
                .whose(whose)
                .key(format!("{code} {message}"))
                .span(from, to.min(from + 14)),
        );
    }
}

/// The line that tells most for an error code.
fn pick<'a>(code: &str, texts: &[(usize, &'a str)]) -> Option<(usize, &'a str)> {
    let wanted = match code {
        "ERESOLVE" => {
            r"^(?:Could not resolve dependency|Conflicting peer dependency|ERESOLVE|peer |While resolving)"
        }
        "EUSAGE" => r"^(?:`npm ci`|The `npm ci`|Missing:|Invalid:|.*can only install)",
        "ETARGET" | "E404" | "E401" | "E403" | "E500" | "E502" | "E503" => {
            r"^(?:\d{3} |notarget|404|Unable to authenticate|Incorrect or missing)"
        }
        "EJSONPARSE" | "EINTEGRITY" | "EBADENGINE" => {
            r"^(?:Failed to parse|JSON\.parse|sha\d+|Unexpected|Not compatible|engine )"
        }
        _ => {
            r"^(?:Missing script|missing script|request to|network|getaddrinfo|connect |Could not|ENOENT|enoent|EACCES|Cannot|.*[Ee]rror\b)"
        }
    };
    let pattern = regex::Regex::new(wanted).ok()?;
    let plain = |said: &str| {
        !said.is_empty()
            && ![
                "code ",
                "errno",
                "syscall",
                "path ",
                "A complete log",
                "This is probably",
                "Failed at the",
                "cwd ",
                "command ",
            ]
            .iter()
            .any(|word| said.starts_with(word))
    };
    texts
        .iter()
        .find(|(_, said)| pattern.is_match(said))
        .or_else(|| texts.iter().find(|(_, said)| plain(said)))
        .or_else(|| texts.first())
        .copied()
}

fn kind(code: &str, message: &str) -> (Category, Whose) {
    match code {
        "E404" | "ETARGET" | "ERESOLVE" | "EINTEGRITY" | "EBADENGINE" | "ENOVERSIONS"
        | "EUSAGE" => (Category::Dependency, Whose::Code),
        "E401" | "E403" | "ENEEDAUTH" | "EOTP" => (Category::Auth, Whose::Config),
        "ENOTFOUND" | "ECONNREFUSED" | "ECONNRESET" | "ETIMEDOUT" | "EAI_AGAIN"
        | "ERR_SOCKET_TIMEOUT" | "E500" | "E502" | "E503" => (Category::Network, Whose::External),
        "ENOSPC" => (Category::Disk, Whose::Infra),
        "ENOENT" | "EJSONPARSE" | "EACCES" | "EPERM" => (Category::Config, Whose::Config),
        _ if message.to_ascii_lowercase().starts_with("missing script") => {
            (Category::Config, Whose::Config)
        }
        _ => classify::exception(message).unwrap_or((Category::Unknown, Whose::Unknown)),
    }
}
