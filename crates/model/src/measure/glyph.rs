//! A small sign by which people know a failure group again.

/// Sign of a group: the same group has the same one everywhere, and groups made one after another have different ones.
///
/// Shape and mark tell as much as the colour does, so that it works without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Glyph {
    /// Which of [`Glyph::COLOURS`] colours: a number for the style sheet.
    pub colour: u8,
    /// Which of the outlines.
    shape: u8,
    /// Which of the marks within.
    mark: u8,
}

/// Name and outline, in a square of 16.
const SHAPES: [(&str, &str); 8] = [
    ("disc", "M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14z"),
    ("square", "M2 2h12v12h-12z"),
    ("diamond", "M8 .5L15.5 8L8 15.5L.5 8z"),
    ("triangle", "M8 1L15.5 14.5H.5z"),
    ("hexagon", "M4.2 1.5h7.6L15.5 8l-3.7 6.5H4.2L.5 8z"),
    ("pentagon", "M8 .7L15.6 6.3L12.7 15.2H3.3L.4 6.3z"),
    ("drop", "M8 .5L13 7.5a6 6 0 1 1-10 0z"),
    ("shield", "M2 1.5h12v7L8 15.5L2 8.5z"),
];

/// Name and path of what is cut out of the shape.
const MARKS: [(&str, &str); 4] = [
    ("plain", ""),
    ("dotted", "M8 6.8a2.2 2.2 0 1 1 0 4.4a2.2 2.2 0 1 1 0-4.4z"),
    ("barred", "M4.5 8h7v2.2h-7z"),
    ("split", "M7 3.5h2v9.5H7z"),
];

const NAMES: [&str; Glyph::COLOURS as usize] = [
    "red", "orange", "yellow", "lime", "green", "teal", "cyan", "blue", "indigo", "violet", "pink",
    "brown",
];

impl Glyph {
    /// Colours there are.
    pub const COLOURS: u8 = 12;
    /// Signs there are: this many groups in a row all differ.
    pub const COUNT: u64 = Self::COLOURS as u64 * SHAPES.len() as u64 * MARKS.len() as u64;

    /// The sign of the group with this id.
    pub fn of(group: i64) -> Self {
        // A step that shares no factor with the count visits every sign before any comes again,
        // and neighbours land far apart.
        let place = group.unsigned_abs().wrapping_mul(149) % Self::COUNT;
        let colours = u64::from(Self::COLOURS);
        Self {
            colour: (place % colours) as u8,
            shape: (place / colours % SHAPES.len() as u64) as u8,
            mark: (place / colours / SHAPES.len() as u64) as u8,
        }
    }

    /// Forms there are: shapes, each with every mark.
    pub const FORMS: u8 = (SHAPES.len() * MARKS.len()) as u8;

    /// Which of the [`Glyph::FORMS`] forms: a number for the style sheet. Glyphs of one form have one [`Glyph::path`].
    pub fn form(self) -> u8 {
        self.mark * SHAPES.len() as u8 + self.shape
    }

    /// Outline of the shape as an SVG path in a square of 16; the mark is a hole in it (fill rule `evenodd`).
    pub fn path(self) -> String {
        format!(
            "{}{}",
            SHAPES[usize::from(self.shape)].1,
            MARKS[usize::from(self.mark)].1
        )
    }

    /// In words, for those who do not see it: `blue dotted hexagon`.
    pub fn name(self) -> String {
        let colour = NAMES[usize::from(self.colour)];
        let mark = MARKS[usize::from(self.mark)].0;
        let shape = SHAPES[usize::from(self.shape)].0;
        format!("{colour} {mark} {shape}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn groups_made_in_a_row_all_look_different() {
        let start = 1_000_003;
        let signs: HashSet<Glyph> = (start..start + Glyph::COUNT as i64)
            .map(Glyph::of)
            .collect();
        assert_eq!(signs.len() as u64, Glyph::COUNT);
        assert_eq!(Glyph::of(7), Glyph::of(7));
    }

    #[test]
    fn neighbours_differ_in_shape_and_colour() {
        for id in 1..2000 {
            let (one, next) = (Glyph::of(id), Glyph::of(id + 1));
            assert!(one.shape != next.shape && one.colour != next.colour, "{id}");
        }
    }

    #[test]
    fn name_and_path_are_there_for_any_id() {
        for id in [0, 1, i64::MAX, i64::MIN] {
            assert!(Glyph::of(id).path().starts_with('M'));
            assert_eq!(Glyph::of(id).name().split(' ').count(), 3);
        }
    }
}
