//! A simulated GitLab over HTTP: demo, test double and bench target at once.
//!
//! It follows GitLab's REST and GraphQL APIs as documented, down to paging headers, rate limits,
//! error bodies and query complexity; it knows nothing of the rest of Labtower, so that one
//! misreading of GitLab cannot hide in both. Start with [`Sim::start`]; [`SimConfig`] says how big a
//! world, whose time, which limits and faults. [`Sim::truth`] tells what a perfect reader would know.
//!
//! Inside: `world` is what exists and how it lives, `rest` and `resources` and `graphql` answer,
//! `guard` is around all of them (tokens, limits, faults, counting), `admin` steers.
//! To add a REST resource: a file with `routes()`, merged in `rest/routes.rs`.

mod admin;
mod app;
mod auth;
mod clock;
mod config;
mod count;
mod cut;
mod fault;
mod graphql;
mod guard;
mod limit;
mod resources;
mod rest;
mod server;
mod sim;
mod truth;
mod world;

pub use config::{Faults, Limits, SimClock, SimConfig, Throttle, Tier};
pub use resources::{
    TestCounts, TrueDelivery, TrueDeployment, TrueEnvironment, TrueFailure, TrueSchedule,
    TrueTestReport, WebhookCounts,
};
pub use sim::Sim;
pub use truth::{
    TrueCommit, TrueJob, TrueMergeRequest, TruePipeline, TrueProject, TrueUser, Truth,
};
