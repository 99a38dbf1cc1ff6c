//! `byte_offset` and `byte_limit` of the trace endpoint.

/// The bytes asked for; beyond the end there are none. A multi-byte letter may be cut, as GitLab does.
pub(crate) fn slice(body: &[u8], byte_offset: Option<usize>, byte_limit: Option<usize>) -> &[u8] {
    let start = byte_offset.unwrap_or(0).min(body.len());
    let end = byte_limit.map_or(body.len(), |limit| {
        start.saturating_add(limit).min(body.len())
    });
    &body[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_and_limit_cut_and_never_overrun() {
        assert_eq!(slice(b"abcdef", Some(2), Some(3)), b"cde");
        assert_eq!(slice(b"abcdef", Some(4), Some(30)), b"ef");
        assert_eq!(slice(b"abcdef", Some(40), None), b"");
        assert_eq!(slice(b"abcdef", None, None), b"abcdef");
    }
}
