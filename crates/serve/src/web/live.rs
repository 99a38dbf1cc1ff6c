//! `GET /live`: tells open pages, as a server-sent event, that there is something new to show.
//!
//! An event says only that something was stored. The page then asks for itself as it would at any other time, so that
//! what moves live and what a reload shows cannot differ, and nobody is told what they may not read.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::error::{ApiError, ErrorBody};
use crate::state::App;

/// Time between two looks at the store's generation, which is a number in memory.
const LOOK: Duration = Duration::from_millis(250);
/// Time between two signs of life, shorter than proxies let a silent connection live.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// Streams at once; pages beyond ask from time to time, as they do without a stream.
const STREAMS: usize = 1000;

/// Streams that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<AtomicUsize>);

/// One of them, until it is dropped.
struct Open(Streams);

impl Streams {
    fn open(&self) -> Option<Open> {
        let before = self.0.fetch_add(1, Ordering::AcqRel);
        let open = Open(self.clone());
        (before < STREAMS).then_some(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Events named `stored`: each is the generation of what is stored, sent when it has moved.
///
/// The first comes at once. A page may then ask for itself again, as seldom as it likes.
#[utoipa::path(
    get,
    path = "/live",
    tag = "service",
    responses(
        (status = 200, description = "Server-sent events, without end", body = String, content_type = "text/event-stream"),
        (status = 503, description = "Too many pages listen", body = ErrorBody),
    )
)]
pub(crate) async fn live(State(app): State<App>) -> Response {
    let Some(open) = app.streams().open() else {
        return ApiError::busy().into_response();
    };
    let events = Sse::new(events(app, open)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    // Proxies that gather what an answer says would gather this one for ever.
    let now = (HeaderName::from_static("x-accel-buffering"), "no");
    ([now], events).into_response()
}

/// What a stream remembers from one event to the next.
struct Listener {
    app: App,
    looks: Interval,
    told: Option<u64>,
    _open: Open,
}

fn events(app: App, open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        app,
        looks,
        told: None,
        _open: open,
    };
    stream::unfold(listener, |mut listener| async {
        let generation = listener.next().await?;
        let event = Event::default()
            .event("stored")
            .data(generation.to_string());
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// The next generation; `None` when the server ends.
    async fn next(&mut self) -> Option<u64> {
        loop {
            tokio::select! {
                () = self.app.options().closing.cancelled() => return None,
                _ = self.looks.tick() => {}
            }
            let generation = self.app.store().generation();
            if self.told != Some(generation) {
                self.told = Some(generation);
                return Some(generation);
            }
        }
    }
}
