//! From tables to text: the heads of families and their series.

use super::family::{Family, Kind};
use super::format::Format;
use super::table::{Cells, Column, Histograms, Table};
use super::text::{push_help, push_number, push_whole};

/// How families are written.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// The text format.
    pub format: Format,
    /// Most series of one family; rows of least weight are left out.
    pub max_series: usize,
    /// Families that are left out.
    pub disabled: Vec<String>,
    /// In OpenMetrics, when the counters of the store began, in unix seconds, said for each; `None` says nothing.
    pub created: Option<f64>,
}

/// Series of a family that were left out because it reached its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The family.
    pub family: &'static str,
    /// How many.
    pub series: usize,
}

/// Appends all families of the tables; returns what did not find room. Allocates per family, not per series.
pub fn write(out: &mut Vec<u8>, tables: &[Table], options: &WriteOptions) -> Vec<Dropped> {
    let mut dropped = Vec::new();
    for table in tables {
        for column in &table.columns {
            let name = column.family.name;
            if !options.disabled.iter().any(|disabled| disabled == name) {
                let series = write_column(out, table, column, options);
                dropped.extend((series > 0).then_some(Dropped {
                    family: name,
                    series,
                }));
            }
        }
    }
    dropped
}

/// Writes one family; returns how many series were left out.
fn write_column(
    out: &mut Vec<u8>,
    table: &Table,
    column: &Column,
    options: &WriteOptions,
) -> usize {
    let rows = 0..table.labels.len();
    let present = rows.clone().filter(|row| column.cells.has(*row)).count();
    let series = column.cells.series();
    let room = options.max_series / series;
    if present == 0 || room == 0 {
        return present * series;
    }
    head(out, column.family, options.format);
    let mut limit = Limit::new(table, column, present, room);
    let mut line = Line {
        name: column.family.name,
        opening: [column.family.name.as_bytes(), b"{"].concat(),
        options,
        created: column
            .family
            .kind
            .is_counted()
            .then_some(options.created)
            .flatten(),
    };
    if options.format == Format::Prometheus {
        line.created = None;
    }
    for row in rows {
        if column.cells.has(row) && limit.admits(table, row) {
            let labels = table.labels.get(row);
            match &column.cells {
                Cells::Numbers(values) => line.number(out, labels, values[row]),
                Cells::Histograms(histograms) => line.histogram(out, labels, histograms, row),
            }
        }
    }
    present.saturating_sub(room) * series
}

impl Kind {
    /// Whether its values begin at a time, which OpenMetrics can tell.
    fn is_counted(self) -> bool {
        matches!(self, Self::Counter | Self::Histogram)
    }
}

fn head(out: &mut Vec<u8>, family: &Family, format: Format) {
    let (name, kind) = match format {
        Format::OpenMetrics => (family.openmetrics_name(), family.kind.openmetrics()),
        Format::Prometheus => (family.name, family.kind.prometheus()),
    };
    let mut line = |word: &str, text: &dyn Fn(&mut Vec<u8>)| {
        out.extend_from_slice(b"# ");
        out.extend_from_slice(word.as_bytes());
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
        out.push(b' ');
        text(out);
        out.push(b'\n');
    };
    let quotes = format == Format::OpenMetrics;
    line("HELP", &|out| push_help(out, family.help, quotes));
    line("TYPE", &|out| out.extend_from_slice(kind.as_bytes()));
    if let (Format::OpenMetrics, Some(unit)) = (format, family.openmetrics_unit()) {
        line("UNIT", &|out| out.extend_from_slice(unit.as_bytes()));
    }
}

/// Which rows a family has room for: those of greatest weight, and of equal ones the first.
struct Limit {
    /// Least weight that has room for sure is greater than this; `None` when all have room.
    weight: Option<i64>,
    /// How many of exactly that weight have room as well.
    ties: usize,
}

