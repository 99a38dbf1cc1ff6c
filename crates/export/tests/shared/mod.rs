//! What every sink must do, and what tests of sinks need: one suite for files, buckets and databases.
//!
//! A sink comes under test by a [`place::Place`], which `contract!` gets.

pub(crate) mod contract;
pub(crate) mod kept;
pub(crate) mod place;
pub(crate) mod servers;
pub(crate) mod world;
pub(crate) mod writers;
