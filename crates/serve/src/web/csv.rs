//! Comma-separated values as RFC 4180 has them, which a spreadsheet may open.

/// Ends a line of these cells.
pub(crate) fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&cell);
    }
    text.push_str("\r\n");
}

/// A text as a cell; what a spreadsheet would take for a formula gets an apostrophe before it.
pub(crate) fn field(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        quoted(&format!("'{text}"))
    } else {
        quoted(text)
    }
}

/// A figure, or a text that is no formula, as a cell.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("-3"), "-3");
    }

    #[test]
    fn a_line_ends_as_the_standard_says() {
        let mut text = String::new();
        line(&mut text, ["a", "b"].map(str::to_owned).into_iter());
        assert_eq!(text, "a,b\r\n");
    }
}
