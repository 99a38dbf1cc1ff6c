//! Pages for people: HTML that works without script, one file per page or part of one.
//!
//! Templates are in `templates/`, style and script in `static/`; values are made ready for reading here,
//! so that templates only place them.

pub(crate) mod assets;
mod chart;
mod csv;
pub(crate) mod failures;
mod fault;
mod first;
mod format;
pub(crate) mod frame;
pub(crate) mod home;
pub(crate) mod live;
mod moment;
mod night;
mod not_found;
pub(crate) mod pages;
mod pipeline;
mod progress;
mod reading;
mod status;
mod style;
mod sync;

pub(crate) use fault::fault;
pub(crate) use not_found::not_found;
