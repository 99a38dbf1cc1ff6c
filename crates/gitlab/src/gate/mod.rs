//! The request budget: who may send, and when.
//!
//! One gate stands before all requests of a client, REST and GraphQL. Asking for a [`Permit`] queues by
//! [`crate::Priority`], then by arrival. A permit is given when
//! - fewer than `concurrency` permits are out,
//! - our own pace allows it ([`pace`]),
//! - GitLab's user quota, as last seen in `RateLimit-*` and less what is under way, is not used up ([`quota`]),
//! - nothing is blocked by a 429: a text 429 (user throttle) blocks everything, a JSON 429
//!   (application limiter) only its endpoint.
//!
//! Whenever we do not know where we stand (at the start, after a used-up window, after a 429), one request
//! goes ahead alone, and the rest follow by what its answer shows. Headers are always believed over
//! our own counting, because other clients may share the quota.
//!
//! [`state`] holds the rules and takes the time as a parameter; this file only wakes the right waiters.

mod pace;
mod permit;
mod quota;
mod state;

pub(crate) use permit::{Gate, Permit};
pub(crate) use state::Throttled;
