//! From the explainer's words to the store's.

use labtower_explain::{Explanation, FailedTest};
use labtower_model::{JobId, Timestamp};
use labtower_store::{
    CandidateLine, DecidedBy, FailedTestRow, LogLine, Package, Reason, ReasonBody, SignatureKey,
    StaleReason, TraceState,
};

use super::groups::key;

/// An explanation as it is stored.
pub(super) fn reason(
    explanation: Explanation,
    (job_id, explained_at): (JobId, Timestamp),
    near: Option<SignatureKey>,
    trace: TraceState,
    keep_excerpts: bool,
) -> Reason {
    let signature = key(&explanation.signature);
    let versions = packages(&explanation);
    let line = |line: labtower_explain::ExcerptLine| LogLine {
        number: line.number,
        text: line.text,
    };
    let candidate = |candidate: labtower_explain::Candidate| CandidateLine {
        headline: candidate.headline,
        line: candidate.line,
        score: candidate.score,
        why: candidate.why,
    };
    let mut body = ReasonBody {
        excerpt: explanation.excerpt.into_iter().map(line).collect(),
        candidates: explanation.candidates.into_iter().map(candidate).collect(),
        tests: explanation.tests.into_iter().map(test).collect(),
        versions,
    };
    if !keep_excerpts {
        body.excerpt.clear();
        body.candidates.clear();
    }
    Reason {
        job_id,
        explained_at,
        phase: explanation.phase,
        category: explanation.category.as_str().to_owned(),
        whose: explanation.whose.as_str().to_owned(),
        headline: explanation.headline,
        line: explanation.line,
        decided_by: DecidedBy {
            kind: explanation.decided_by.kind.as_str().to_owned(),
            name: explanation.decided_by.name,
            version: explanation.decided_by.version,
        },
        why: explanation.why,
        signature,
        pattern: explanation.signature.pattern,
        near,
        trace,
        body,
    }
}

/// A stored reason with what was found in its excerpt: what else is stored of the log stays.
pub(super) fn revised(
    explanation: Explanation,
    stored: StaleReason,
    explained_at: Timestamp,
) -> Reason {
    let place = explanation.line.and_then(|line| line.checked_sub(1));
    let line = place.and_then(|place| stored.body.excerpt.get(place as usize)?.number);
    let reason = reason(
        explanation,
        (stored.job_id, explained_at),
        Some(stored.signature),
        stored.trace,
        true,
    );
    Reason {
        line,
        phase: stored.phase,
        body: stored.body,
        ..reason
    }
}

/// The versions a log prints.
pub(super) fn packages(explanation: &Explanation) -> Vec<Package> {
    let package = |printed: &labtower_explain::Printed| Package {
        name: printed.name.clone(),
        version: printed.version.clone(),
    };
    explanation.versions.iter().map(package).collect()
}

/// What a test said may be as long as a log, and hold as much.
fn test(test: FailedTest) -> FailedTestRow {
    let message = test.message.map(|text| {
        let text: String = text.chars().take(2_000).collect();
        labtower_explain::mask_secrets(&text).into_owned()
    });
    FailedTestRow {
        suite: test.suite,
        name: test.name,
        classname: test.classname,
        file: test.file,
        message,
    }
}
