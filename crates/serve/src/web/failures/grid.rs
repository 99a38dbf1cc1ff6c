//! Rows and cells of the grid, made ready for the page.
//!
//! Only nights that are not simply green become elements: green is the ground of a row. Nights without a run that
//! follow each other are one element. So a thousand projects fit on a page.

mod mark;

use std::fmt::Write;

use jiff::civil::Date;
use labtower_store::{Cell, GridRow, GridSection, NightGrouping};

use self::mark::Mark;
use super::query::Choice;
use super::spark::Spark;
use super::window::Window;
use crate::web::format;

/// Failed jobs shown of one night; the rest is a link.
const MOST_JOBS: usize = 4;
/// The same for the last night, which has more room.
const MOST_JOBS_LATELY: usize = 6;
/// Letters of a reason in a cell.
const HEADLINE: usize = 90;

/// The grid as the page shows it.
#[derive(Debug)]
pub(super) struct GridView {
    pub(super) days: Vec<Head>,
    pub(super) sections: Vec<Section>,
    /// Columns: name, nights, streak, flaky jobs.
    pub(super) columns: usize,
    /// Rows of all windows, with the one of the heads.
    pub(super) rows: usize,
}

/// Head of a night's column.
#[derive(Debug)]
pub(super) struct Head {
    /// Day of the month; with the month on its first day shown.
    pub(super) label: String,
    pub(super) month: String,
    /// `Friday 20 November 2026`.
    pub(super) title: String,
    pub(super) weekend: bool,
    /// Column, from 1.
    pub(super) column: usize,
}

/// Rows under one heading.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: Option<Heading>,
    pub(super) rows: Vec<Row>,
}

/// What rows have in common.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) name: String,
    pub(super) note: String,
    /// Failed jobs of each night that has any.
    pub(super) cells: Vec<(usize, u32)>,
}

/// One project.
#[derive(Debug)]
pub(super) struct Row {
    /// Place among all rows, from 1; the heads are row 1.
    pub(super) index: usize,
    pub(super) path: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The row for those who do not see it: `28 of 30 nights passed, failed on 3 and 17 November`.
    pub(super) summary: String,
    /// Failures over the nights; absent when nothing failed.
    pub(super) spark: Option<Spark>,
    pub(super) cells: Vec<Night>,
    pub(super) streak: String,
    /// How many of its jobs are flaky.
    pub(super) flaky: String,
}

/// One element of a row.
#[derive(Debug)]
pub(super) struct Night {
    /// Column, from 1.
    pub(super) column: usize,
    /// Nights it spans.
    pub(super) span: usize,
    /// Whether it is the last night.
    pub(super) last: bool,
    pub(super) content: Content,
}

/// What happened in a night.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing ran, and nothing should have.
    Idle,
    /// A schedule should have run.
    Missing,
    /// Something failed that is filtered out.
    Hidden,
    /// These failed.
    Failed { jobs: Vec<Mark>, more: usize },
}

impl GridView {
    /// Makes a window ready, as `choice` wants it; `root` leads to `/`.
    pub(super) fn new(window: Window, choice: &Choice, root: &str) -> Self {
        let Window { grid, flaky } = window;
        let nights = grid.days.len();
        let days = heads(&grid.days);
        let dates = grid.days;
        let grouping = choice.filter.grouping;
        let mut sections: Vec<Section> = Vec::new();
        let mut shared = grid.sections.iter().peekable();
        for (place, (row, flaky)) in grid.rows.into_iter().zip(flaky).enumerate() {
            let index = choice.offset + place;
            // Sections follow each other without a gap; the first may have begun in an earlier window.
            let begun = shared.next_if(|section| section.first <= index);
            if begun.is_some() || sections.is_empty() {
                sections.push(Section {
                    heading: begun.map(|section| Heading::new(section, grouping, index)),
                    rows: Vec::new(),
                });
            }
            if let Some(section) = sections.last_mut() {
                section
                    .rows
                    .push(self::row(row, flaky, index + 2, &dates, root));
            }
        }
        Self {
            columns: nights + 3,
            rows: grid.totals.rows + 1,
            days,
            sections,
        }
    }
}

impl Heading {
    /// The heading of a section whose first row in this window is at `index`.
    fn new(section: &GridSection, grouping: NightGrouping, index: usize) -> Self {
        let named = match (grouping, section.group_id) {
            (NightGrouping::Group, Some(id)) => {
                format!("Group {id}: {}", short(&section.name, HEADLINE))
            }
            (NightGrouping::Group, None) => "no group".to_owned(),
            (NightGrouping::Topic, _) if section.name.is_empty() => "no topic".to_owned(),
            _ => section.name.clone(),
        };
        let lately = section.failed_jobs.last().copied().unwrap_or(0);
        let noun = if section.rows == 1 {
            "project"
        } else {
            "projects"
        };
        let rows = format::count(section.rows as u64);
        let mut note = format!("{rows} {noun}, {lately} failed last night");
        if section.first < index {
            note.push_str(", continued");
        }
        let cells = section.failed_jobs.iter().enumerate();
        Self {
            name: named,
            note,
            cells: cells
                .filter(|(_, count)| **count > 0)
                .map(|(night, count)| (night, *count))
                .collect(),
        }
    }
}

fn heads(days: &[Date]) -> Vec<Head> {
    days.iter()
        .enumerate()
        .map(|(place, day)| Head {
            label: day.day().to_string(),
            month: if place == 0 || day.day() == 1 {
                day.strftime("%b").to_string()
            } else {
                String::new()
            },
            title: day.strftime("%A %-d %B %Y").to_string(),
            weekend: day.weekday().to_monday_zero_offset() >= 5,
            column: place + 2,
        })
        .collect()
}

