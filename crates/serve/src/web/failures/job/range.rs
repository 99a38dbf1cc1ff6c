//! The commits between the last green run of a job and its first red one.

use jiff::Timestamp;
use labtower_store::Run;

use crate::web::format;
use crate::web::moment::Moment;

/// From the last green run to the first red one.
#[derive(Debug)]
pub(in super::super) struct Range {
    pub(in super::super) text: String,
    pub(in super::super) url: Option<String>,
    pub(in super::super) green_url: Option<String>,
    pub(in super::super) green_at: Moment,
    /// Red runs in a row, this one included.
    pub(in super::super) red: usize,
}

/// The red runs that this one belongs to, and the green one before.
pub(super) fn range(runs: &[Run], id: i64, page: Option<&str>, now: Timestamp) -> Option<Range> {
    let at = runs.iter().position(|run| run.job_id.get() == id)?;
    let older = &runs[at..];
    let green = older.iter().position(|run| run.status == "success")?;
    let first_red = older[..green]
        .iter()
        .rev()
        .find(|run| run.status == "failed")?;
    let (from, to) = (older[green].sha.as_ref()?, first_red.sha.as_ref()?);
    let short_sha = |sha: &String| sha.chars().take(8).collect::<String>();
    Some(Range {
        text: if from == to {
            format!("none: {} was green before", short_sha(from))
        } else {
            format!("{}…{}", short_sha(from), short_sha(to))
        },
        url: page
            .filter(|_| from != to)
            .map(|page| format!("{page}/-/compare/{from}...{to}")),
        green_url: format::link(older[green].web_url.clone()),
        green_at: Moment::new(older[green].created_at, now),
        red: older[..green]
            .iter()
            .filter(|run| run.status == "failed")
            .count(),
    })
}
