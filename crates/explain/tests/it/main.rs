//! What the explainer promises, measured on logs of real tools.

mod accuracy;
mod corpus;
mod hostile;
