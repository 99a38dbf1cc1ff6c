//! Failed jobs one by one: the plain table, and CSV.

use labtower_store::Grid;

use super::category::Kind;
use crate::web::format;

/// A failed job of a night.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) night: String,
    pub(super) project: String,
    pub(super) job: String,
    pub(super) job_id: String,
    /// Path of the card from the root; empty for a pipeline without jobs.
    pub(super) card: String,
    pub(super) url: Option<String>,
    pub(super) allowed: bool,
    pub(super) retried: bool,
    pub(super) kind: Kind,
    pub(super) headline: String,
    pub(super) group: Option<i64>,
    pub(super) issue: String,
    pub(super) issue_url: Option<String>,
    pub(super) is_new: bool,
    pub(super) came_back: bool,
}

/// The failed jobs of a grid: row by row, the newest night first.
pub(super) fn lines(grid: &Grid) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in &grid.rows {
        for cell in row.cells.iter().rev() {
            let night = grid
                .days
                .get(usize::from(cell.day))
                .map(ToString::to_string)
                .unwrap_or_default();
            for job in &cell.jobs {
                let id = job.job_id.map(|id| id.to_string()).unwrap_or_default();
                lines.push(Line {
                    night: night.clone(),
                    project: row.path.clone(),
                    job: job.name.clone(),
                    card: if id.is_empty() {
                        String::new()
                    } else {
                        format!("failures/job/{id}")
                    },
                    kind: match job.job_id {
                        Some(_) => Kind::of(job.category.as_deref()),
                        None => Kind::pipeline(),
                    },
                    job_id: id,
                    url: format::link(job.web_url.clone()),
                    allowed: job.allow_failure,
                    retried: job.retried,
                    headline: job.headline.clone().unwrap_or_default(),
                    group: job.group_id.map(|group| group.0),
                    issue: job
                        .issue
                        .as_ref()
                        .map(|link| link.key.to_string())
                        .unwrap_or_default(),
                    issue_url: job
                        .issue
                        .as_ref()
                        .and_then(|link| format::link(link.web_url.clone())),
                    is_new: job.is_new,
                    came_back: job.came_back,
                });
            }
        }
    }
    lines
}

/// The lines as RFC 4180 has them.
pub(super) fn text(lines: &[Line]) -> String {
    let mut text = String::from(
        "night,project,job,job_id,url,allow_failure,retried,category,headline,group_id,issue,is_new,came_back\r\n",
    );
    for line in lines {
        let fields = [
            line.night.clone(),
            line.project.clone(),
            line.job.clone(),
            line.job_id.clone(),
            line.url.clone().unwrap_or_default(),
            line.allowed.to_string(),
            line.retried.to_string(),
            line.kind.word.to_owned(),
            line.headline.clone(),
            line.group
                .map(|group| group.to_string())
                .unwrap_or_default(),
            line.issue.clone(),
            line.is_new.to_string(),
            line.came_back.to_string(),
        ];
        let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A field; what a spreadsheet would take for a formula gets an apostrophe.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }
}
