//! The simulated world: groups, projects, pipelines, jobs, people; pure, no IO.
//!
//! Start at [`World`] (what is stored) and [`Moment`] (how it looks at one instant: use it for
//! everything that is answered). A pipeline is a small row with a seed; its jobs and their whole
//! life are the [`plan::Plan`] of that seed. Time going on only adds rows (`generate`), it never
//! changes one: so history, life, and small or large steps of time agree by construction.

mod facts;
mod generate;
mod group;
mod layout;
mod moment;
mod moves;
mod names;
mod people;
mod pipeline;
mod plan;
mod project;
mod random;
mod select;
mod status;
mod time;

pub(crate) use facts::{JobFacts, JobKind, PipelineFacts};
pub(crate) use generate::{World, WorldSize};
pub(crate) use group::{Group, PARTNERS, ROOT};
pub(crate) use moment::Moment;
pub(crate) use names::CHANGES;
pub(crate) use people::{RunnerKind, User};
pub(crate) use pipeline::{FIRST_JOB, FIRST_PIPELINE, NONE, Row, Schedule, Source, Target};
pub(crate) use plan::failure_message;
pub(crate) use project::{Branch, Project};
pub(crate) use random::{Rng, mix, sha};
pub(crate) use select::{PipelineFilter, Scope};
pub(crate) use status::Status;
pub(crate) use time::{DAY, HOUR, MINUTE, Time};
