//! Where the data goes from here: how far each sink has taken it.

use jiff::Timestamp;
use labtower_model::PipelineId;

/// A step of sending the data to a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkUpdate {
    /// The sink begins, or begins anew; its counts stay.
    Begun {
        /// The sink, for example `otlp`.
        name: String,
        /// It takes the feed from here on.
        seq: u64,
        /// What ended before does not go there; everything goes when absent.
        since: Option<Timestamp>,
    },
    /// Everything up to `seq` was taken, or is not for this sink. Never moves back.
    Taken {
        /// The sink.
        name: String,
        /// Position in the feed.
        seq: u64,
    },
    /// The sink answered: it is there.
    Sent {
        /// The sink.
        name: String,
        /// Rows it took.
        rows: u64,
        /// Rows it refused for good.
        refused: u64,
        /// Why it refused some, without secrets.
        error: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Sending failed; tried again later.
    Failed {
        /// The sink.
        name: String,
        /// What happened, without secrets.
        error: String,
    },
    /// What is known of a pipeline's trace from now on.
    Traced(Trace),
}

/// How far a sink is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// Its name, for example `otlp`.
    pub name: String,
    /// Everything in the feed up to here was taken.
    pub seq: u64,
    /// What ended before does not go there.
    pub since: Option<Timestamp>,
    /// When it last answered.
    pub sent_at: Option<Timestamp>,
    /// Rows it took since it first began.
    pub rows: u64,
    /// Rows it refused for good.
    pub refused: u64,
    /// What went wrong since the last success.
    pub error: Option<String>,
    /// Failures in a row.
    pub failures: u64,
    /// When the oldest change it has not taken was recorded; absent when it has all.
    pub behind_since: Option<Timestamp>,
}

/// A pipeline that was sent as part of a trace, or waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Which of its runs it is about: a retry ends anew.
    pub ended_at: Timestamp,
    /// First pipeline of the trace it was sent in; absent when it never was.
    pub root_id: Option<PipelineId>,
    /// Since when it waits for the pipeline that started it; absent when there is nothing to send.
    pub waiting_since: Option<Timestamp>,
}