fn row(row: GridRow, flaky: Option<u32>, index: usize, days: &[Date], root: &str) -> Row {
    let summary = summary(&row, days);
    let (namespace, name) = match row.path.rsplit_once('/') {
        Some((namespace, name)) => (format!("{namespace}/"), name.to_owned()),
        None => (String::new(), row.path.clone()),
    };
    Row {
        index,
        namespace,
        name,
        summary,
        spark: Spark::of(&row.failed_by_night, days),
        cells: boxes(row.cells, days.len(), root),
        streak: match row.streak {
            0 => "–".to_owned(),
            1 => "1 night".to_owned(),
            nights => format!("{nights} nights"),
        },
        flaky: match flaky {
            None => "…".to_owned(),
            Some(0) => "–".to_owned(),
            Some(jobs) => jobs.to_string(),
        },
        path: row.path,
    }
}

/// The elements of a row: what failed, what should have run, and stretches in which nothing did.
fn boxes(cells: Vec<Cell>, nights: usize, root: &str) -> Vec<Night> {
    let mut by_day: Vec<Option<Cell>> = Vec::new();
    by_day.resize_with(nights, || None);
    for cell in cells {
        if let Some(place) = by_day.get_mut(usize::from(cell.day)) {
            *place = Some(cell);
        }
    }
    let mut boxes: Vec<Night> = Vec::new();
    for (day, cell) in by_day.into_iter().enumerate() {
        let last = day + 1 == nights;
        let Some(content) = content(cell, last, root) else {
            continue;
        };
        let column = day + 2;
        if let Some(before) = boxes.last_mut() {
            let goes_on = before.column + before.span == column && !last;
            let same = matches!(
                (&before.content, &content),
                (Content::Idle, Content::Idle) | (Content::Hidden, Content::Hidden)
            );
            if goes_on && same {
                before.span += 1;
                continue;
            }
        }
        boxes.push(Night {
            column,
            span: 1,
            last,
            content,
        });
    }
    boxes
}

/// What a night shows; nothing when all was green.
fn content(cell: Option<Cell>, last: bool, root: &str) -> Option<Content> {
    let Some(cell) = cell else {
        return Some(Content::Idle);
    };
    if !cell.jobs.is_empty() {
        let most = if last { MOST_JOBS_LATELY } else { MOST_JOBS };
        let more = cell.jobs.len().saturating_sub(most);
        let jobs = cell.jobs.into_iter().take(most);
        return Some(Content::Failed {
            jobs: jobs.map(|job| Mark::new(job, root)).collect(),
            more,
        });
    }
    if cell.missing {
        return Some(Content::Missing);
    }
    match (cell.failed, cell.passed) {
        (0, 0) => Some(Content::Idle),
        (0, _) => None,
        _ => Some(Content::Hidden),
    }
}

/// `28 of 30 nights passed, failed on 3 Nov and 17 Nov`.
fn summary(row: &GridRow, days: &[Date]) -> String {
    let passed = row
        .cells
        .iter()
        .filter(|cell| cell.failed == 0 && cell.passed > 0 && cell.jobs.is_empty())
        .count();
    let dates = |wanted: &dyn Fn(&Cell) -> bool| -> Vec<String> {
        row.cells
            .iter()
            .rev()
            .filter(|cell| wanted(cell))
            .filter_map(|cell| days.get(usize::from(cell.day)))
            .map(|day| day.strftime("%-d %b").to_string())
            .collect()
    };
    let mut text = format!("{passed} of {} nights passed", days.len());
    for (verb, found) in [
        ("failed", dates(&|cell| !cell.jobs.is_empty())),
        ("did not run", dates(&|cell| cell.missing)),
    ] {
        if !found.is_empty() {
            let more = found.len().saturating_sub(5);
            let named: Vec<&str> = found.iter().take(5).map(String::as_str).collect();
            let _ = write!(text, ", {verb} on {}", named.join(", "));
            if more > 0 {
                let _ = write!(text, " and {more} more");
            }
        }
    }
    text
}

/// The first letters of a text.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut text: String = text.chars().take(most - 1).collect();
    text.push('…');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(day: u16, passed: u32, failed: u32, missing: bool) -> Cell {
        Cell {
            day,
            passed,
            failed,
            runs: passed + failed,
            pipeline: None,
            jobs: Vec::new(),
            missing,
        }
    }

    #[test]
    fn green_is_the_ground_and_idle_nights_are_one_element() {
        let cells = vec![
            cell(0, 1, 0, false),
            cell(3, 0, 1, false),
            cell(4, 0, 0, true),
            cell(6, 1, 0, false),
        ];
        let boxes = boxes(cells, 9, "./");
        let seen: Vec<(usize, usize, char)> = boxes
            .iter()
            .map(|item| {
                let letter = match item.content {
                    Content::Idle => 'i',
                    Content::Missing => 'm',
                    Content::Hidden => 'h',
                    Content::Failed { .. } => 'f',
                };
                (item.column, item.span, letter)
            })
            .collect();
        assert_eq!(
            seen,
            [
                (3, 2, 'i'),
                (5, 1, 'h'),
                (6, 1, 'm'),
                (7, 1, 'i'),
                (9, 1, 'i'),
                (10, 1, 'i')
            ]
        );
        assert!(boxes.last().is_some_and(|item| item.last && item.span == 1));
    }

    #[test]
    fn long_texts_end_in_dots() {
        assert_eq!(short("größer", 6), "größer");
        assert_eq!(short("größere", 6), "größe…");
    }
}
