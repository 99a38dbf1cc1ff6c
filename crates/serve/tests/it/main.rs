//! The server over a real store: what clients see.

mod app;
mod backfill;
mod caching;
mod docs;
mod errors;
mod filters;
mod grafana;
mod pages;
mod paging;
mod samples;
mod service;
mod shapes;
