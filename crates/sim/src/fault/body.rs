//! Spoiling bodies on their way out.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::Mishap;

/// Pieces a slow body comes in.
const PIECES: usize = 10;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// The answer as the mishap leaves it.
pub(crate) async fn spoil(response: Response, mishap: &Mishap) -> Response {
    if mishap.malformed {
        let page = "<!DOCTYPE html><html><body>Please sign in to the network</body></html>";
        return (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], page).into_response();
    }
    if !(mishap.reset || mishap.truncated || mishap.slow_body) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if mishap.reset {
        // The length is promised and not kept: the connection closes in the middle.
        parts
            .headers
            .insert(header::CONTENT_LENGTH, (bytes.len() + 1).into());
        let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Body::from_stream(stream::iter([Ok(half), Err(cut)]))
    } else if mishap.truncated {
        Body::from(half)
    } else {
        trickle(&bytes)
    };
    Response::from_parts(parts, body)
}

/// The same bytes, piece by piece.
fn trickle(bytes: &Bytes) -> Body {
    let size = bytes.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = (0..bytes.len())
        .step_by(size)
        .map(|from| bytes.slice(from..(from + size).min(bytes.len())))
        .collect();
    Body::from_stream(stream::unfold(pieces.into_iter(), async |mut pieces| {
        tokio::time::sleep(PAUSE).await;
        let piece = pieces.next()?;
        Some((Ok::<_, std::io::Error>(piece), pieces))
    }))
}
