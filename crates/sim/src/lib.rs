//! sim
#![allow(dead_code, unused_imports, missing_docs)]
mod app;
mod clock;
mod config;
mod count;
mod fault;
mod limit;
mod rest;
mod world;
