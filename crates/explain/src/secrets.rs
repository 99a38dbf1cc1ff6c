//! Secrets leave a text before anything else sees it.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::{Captures, Regex};

/// What stands in a secret's place; GitLab's own word.
pub(crate) const MASK: &str = "[MASKED]";

/// Replaces secrets by `[MASKED]`.
///
/// Known shapes: tokens of GitLab, GitHub, Slack, npm, PyPI, AWS and Google, JSON web tokens, passwords in URLs,
/// `Authorization` headers, and the values of assignments to names such as `token`, `password` or `api_key`.
/// What GitLab masked already, variables (`$TOKEN`) and placeholders stay as they are.
pub fn mask_secrets(text: &str) -> Cow<'_, str> {
    if !TRIGGERS.is_match(text) {
        return Cow::Borrowed(text);
    }
    let mut out = Cow::Borrowed(text);
    for (pattern, group) in PATTERNS.iter() {
        let replaced = pattern.replace_all(&out, |found: &Captures<'_>| {
            let (Some(whole), Some(secret)) = (found.get(0), found.get(*group)) else {
                return String::new();
            };
            if harmless(secret.as_str()) {
                return whole.as_str().to_owned();
            }
            let before = secret.start() - whole.start();
            let after = secret.end() - whole.start();
            format!(
                "{}{MASK}{}",
                &whole.as_str()[..before],
                &whole.as_str()[after..]
            )
        });
        if let Cow::Owned(changed) = replaced
            && changed != *out
        {
            out = Cow::Owned(changed);
        }
    }
    out
}

/// Not a secret: a variable, a placeholder, or masked already.
fn harmless(value: &str) -> bool {
    value.starts_with(['$', '<', '{', '%', '*'])
        || value.contains("MASKED")
        || value.contains("***")
        || matches!(
            value,
            "null" | "None" | "none" | "true" | "false" | "undefined" | "nil" | "xxxx" | "required"
        )
}

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the tests"
)]
static TRIGGERS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build([
            "token",
            "passw",
            "secret",
            "api_key",
            "apikey",
            "api-key",
            "access_key",
            "private_key",
            "credential",
            "authorization",
            "bearer",
            "glpat-",
            "gldt-",
            "glrt-",
            "glcbt-",
            "glptt-",
            "glft-",
            "glsoat-",
            "glimt-",
            "glagent-",
            "glffct-",
            "gloas-",
            "glwt-",
            "akia",
            "asia",
            "eyj",
            "ghp_",
            "gho_",
            "ghs_",
            "ghu_",
            "ghr_",
            "github_pat_",
            "xox",
            "npm_",
            "pypi-",
            "aiza",
            "@",
        ])
        .unwrap()
});

/// Patterns, and the group that is the secret.
#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the tests"
)]
static PATTERNS: LazyLock<Vec<(Regex, usize)>> = LazyLock::new(|| {
    [
        // No `\b` before what nothing else begins with: a log may print a token right behind a word.
        (r"((?:glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glsoat|glimt|glagent|glffct|gloas|glwt)-[\w.-]{8,})", 1),
        (r"((?:gh[pousr]_\w{16,})|(?:github_pat_\w{20,}))", 1),
        (r"(xox[abeoprs]-[\w-]{8,})", 1),
        (r"(npm_[A-Za-z0-9]{30,})", 1),
        (r"(pypi-[\w-]{16,})", 1),
        (r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b", 1),
        (r"(AIza[\w-]{30,})", 1),
        (r"\b(eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*)", 1),
        (r"://[^/\s:@]{0,200}:([^@/\s]{1,400})@", 1),
        (r"(?i)\bauthorization['\x22]?\s*[:=]\s*['\x22]?(?:basic|bearer|token|digest)?\s*([^\s'\x22]{4,})", 1),
        (r"(?i)\bbearer\s+([\w.~+/=-]{12,})", 1),
        (
            r"(?i)(?:^|[^a-z0-9])(?i-u:[a-z0-9_.-]{0,60}(?:token|passw(?:or)?d|passwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)[a-z0-9_]{0,20})=['\x22]?([^\s'\x22,;&)]{4,})",
            1,
        ),
        (
            r"(?i)(?:^|[^a-z0-9])(?i-u:[a-z0-9_.-]{0,60}(?:token|passw(?:or)?d|passwd|secret|api[_-]?key|access[_-]?key|private[_-]?key))['\x22]?\s*(?:=|:)\s*['\x22]?([A-Za-z0-9+/_=.~-]*[0-9][A-Za-z0-9+/_=.~-]{7,}|[A-Za-z0-9+/_=.~-]{7,}[0-9][A-Za-z0-9+/_=.~-]*)",
            1,
        ),
    ]
    .into_iter()
    .map(|(pattern, group)| (Regex::new(pattern).unwrap(), group))
    .collect()
});

#[cfg(test)]
mod tests {
    use super::mask_secrets;

    #[test]
    fn secrets_of_every_shape_leave() {
        for (text, wanted) in [
            ("use glpat-AbCdEf123456789_xyz1 now", "use [MASKED] now"),
            (
                "Registering token=AdWPNg2R ok",
                "Registering token=[MASKED] ok",
            ),
            (
                "git clone https://me:hunter2@git.example/x.git",
                "git clone https://me:[MASKED]@git.example/x.git",
            ),
            (
                "Authorization: Bearer abcdef123456",
                "Authorization: Bearer [MASKED]",
            ),
            ("AWS AKIAIOSFODNN7EXAMPLE", "AWS [MASKED]"),
            ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw", "jwt [MASKED]"),
            ("DB_PASSWORD: 's3cr3tvalue'", "DB_PASSWORD: '[MASKED]'"),
            ("export API_KEY=\"abcd1234\"", "export API_KEY=\"[MASKED]\""),
            ("ghp_abcdefghijklmnop1234 x", "[MASKED] x"),
            ("the executorglpat-AbCdEf123456789", "the executor[MASKED]"),
        ] {
            assert_eq!(mask_secrets(text), wanted);
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "SyntaxError: Unexpected token: punctuator",
            "error: expected one of `,` or `)`, found token `x`",
            "curl --header PRIVATE-TOKEN: $TOKEN token=$CI_JOB_TOKEN",
            "password=[MASKED]",
            "fatal: invalid credentials",
            "image registry.example/a@sha256:abc",
            "login(token=None)",
        ] {
            assert_eq!(mask_secrets(text), text);
        }
    }
}
