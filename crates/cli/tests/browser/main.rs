//! The pages in a real browser: Debian's Chromium, spoken to by WebDriver.
//!
//! Without `chromedriver` the tests say that they are skipped; with `CI_REQUIRE=1` it must be there.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop there, and a skipped one says so"
)]

mod axe;
mod demo;
mod driver;
mod issues;
mod pages;
mod paint;
#[path = "../it/process.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod process;
mod reading;
mod samples;
mod tools;
#[path = "../../../serve/tests/it/failures/world.rs"]
mod world;
mod writing;
