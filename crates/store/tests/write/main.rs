//! What the writer promises, checked against the tables themselves.

mod crash;
mod feed;
mod group;
mod guards;
mod recount;
mod reopen;
mod retention;
mod rollups;
mod sync_state;
mod world;
