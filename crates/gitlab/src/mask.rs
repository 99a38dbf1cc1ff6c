//! Text from outside made fit for messages and logs.

use std::sync::LazyLock;

use regex::Regex;

/// Longest excerpt of a body, in characters.
const EXCERPT: usize = 200;

/// Bytes looked at to make one; enough for the opening of any body.
const LOOKED_AT: usize = 2_000;

/// Things that look like credentials: GitLab's token prefixes, token parameters, bearer values.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)gl[a-z]{2,5}-[a-z0-9_.\-]{8,}|((private|access|job)_token=|bearer\s+)[^&\s"'<>]+|://[^/\s@"']+@"#)
        .expect("the pattern is constant")
});

/// Opening of a body in one line, with `secret` and anything that looks like a credential masked.
pub(crate) fn excerpt(body: &[u8], secret: &str) -> String {
    let opening = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]);
    let one_line = opening.split_whitespace().collect::<Vec<_>>().join(" ");
    let masked = mask(&one_line, secret);
    let mut cut: String = masked.chars().take(EXCERPT).collect();
    if cut.len() < masked.len() {
        cut.push('…');
    }
    cut
}

/// `text` with `secret` and anything that looks like a credential replaced.
pub(crate) fn mask(text: &str, secret: &str) -> String {
    let text = if secret.is_empty() {
        text.to_owned()
    } else {
        text.replace(secret, "[masked]")
    };
    CREDENTIALS.replace_all(&text, "[masked]").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_token_and_look_alikes_are_masked() {
        let body = b"<p>token hunter2 and\n glpat-abcdefgh1234 at /x?private_token=zzz&a=1\n</p>";
        let text = excerpt(body, "hunter2");
        assert_eq!(
            text,
            "<p>token [masked] and [masked] at /x?[masked]&a=1 </p>"
        );
    }

    #[test]
    fn long_body_is_cut() {
        let text = excerpt("é".repeat(5_000).as_bytes(), "");
        assert_eq!(text.chars().count(), EXCERPT + 1);
    }
}
