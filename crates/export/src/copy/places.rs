//! Where streams are in a sink.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use labtower_extract::{Parent, Stream};
use tokio::time::sleep;

use super::cursors::Cursors;
use super::parents::Parents;
use crate::sink::{Sink, SinkError};
use crate::texts::Texts;

/// Tries of whatever is asked of a sink.
pub(super) const TRIES: u32 = 8;
/// Wait before the second try; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(250);

/// How far a stream has come in a sink.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Number of the last batch.
    pub(super) number: u64,
    /// Of the lists that the run reads.
    pub(super) cursors: Cursors,
}

/// Places of streams, by name.
pub(super) type Places = BTreeMap<&'static str, Place>;

/// Asks a sink where these streams are, until there is an answer or an error that stays.
pub(super) async fn places<S: Sink>(
    sink: &S,
    streams: &[&'static Stream],
    parents: &Parents,
) -> Result<Places, SinkError> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match places_now(sink, streams, parents).await {
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "sink does not answer, trying again");
                sleep(wait).await;
                wait *= 2;
            }
            answer => return answer,
        }
    }
    places_now(sink, streams, parents).await
}

/// The same, asked once.
pub(super) async fn places_now<S: Sink>(
    sink: &S,
    streams: &[&'static Stream],
    parents: &Parents,
) -> Result<Places, SinkError> {
    let texts = Arc::new(Mutex::new(Texts::default()));
    let place = |stream: &&'static Stream| {
        let cursors = Cursors::among(&texts, parents.of_kind(stream.parent));
        (stream.name, Place { number: 0, cursors })
    };
    let mut places: Places = streams.iter().map(place).collect();
    let mut tell = |stream: &str, parent: &str, cursor: &str| {
        let place = places.get_mut(stream);
        // What is no parent has no list.
        let (Some(place), Ok(parent)) = (place, parent.parse::<Parent>()) else {
            return Ok(());
        };
        let put = place.cursors.put(parent, cursor);
        put.map_err(|error| SinkError::Refused {
            what: format!("keep a cursor of `{stream}` in a temporary file"),
            detail: error.to_string(),
        })
    };
    let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
    let numbers = sink.positions(&names, &mut tell).await?;
    for (stream, number) in names.into_iter().zip(numbers) {
        if let Some(place) = places.get_mut(stream) {
            place.number = number;
        }
    }
    Ok(places)
}
