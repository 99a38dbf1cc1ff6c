//! The part of the style that is counted rather than written: columns of grids, and signs of groups.
//!
//! Pages have no inline style, so that every place and sign needs a class.

use std::fmt::Write;

use labtower_model::Glyph;

/// Nights a grid may have, and the width of one at least: pixels.
const NIGHTS: [(usize, usize); 4] = [(7, 44), (14, 34), (30, 24), (90, 19)];
/// Most columns that are placed: name, nights.
const COLUMNS: usize = 91;

/// Rules to append to the written ones.
pub(super) fn counted() -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    for column in 2..=COLUMNS {
        let _ = write!(text, ".c{column}{{grid-column-start:{column}}}");
    }
    for span in 2..=COLUMNS {
        let _ = write!(text, ".w{span}{{grid-column-end:span {span}}}");
    }
    for (nights, width) in NIGHTS {
        let before = nights - 1;
        let _ = write!(
            text,
            ".d{nights}{{--nights:{}px}}.d{nights} .r{{grid-template-columns:var(--name) repeat({before},minmax({width}px,1fr)) var(--last) var(--red-for) var(--flaky)}}\
             .d{nights} .r::before{{grid-column:2/span {before};background-size:calc(100%/{before}) 100%}}\
             .d{nights} .r::after{{grid-column:{}}}",
            before * width,
            nights + 1
        );
    }
    // One group of each form gives the form's outline.
    for form in 0..Glyph::FORMS {
        let group = (0..Glyph::COUNT as i64).find(|group| Glyph::of(*group).form() == form);
        let path = group
            .map(|group| Glyph::of(group).path())
            .unwrap_or_default();
        let _ = write!(
            text,
            ".s{form}::after{{clip-path:path(evenodd,\"{path}\")}}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_and_every_sign_has_a_rule() {
        let style = counted();
        for rule in [
            ".c2{",
            ".c91{",
            ".w90{",
            ".d30 .r{",
            ".s0::after{",
            ".s31::after{",
        ] {
            assert!(style.contains(rule), "{rule}");
        }
        assert!(
            !style.contains("path(evenodd,\"\")"),
            "a form without an outline"
        );
    }
}
