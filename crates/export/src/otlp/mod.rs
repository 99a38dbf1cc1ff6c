//! Finished pipelines and their jobs as traces, over OTLP/HTTP with protobuf.
//!
//! `read` decides from the store what is due and where it belongs, `map` and its neighbours turn it into spans
//! (pure), `send` makes one request and says what its answer means, `deliver` repeats it until that is final, `run` follows
//! the feed and keeps the cursor.
//!
//! A pipeline is sent when it has finished, and again when it finished anew after a retry. Every id is a hash
//! of what it stands for (`ids`), so what is sent twice is the same span twice. A pipeline that a bridge started is
//! a child of the bridge's span, in the trace of the pipeline at the top; the bridge need not be sent before it.

mod answer;
mod attributes;
mod backoff;
mod deliver;
mod headers;
mod ids;
mod map;
mod options;
mod outcome;
mod place;
mod proto;
mod read;
mod request;
mod run;
mod send;

pub use headers::check_headers;
pub use options::{OtlpOptions, Pace, ProjectAllowed, Since, traces_url};
pub use run::Otlp;

/// Name of this sink in the store.
pub const NAME: &str = "otlp";
