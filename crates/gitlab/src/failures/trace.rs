//! Logs of jobs.

use bytes::Bytes;
use labtower_model::{JobId, ProjectId};
use serde::Deserialize;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    delivery::one,
    exchange::{Call, Reply, Request},
    kept::Keep,
};

/// First bytes of a log that are kept.
const HEAD: usize = 256 << 10;

/// Last bytes of a log that are kept.
const TAIL: usize = 4 << 20;

/// The bytes of a log that are worth having.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceBytes {
    /// The beginning; the whole log where nothing was left out.
    pub head: Bytes,
    /// The end; empty where nothing was left out.
    pub tail: Bytes,
    /// Bytes left out in between.
    pub skipped: u64,
}

impl Client {
    /// The log of a build: whole up to 4.25 MiB, else its first 256 KiB and its last 4 MiB.
    ///
    /// One request; two more for a longer log of a GitLab that reads by ranges (19 and newer).
    /// `None` if there is no log: erased, removed, or the job never began.
    ///
    /// Source: `GET /projects/:id/jobs/:job_id/trace`, with `byte_offset` and `byte_limit`, which older versions ignore.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] where the token may not read logs.
    pub async fn trace(
        &self,
        project: ProjectId,
        job: JobId,
        priority: Priority,
    ) -> Result<Answer<Option<TraceBytes>>, GitlabError> {
        let mut call = Call::keeping(
            self,
            priority,
            Keep {
                head: HEAD,
                tail: TAIL,
            },
        );
        let place = Place { project, job };
        match place.read(&mut call).await {
            Ok(bytes) => {
                let there = !bytes.head.is_empty();
                Ok(call.answer(there.then_some(bytes)))
            }
            Err(GitlabError::NotFound { .. }) => Ok(call.answer(None)),
            Err(error) => Err(error),
        }
    }
}

/// Where a log is.
struct Place {
    project: ProjectId,
    job: JobId,
}

/// A piece of a log: what was kept of it, and how many bytes after the first [`HEAD`] were not.
struct Piece {
    bytes: Bytes,
    skipped: u64,
}

impl Piece {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.skipped
    }
}

impl Place {
    async fn read(&self, call: &mut Call<'_>) -> Result<TraceBytes, GitlabError> {
        const MOST: u64 = (HEAD + TAIL) as u64;
        let first = self
            .piece(call, &format!("byte_offset=0&byte_limit={MOST}"))
            .await?;
        if first.len() != MOST {
            // The whole log: shorter than the range, or of a GitLab that knows no ranges.
            return Ok(cut(&first));
        }
        let size = self.size(call).await?.unwrap_or(0);
        // Without a known size, all that is left is read, and its end kept.
        let from = size.saturating_sub(TAIL as u64).max(MOST);
        let rest = self.piece(call, &format!("byte_offset={from}")).await?;
        Ok(joined(&first, &rest, from))
    }

    async fn piece(&self, call: &mut Call<'_>, query: &str) -> Result<Piece, GitlabError> {
        let Self { project, job } = self;
        let request = Request {
            endpoint: Endpoint::Trace,
            path: format!("api/v4/projects/{project}/jobs/{job}/trace?{query}"),
            body: None,
            what: format!("log of job `{job}`"),
            shrinks: false,
        };
        call.send(&request, |reply| {
            if is_page(reply) {
                return Err(GitlabError::Malformed {
                    what: request.what.clone(),
                    detail: "it is a web page".to_owned(),
                    site: Box::new(reply.site.clone()),
                });
            }
            Ok(Piece {
                bytes: reply.body.clone(),
                skipped: reply.skipped,
            })
        })
        .await
    }

    /// Bytes of a log that is complete.
    async fn size(&self, call: &mut Call<'_>) -> Result<Option<u64>, GitlabError> {
        let Self { project, job } = self;
        let job: WireJob = one(
            call,
            Endpoint::Job,
            format!("api/v4/projects/{project}/jobs/{job}"),
            format!("job `{job}`"),
        )
        .await?;
        let files = job.artifacts.unwrap_or_default();
        let log = files.into_iter().find(|file| file.file_type == "trace");
        Ok(log.and_then(|file| file.size))
    }
}

/// A proxy's page, say: logs are plain text.
fn is_page(reply: &Reply) -> bool {
    let kind = reply.headers.get(reqwest::header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}

/// A log that came in one piece.
fn cut(piece: &Piece) -> TraceBytes {
    if piece.skipped == 0 {
        return TraceBytes {
            head: piece.bytes.clone(),
            tail: Bytes::new(),
            skipped: 0,
        };
    }
    TraceBytes {
        head: piece.bytes.slice(..HEAD),
        tail: piece.bytes.slice(HEAD..),
        skipped: piece.skipped,
    }
}

/// The beginning of a log from its first piece, the end from that and a second one, which begins at byte `from`.
fn joined(first: &Piece, rest: &Piece, from: u64) -> TraceBytes {
    let between = from - first.len();
    let head = first.bytes.slice(..HEAD);
    let mut tail = Vec::new();
    if between == 0 && rest.skipped == 0 {
        // They touch: what the second lacks of the end, the first has.
        let missing = TAIL.saturating_sub(rest.bytes.len());
        tail.extend_from_slice(&first.bytes[first.bytes.len() - missing..]);
    }
    let end = rest.bytes.len().saturating_sub(TAIL);
    // Of a piece that was cut, the first bytes are not next to the others.
    let end = if rest.skipped > 0 { HEAD } else { end };
    tail.extend_from_slice(&rest.bytes[end.min(rest.bytes.len())..]);
    let total = from + rest.len();
    TraceBytes {
        skipped: total - head.len() as u64 - tail.len() as u64,
        head,
        tail: tail.into(),
    }
}

#[derive(Deserialize)]
struct WireJob {
    artifacts: Option<Vec<WireFile>>,
}

#[derive(Deserialize)]
struct WireFile {
    file_type: String,
    size: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(bytes: &[u8]) -> Piece {
        Piece {
            bytes: Bytes::copy_from_slice(bytes),
            skipped: 0,
        }
    }

    #[test]
    fn pieces_that_touch_make_one_end() {
        let whole: Vec<u8> = (0..HEAD + TAIL + 1000).map(|n| (n % 251) as u8).collect();
        let first = piece(&whole[..HEAD + TAIL]);
        let rest = piece(&whole[HEAD + TAIL..]);
        let log = joined(&first, &rest, (HEAD + TAIL) as u64);
        assert_eq!(log.head, whole[..HEAD]);
        assert_eq!(log.tail, whole[whole.len() - TAIL..]);
        assert_eq!(log.skipped, 1000);
    }

    #[test]
    fn log_that_ends_with_its_first_piece_is_whole() {
        let whole = vec![7; HEAD + TAIL];
        let log = joined(&piece(&whole), &piece(b""), (HEAD + TAIL) as u64);
        assert_eq!((log.skipped, log.tail.len()), (0, TAIL));
    }

    #[test]
    fn pieces_apart_leave_out_what_is_between() {
        let first = piece(&vec![1; HEAD + TAIL]);
        let log = joined(&first, &piece(&vec![2; TAIL]), 50 << 20);
        assert_eq!(log.tail, vec![2; TAIL]);
        assert_eq!(log.skipped, (50 << 20) - HEAD as u64);
    }
}