impl Limit {
    fn new(table: &Table, column: &Column, present: usize, room: usize) -> Self {
        if present <= room {
            return Self {
                weight: None,
                ties: 0,
            };
        }
        let mut weights: Vec<i64> = (0..table.labels.len())
            .filter(|row| column.cells.has(*row))
            .map(|row| weight(table, row))
            .collect();
        let (heavier, least, _) = weights.select_nth_unstable_by(room - 1, |a, b| b.cmp(a));
        let surely = heavier.iter().filter(|weight| **weight > *least).count();
        Self {
            weight: Some(*least),
            ties: room - surely,
        }
    }

    fn admits(&mut self, table: &Table, row: usize) -> bool {
        let Some(least) = self.weight else {
            return true;
        };
        match weight(table, row).cmp(&least) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => {
                let room = self.ties > 0;
                self.ties = self.ties.saturating_sub(1);
                room
            }
        }
    }
}

fn weight(table: &Table, row: usize) -> i64 {
    table.weights.get(row).copied().unwrap_or(0)
}

/// Writes the series of one family.
struct Line<'w> {
    name: &'static str,
    /// The name with a brace: what every series of plain numbers begins with.
    opening: Vec<u8>,
    options: &'w WriteOptions,
    created: Option<f64>,
}

impl Line<'_> {
    fn number(&self, out: &mut Vec<u8>, labels: &str, value: f64) {
        if labels.is_empty() {
            out.extend_from_slice(self.name.as_bytes());
            out.push(b' ');
        } else {
            out.extend_from_slice(&self.opening);
            out.extend_from_slice(labels.as_bytes());
            out.extend_from_slice(b"} ");
        }
        push_number(out, value);
        out.push(b'\n');
        self.created(
            out,
            self.name.strip_suffix("_total").unwrap_or(self.name),
            labels,
        );
    }

    fn histogram(&self, out: &mut Vec<u8>, labels: &str, histograms: &Histograms, row: usize) {
        let bounds = histograms.bounds;
        let buckets = bounds.len() + 1;
        let counts = &histograms.counts[row * buckets..(row + 1) * buckets];
        let mut total = 0;
        for (index, count) in counts.iter().enumerate() {
            total += count;
            out.extend_from_slice(self.name.as_bytes());
            out.extend_from_slice(b"_bucket{");
            if !labels.is_empty() {
                out.extend_from_slice(labels.as_bytes());
                out.push(b',');
            }
            out.extend_from_slice(b"le=\"");
            match bounds.get(index) {
                // The spelling of OpenMetrics, in both formats: a series must not change its name with the format.
                Some(bound) => {
                    push_whole(out, bound.unsigned_abs());
                    out.extend_from_slice(b".0\"} ");
                }
                None => out.extend_from_slice(b"+Inf\"} "),
            }
            push_whole(out, total);
            out.push(b'\n');
        }
        self.begin(out, "_sum", labels);
        push_number(out, histograms.sums[row]);
        out.push(b'\n');
        self.begin(out, "_count", labels);
        push_whole(out, total);
        out.push(b'\n');
        self.created(out, self.name, labels);
    }

    fn begin(&self, out: &mut Vec<u8>, suffix: &str, labels: &str) {
        begin(out, self.name, suffix, labels);
    }

    fn created(&self, out: &mut Vec<u8>, stem: &str, labels: &str) {
        if let (Some(created), Format::OpenMetrics) = (self.created, self.options.format) {
            begin(out, stem, "_created", labels);
            push_number(out, created);
            out.push(b'\n');
        }
    }
}

