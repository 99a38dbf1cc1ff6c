//! The simulator from outside: over HTTP, and by its handle.

mod activity;
mod answers;
mod client;
mod faults;
mod graphql;
mod life;
mod limits;
mod lists;
mod paging;
mod receiver;
mod same;
mod size;
mod webhooks;
