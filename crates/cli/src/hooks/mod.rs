//! Registering our webhooks at GitLab: `labtower hooks`, and what the demo does at its start.
//!
//! `places` finds whose hooks are asked about and reads them, `compare` (pure) says what would have to change,
//! `carry_out` does it, `report` tells. A hook is ours if its URL is ours; others are never touched or shown.

mod carry_out;
mod compare;
mod places;
mod report;
mod wanted;

pub(crate) use carry_out::{carry_out, look_at};
pub(crate) use compare::Goal;
pub(crate) use places::{Choice, find_places};
pub(crate) use report::Report;
pub(crate) use wanted::{Wanted, full_url};

use labtower_gitlab::{Client, GitlabError};
use labtower_sync::SyncOptions;

/// Registers hooks for all that is read, changes those that differ, and sets their secrets anew.
///
/// # Errors
/// When GitLab refuses the token; what fails for one owner is in the report.
pub(crate) async fn install(
    client: &Client,
    options: &SyncOptions,
    choice: Choice,
    wanted: &Wanted,
) -> Result<Report, GitlabError> {
    let places = find_places(client, options, choice).await?;
    Ok(carry_out(client, places, wanted, Goal::Installed).await)
}
