//! Load jobs with their rows: in one request, or with a session for what is large.

use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::Value;
use url::Url;

use super::client::{Answer, Client, Request};
use crate::sink::SinkError;

/// Largest body that is sent together with the job.
const LARGEST_MULTIPART: usize = 5_000_000;
/// Between the parts of a body. No row has it: rows are JSON, and JSON has no bare line break.
const BOUNDARY: &str = "labtower-rows";

/// Begins a load job with what it reads.
pub(super) async fn send(
    client: &Client,
    job: &Value,
    rows: &[u8],
    what: &str,
) -> Result<Answer, SinkError> {
    if rows.len() > LARGEST_MULTIPART {
        return resumable(client, job, rows, what).await;
    }
    let mut body = Vec::with_capacity(rows.len() + 2000);
    let head = format!(
        "--{BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{job}\r\n\
         --{BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(rows);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let request = Request {
        method: Method::POST,
        url: jobs(client, "multipart"),
        content_type: &format!("multipart/related; boundary={BOUNDARY}"),
        body,
        what,
    };
    client.send(&request).await
}

/// Opens a session, then sends the rows to its address. A broken one is begun anew: the job's name makes that harmless.
async fn resumable(
    client: &Client,
    job: &Value,
    rows: &[u8],
    what: &str,
) -> Result<Answer, SinkError> {
    let open = Request {
        method: Method::POST,
        url: jobs(client, "resumable"),
        content_type: "application/json; charset=UTF-8",
        body: job.to_string().into_bytes(),
        what,
    };
    let opened = client.send(&open).await?;
    if !opened.status.is_success() {
        return Ok(opened);
    }
    let address = opened.headers.get(LOCATION).and_then(|at| at.to_str().ok());
    let Some(url) = address.and_then(|address| Url::parse(address).ok()) else {
        return Err(SinkError::Unavailable {
            what: what.to_owned(),
            detail: "the upload session has no address".to_owned(),
        });
    };
    let same_host = url.host_str() == open.url.host_str() && url.scheme() == open.url.scheme();
    if !same_host {
        return Err(SinkError::Refused {
            what: what.to_owned(),
            detail: "the upload session is on another host".to_owned(),
        });
    }
    let put = Request {
        method: Method::PUT,
        url,
        content_type: "application/octet-stream",
        body: rows.to_vec(),
        what,
    };
    client.send_once(&put).await
}

fn jobs(client: &Client, kind: &str) -> Url {
    let mut url = client.upload_url("jobs");
    url.query_pairs_mut().append_pair("uploadType", kind);
    url
}
