//! What the writer promises, checked against the tables themselves.

#![expect(
    clippy::unwrap_used,
    reason = "every function here is part of a test, which clippy sees only of those marked so"
)]

mod activity;
mod backup;
mod crash;
mod create;
mod delivery;
mod failures;
mod feed;
mod group;
mod guards;
mod inbox;
mod recount;
mod reopen;
mod retention;
mod rollups;
mod sinks;
mod sync_state;
mod totals;
mod world;
