//! What goes wrong with a request: drawn once, before it is answered.

pub(crate) mod body;
mod scenario;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::config::Faults;
use crate::rest::error::ApiError;
use crate::world::{Rng, mix};

/// The faults drawn for one request, as far as handlers must know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Draw {
    /// The page before is sent again.
    pub(crate) duplicated_page: bool,
    /// One row slipped out before this page.
    pub(crate) shifted_page: bool,
}

impl Draw {
    /// Offset of the first row of a page.
    pub(crate) fn shift(self, page: usize, per_page: usize) -> usize {
        let start = page.saturating_sub(1).saturating_mul(per_page);
        if page < 2 {
            start
        } else if self.duplicated_page {
            start - per_page
        } else if self.shifted_page {
            start + 1
        } else {
            start
        }
    }
}

/// All faults drawn for one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mishap {
    pub(crate) too_many_requests: bool,
    /// Which of 500, 502 and 503.
    server_error: Option<u16>,
    pub(crate) reset: bool,
    pub(crate) truncated: bool,
    pub(crate) malformed: bool,
    pub(crate) slow_body: bool,
    pub(crate) draw: Draw,
}

impl Mishap {
    /// Draws for the request with this number.
    pub(crate) fn draw(faults: &Faults, seed: u64, number: u64) -> Self {
        let mut rng = Rng::new(mix(seed ^ 0xFA_0175, number));
        // Every fault takes its draw, so that one fault's rate does not move the others.
        let mut drawn = |rate: f64| rng.unit() < rate;
        let too_many_requests = drawn(faults.too_many_requests);
        let server_error = drawn(faults.server_errors);
        let mishap = Self {
            too_many_requests,
            server_error: None,
            reset: drawn(faults.resets),
            truncated: drawn(faults.truncated),
            malformed: drawn(faults.malformed),
            slow_body: drawn(faults.slow_bodies),
            draw: Draw {
                duplicated_page: drawn(faults.duplicated_pages),
                shifted_page: drawn(faults.shifted_pages),
            },
        };
        Self {
            server_error: server_error.then(|| rng.pick(&[500, 502, 503])),
            ..mishap
        }
    }

    /// The answer of a broken server, if that was drawn: GitLab's JSON, or a proxy's page.
    pub(crate) fn server_error(&self) -> Option<Response> {
        let html = [(header::CONTENT_TYPE, "text/html")];
        Some(match self.server_error? {
            502 => (
                StatusCode::BAD_GATEWAY,
                html,
                "<html><title>502</title><h1>GitLab is not responding</h1></html>",
            )
                .into_response(),
            503 => ApiError::message(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable")
                .into_response(),
            _ => ApiError::internal().into_response(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_as_often_as_asked_for() {
        let faults = Faults {
            resets: 0.2,
            ..Faults::default()
        };
        let resets = (0..10_000)
            .filter(|number| Mishap::draw(&faults, 1, *number).reset)
            .count();
        assert!((1_700..2_300).contains(&resets), "{resets}");
        assert!(
            (0..1_000)
                .all(|number| Mishap::draw(&Faults::default(), 1, number) == Mishap::default())
        );
    }

    #[test]
    fn a_shifted_page_loses_a_row_and_a_duplicated_one_repeats_them() {
        assert_eq!(Draw::default().shift(3, 20), 40);
        assert_eq!(
            Draw {
                shifted_page: true,
                ..Draw::default()
            }
            .shift(3, 20),
            41
        );
        assert_eq!(
            Draw {
                duplicated_page: true,
                ..Draw::default()
            }
            .shift(3, 20),
            20
        );
        assert_eq!(
            Draw {
                shifted_page: true,
                ..Draw::default()
            }
            .shift(1, 20),
            0
        );
    }
}
