//! Configurations of gitlab-ci-pipelines-exporter, translated into ours.
//!
//! [`import`] reads its YAML file and makes settings of what we have, and a note of everything else, so that no key is lost silently.
//! What becomes of each key is data in `known.rs`, from which the table of `docs/migrating.md` is made ([`mod@guide`]) and the notes are;
//! how values are translated is in the other files, one for each kind of key.
//! Nothing here reads files or prints.

mod document;
mod draft;
mod global;
mod guide;
mod known;
mod per_project;
mod render;
mod run;
mod selection;

pub use document::NotYaml;
pub use draft::{About, Note, Written};
pub use guide::guide;
pub use run::{Imported, import};
