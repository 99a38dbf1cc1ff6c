//! What the explainer promises, measured on logs of real tools.

#![expect(clippy::print_stdout, reason = "figures are for people")]
#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

mod accuracy;
mod corpus;
mod hostile;
