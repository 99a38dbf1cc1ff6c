//! Cursors: opaque to clients, the last row's id to us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The cursor that stands at the row with this id.
pub(crate) fn cursor(id: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{{\"id\":\"{id}\"}}"))
}

/// The id a cursor stands at.
pub(crate) fn parse(cursor: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("{\"id\":\"")?
        .split('"')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_id_back_and_nonsense_gives_none() {
        assert_eq!(parse(&cursor(1_000_123)), Some(1_000_123));
        assert_eq!(parse("nonsense"), None);
    }
}
