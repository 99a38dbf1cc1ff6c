//! Proof that the simulator answers as GitLab does: against GitLab's own API description, and read by python-gitlab.
//!
//! The description lies outside the repository; without it the test says so and passes.

mod changes;
mod description;
mod details;
mod python;
mod reader;
#[expect(dead_code, reason = "the other tests use the rest of it")]
#[path = "../it/receiver.rs"]
mod receiver;
mod routes;
mod walk;
mod webhooks;
