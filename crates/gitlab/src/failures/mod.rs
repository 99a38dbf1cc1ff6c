//! What is read about failures: logs of jobs, issues, files at a commit.
//!
//! Logs are the largest answers there are: no more than their beginning and their end is kept, and from GitLab 19 on
//! no more is asked for.

mod issues;
mod raw_file;
mod trace;

pub use issues::Issue;
pub use trace::TraceBytes;
