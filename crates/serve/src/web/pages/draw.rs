//! Charts as SVG, drawn on the server; each has a table of the same figures beside it.

/// Height of a drawing in its own units.
const HEIGHT: f64 = 110.0;
/// Width of a drawing.
const WIDTH: f64 = 720.0;
/// Labels below a drawing at most.
const LABELS: usize = 10;

/// Bars, each of parts on top of each other.
#[derive(Debug)]
pub(crate) struct Bars {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Width of a bar.
    pub(crate) bar: f64,
    pub(crate) columns: Vec<Bar>,
}

/// One bar.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) x: f64,
    /// For whoever points at it.
    pub(crate) title: String,
    /// Shown below it; empty for most, when there are many.
    pub(crate) label: String,
    pub(crate) parts: Vec<Part>,
}

/// Part of a bar.
#[derive(Debug)]
pub(crate) struct Part {
    /// Which series: names a class of the style.
    pub(crate) series: usize,
    pub(crate) y: f64,
    pub(crate) height: f64,
}

/// What one bar is drawn from.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) title: String,
    /// One value for each series.
    pub(crate) values: Vec<f64>,
}

impl Bars {
    /// Draws columns, the first at the left.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let highest = columns
            .iter()
            .map(|column| column.values.iter().sum::<f64>())
            .fold(0.0, f64::max);
        let step = WIDTH / columns.len().max(1) as f64;
        let every = columns.len().div_ceil(LABELS).max(1);
        let last = columns.len().saturating_sub(1);
        let bars = columns
            .into_iter()
            .enumerate()
            .map(|(place, column)| Bar {
                x: tenth(step * place as f64),
                title: column.title,
                // Counted from the right: the newest always has one.
                label: if (last - place).is_multiple_of(every) {
                    column.label
                } else {
                    String::new()
                },
                parts: parts(&column.values, highest),
            })
            .collect();
        Self {
            width: WIDTH,
            height: HEIGHT,
            bar: tenth((step * 0.82).clamp(1.0, 40.0)),
            columns: bars,
        }
    }

    /// Height with room for the labels.
    pub(crate) fn full_height(&self) -> f64 {
        self.height + 16.0
    }

    /// Where the labels stand.
    pub(crate) fn label_y(&self) -> f64 {
        self.height + 12.0
    }

    /// Half a bar, to the middle of which its label belongs.
    pub(crate) fn middle(&self, bar: &Bar) -> f64 {
        tenth(bar.x + self.bar / 2.0)
    }
}

fn parts(values: &[f64], highest: f64) -> Vec<Part> {
    let mut bottom = HEIGHT;
    let mut parts = Vec::new();
    for (series, value) in values.iter().enumerate() {
        let height = tenth(value / highest.max(f64::MIN_POSITIVE) * HEIGHT);
        if height > 0.0 {
            bottom = tenth(bottom - height);
            parts.push(Part {
                series,
                y: bottom.max(0.0),
                height,
            });
        }
    }
    parts
}

/// Points over time, and a line for their middle.
#[derive(Debug)]
pub(crate) struct Points {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) dots: Vec<Point>,
    /// Height of the line.
    pub(crate) line: Option<f64>,
    pub(crate) highest: f64,
}

/// One point.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Class of the style.
    pub(crate) class: &'static str,
    pub(crate) title: String,
}

impl Points {
    /// Draws values in order, the first at the left, with a line at `middle`.
    pub(crate) fn new(values: Vec<(f64, &'static str, String)>, middle: Option<f64>) -> Self {
        let highest = values.iter().map(|(value, ..)| *value).fold(0.0, f64::max);
        let step = WIDTH / values.len().max(1) as f64;
        let y =
            |value: f64| tenth(HEIGHT - value / highest.max(f64::MIN_POSITIVE) * (HEIGHT - 8.0));
        Self {
            width: WIDTH,
            height: HEIGHT,
            dots: values
                .into_iter()
                .enumerate()
                .map(|(place, (value, class, title))| Point {
                    x: tenth(step * (place as f64 + 0.5)),
                    y: y(value),
                    class,
                    title,
                })
                .collect(),
            line: middle.map(y),
            highest,
        }
    }
}

/// Rounded to tenths, so that the page does not fill with digits.
pub(crate) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Column {
        Column {
            label: "1".to_owned(),
            title: String::new(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn the_highest_bar_fills_the_drawing_and_parts_stand_on_each_other() {
        let bars = Bars::new(vec![column(&[6.0, 2.0]), column(&[0.0, 4.0])]);
        let first = &bars.columns[0].parts;
        assert!((first[0].y + first[0].height - HEIGHT).abs() < 1e-9);
        assert!(first[1].y.abs() < 1e-9);
        let second = &bars.columns[1].parts;
        assert_eq!(
            (second.len(), second[0].series),
            (1, 1),
            "nothing is drawn of nothing"
        );
    }

    #[test]
    fn many_bars_have_few_labels_and_the_newest_has_one() {
        let bars = Bars::new((0..90).map(|_| column(&[1.0])).collect());
        let labels = bars
            .columns
            .iter()
            .filter(|bar| !bar.label.is_empty())
            .count();
        assert!(labels <= LABELS && !bars.columns[89].label.is_empty());
    }

    #[test]
    fn nothing_is_a_drawing_too() {
        assert!(Bars::new(Vec::new()).columns.is_empty());
        assert!(Points::new(Vec::new(), None).dots.is_empty());
    }
}