fn begin(out: &mut Vec<u8>, name: &str, suffix: &str, labels: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(suffix.as_bytes());
    if labels.is_empty() {
        out.push(b' ');
    } else {
        out.push(b'{');
        out.extend_from_slice(labels.as_bytes());
        out.extend_from_slice(b"} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tables: &[Table], format: Format, max_series: usize) -> (String, Vec<Dropped>) {
        let options = WriteOptions {
            format,
            max_series,
            disabled: vec!["labtower_jobs".to_owned()],
            created: Some(7.5),
        };
        let mut out = Vec::new();
        let dropped = write(&mut out, tables, &options);
        (String::from_utf8(out).unwrap(), dropped)
    }

    #[test]
    fn counter_has_its_suffix_where_each_format_wants_it() {
        let table = [Table::single("gitlab_merge_requests_total", Some(3.0))];
        let (plain, _) = text(&table, Format::Prometheus, 10);
        assert_eq!(
            plain,
            "# HELP gitlab_merge_requests_total Merge requests of all projects, in any state.\n\
             # TYPE gitlab_merge_requests_total counter\n\
             gitlab_merge_requests_total 3\n"
        );
        let (open, _) = text(&table, Format::OpenMetrics, 10);
        assert_eq!(
            open,
            "# HELP gitlab_merge_requests Merge requests of all projects, in any state.\n\
             # TYPE gitlab_merge_requests counter\n\
             gitlab_merge_requests_total 3\n\
             gitlab_merge_requests_created 7.5\n"
        );
    }

    #[test]
    fn histogram_is_cumulative_and_ends_in_sum_and_count() {
        let mut table = Table::histogram("labtower_job_queue_seconds", &[1, 60]);
        table.row().pair("project", "a");
        table.observe(0, 1, 2, 0.5);
        table.observe(0, 3, 1, 99.25);
        let (plain, _) = text(&[table], Format::Prometheus, 100);
        let series: Vec<&str> = plain.lines().skip(2).collect();
        assert_eq!(
            series,
            [
                "labtower_job_queue_seconds_bucket{project=\"a\",le=\"1.0\"} 2",
                "labtower_job_queue_seconds_bucket{project=\"a\",le=\"60.0\"} 2",
                "labtower_job_queue_seconds_bucket{project=\"a\",le=\"+Inf\"} 3",
                "labtower_job_queue_seconds_sum{project=\"a\"} 99.75",
                "labtower_job_queue_seconds_count{project=\"a\"} 3",
            ]
        );
    }

    #[test]
    fn the_lightest_rows_go_when_there_is_no_room() {
        let mut table = Table::new(&["labtower_pipelines"]);
        for (project, weight) in [("a", 5), ("b", 1), ("c", 5), ("d", 9), ("e", 5)] {
            table.row().pair("project", project);
            table.set(0, Some(1.0));
            table.weigh(weight);
        }
        let (plain, dropped) = text(&[table.clone()], Format::Prometheus, 3);
        let kept: Vec<&str> = plain.lines().skip(2).collect();
        assert_eq!(kept.len(), 3);
        assert!(
            kept[0].contains("\"a\"") && kept[1].contains("\"c\"") && kept[2].contains("\"d\"")
        );
        let family = "labtower_pipelines";
        assert_eq!(dropped, [Dropped { family, series: 2 }]);
        let (all, none) = text(&[table], Format::Prometheus, 5);
        assert_eq!((all.lines().count(), none.len()), (7, 0));
    }

    #[test]
    fn rendering_allocates_nothing_per_series() {
        let allocations = |rows: usize| {
            let mut table = Table::new(&["labtower_pipelines", "labtower_runners"]);
            let mut times = Table::histogram("labtower_job_queue_seconds", &[1, 60]);
            for row in 0..rows {
                table.row().plain("project", row);
                table.set(0, Some(row as f64));
                table.set(1, Some(row as f64 + 0.1));
                times.row().plain("project", row);
                times.observe(row, 2, 3, 4.5);
            }
            let tables = [table, times];
            let options = WriteOptions {
                format: Format::OpenMetrics,
                max_series: usize::MAX,
                disabled: Vec::new(),
                created: Some(1.0),
            };
            let mut out = Vec::with_capacity(rows * 1000 + 1000);
            let measured = allocation_counter::measure(|| {
                write(&mut out, &tables, &options);
            });
            assert!(out.len() > rows * 200);
            measured.count_total
        };
        assert_eq!(allocations(10), allocations(1000));
    }

    #[test]
    fn families_without_values_and_disabled_ones_are_not_announced() {
        let tables = [
            Table::single("labtower_jobs", Some(1.0)),
            Table::single("labtower_pipelines", None),
            Table::new(&["labtower_runners"]),
        ];
        let (plain, dropped) = text(&tables, Format::Prometheus, 5);
        assert_eq!((plain.as_str(), dropped.len()), ("", 0));
    }
}
