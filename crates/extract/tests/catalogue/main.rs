//! The catalogue holds together, is GitLab's, and has its page.
//!
//! GitLab's API description lies outside the repository; without it the tests that need it say so and pass.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "every function here is part of a test, which clippy sees only of those marked so"
)]

mod description;
mod fidelity;
mod page;
mod served;
mod whole;
