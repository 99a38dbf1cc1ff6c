//! Bodies of webhooks.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use labtower_gitlab::hooks::{self, Hook};
use labtower_model::{hook_kind, samples};

use crate::server::{Server, WEBHOOK_TOKEN};

/// One body in so many is sent to the server too, which writes it to disk.
const SENT: u32 = 64;

/// The input is the body.
pub(crate) fn run(input: &[u8]) {
    let kind = hook_kind(input);
    let event = hooks::parse(input);
    if let Err(error) = &event {
        assert!(!error.to_string().is_empty());
    }
    if let Ok(event) = event {
        apply(&event.hook);
    }
    // The same bytes are always sent or never.
    let sum = input.iter().fold(input.len() as u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    if sum.is_multiple_of(SENT) {
        send(input, kind.is_ok());
    }
}

/// What an event makes of what is known; the same event again makes nothing else of it.
fn apply(hook: &Hook) {
    match hook {
        Hook::Pipeline(hook) => {
            let Some(once) = hook.onto(None) else { return };
            if let Some(twice) = hook.onto(Some(&once)) {
                assert_eq!(twice, once, "the same event again changes a pipeline");
            }
        }
        Hook::Job(hook) => {
            let Some(once) = hook.onto(None) else { return };
            if let Some(twice) = hook.onto(Some(&once)) {
                assert_eq!(twice, once, "the same event again changes a job");
            }
            let mut known = samples::pipeline_with_jobs();
            known.pipeline.id = once.pipeline_id;
            if let Some(known) = hook.onto_pipeline(&known)
                && let Some(again) = hook.onto_pipeline(&known)
            {
                assert_eq!(again, known, "the same event again changes a pipeline");
            }
        }
        Hook::Changed(_) | Hook::Other => {}
    }
}

/// A body is kept or refused, and nothing else.
fn send(body: &[u8], is_hook: bool) {
    let request = Request::post("/webhooks/gitlab")
        .header("x-gitlab-token", WEBHOOK_TOKEN)
        .body(Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    let server = Server::shared();
    let (status, _, _) = server.answer(request);
    let wanted = if is_hook {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    assert_eq!(status, wanted);
}
