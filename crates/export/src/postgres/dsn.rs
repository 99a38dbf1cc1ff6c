//! Parameters in the address of a database, which is a URL or pairs.

/// Takes a parameter out of a DSN, which the driver does not know or knows less of.
pub(super) fn take(dsn: &str, key: &str) -> (String, Option<String>) {
    let is_url = dsn.starts_with("postgres://") || dsn.starts_with("postgresql://");
    if is_url {
        let Some((address, query)) = dsn.split_once('?') else {
            return (dsn.to_owned(), None);
        };
        let (taken, kept): (Vec<_>, Vec<_>) = query
            .split('&')
            .partition(|pair| pair.split_once('=').is_some_and(|(name, _)| name == key));
        let value = taken.last().and_then(|pair| pair.split_once('='));
        let value = value.map(|(_, value)| decoded(value));
        let kept: Vec<_> = kept.into_iter().filter(|pair| !pair.is_empty()).collect();
        let query = kept.join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        return (format!("{address}{mark}{query}"), value);
    }
    let (mut kept, mut value) = (String::new(), None);
    for pair in pairs(dsn) {
        match pair.split_once('=') {
            Some((name, text)) if name.trim() == key => {
                let text = text.trim();
                let bare = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
                value = Some(bare.unwrap_or(text).to_owned());
            }
            _ => kept.push_str(pair),
        }
    }
    (kept, value)
}

fn decoded(text: &str) -> String {
    let query = format!("v={text}");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// The pairs of a DSN, each with the spaces after it; a quoted value may have spaces and escaped quotes.
fn pairs(dsn: &str) -> Vec<&str> {
    let (mut pairs, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    let mut has_value = false;
    for (at, c) in dsn.char_indices() {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            _ if was_escaped => {}
            '\\' => is_escaped = true,
            '\'' => is_quoted = !is_quoted,
            '=' if !is_quoted => has_value = true,
            // Spaces around the sign belong to the pair.
            c if c.is_whitespace() && !is_quoted && has_value => {
                let value = dsn[start..at]
                    .split_once('=')
                    .map_or("", |(_, value)| value);
                if !value.trim().is_empty() {
                    pairs.push(&dsn[start..=at]);
                    (start, has_value) = (at + c.len_utf8(), false);
                }
            }
            _ => {}
        }
    }
    pairs.push(&dsn[start..]);
    pairs
}
