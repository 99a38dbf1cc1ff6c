//! A receiver of traces that decodes with the official messages and takes nothing on trust.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode as Code};
use prost::Message;
use tokio::sync::watch;

/// Longest wait for anything that must happen; reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the receiver answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mood {
    /// Takes everything.
    Take,
    /// Takes nothing, with this status and `Retry-After`.
    Down(u16, Option<&'static str>),
    /// Takes the request but says that so many spans of it are no good.
    Partial(i64),
    /// Refuses requests with spans of this pipeline for good.
    RefuseRun(String),
}

/// A span, with what can be looked up in it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) span: Span,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) resource: BTreeMap<String, String>,
}

impl Received {
    /// An attribute as text; empty when absent.
    pub(crate) fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    /// Whether it stands for a pipeline.
    pub(crate) fn is_pipeline(&self) -> bool {
        self.attributes.contains_key("cicd.pipeline.result")
    }

    /// Whether it stands for a job, not for its waiting.
    pub(crate) fn is_job(&self) -> bool {
        self.attributes.contains_key("gitlab.job.retried")
    }

    /// The pipeline it belongs to.
    pub(crate) fn run(&self) -> u64 {
        self.attribute("cicd.pipeline.run.id").parse().unwrap()
    }

    /// The job it belongs to.
    pub(crate) fn task(&self) -> u64 {
        let id = self.attribute("cicd.pipeline.task.run.id");
        id.parse().unwrap()
    }
}

/// What came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inbox {
    /// Spans of requests that were taken.
    pub(crate) spans: Vec<Received>,
    /// Requests by the status they were answered with.
    pub(crate) answers: BTreeMap<u16, u64>,
    /// What was wrong with them.
    pub(crate) faults: Vec<String>,
    /// Headers of the last request.
    pub(crate) headers: HeaderMap,
}

impl Inbox {
    /// The newest version of each span, by id; fails when two versions are in different traces.
    pub(crate) fn newest(&self) -> BTreeMap<Vec<u8>, Received> {
        let mut newest: BTreeMap<Vec<u8>, Received> = BTreeMap::new();
        for received in &self.spans {
            let id = received.span.span_id.clone();
            if let Some(older) = newest.insert(id, received.clone()) {
                assert_eq!(older.span.trace_id, received.span.trace_id);
                assert_eq!(older.span.parent_span_id, received.span.parent_span_id);
            }
        }
        newest
    }

    /// Fails unless every request and span was right, and every parent was sent that `may_lack` does not excuse.
    pub(crate) fn assert_valid(&self, may_lack: impl Fn(&Received) -> bool) {
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
        let newest = self.newest();
        for received in newest.values() {
            let parent = &received.span.parent_span_id;
            if parent.is_empty() {
                continue;
            }
            match newest.get(parent) {
                Some(parent) => assert_eq!(parent.span.trace_id, received.span.trace_id),
                None => assert!(may_lack(received), "no parent: {received:#?}"),
            }
        }
    }
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<Mood>,
    inbox: watch::Sender<Inbox>,
}

/// A running receiver.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Starts one that takes everything.
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            mood: Mutex::new(Mood::Take),
            inbox: watch::Sender::new(Inbox::default()),
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(receive)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Changes how it answers from now on.
    pub(crate) fn set_mood(&self, mood: Mood) {
        *lock(&self.shared.mood) = mood;
    }

    /// What came in so far.
    pub(crate) fn inbox(&self) -> Inbox {
        self.shared.inbox.borrow().clone()
    }

    /// Waits until enough has come in.
    pub(crate) async fn until(&self, enough: impl Fn(&Inbox) -> bool) -> Inbox {
        let came = self.patiently(enough).await;
        came.unwrap_or_else(|inbox| panic!("it never came: {:?}", inbox.answers))
    }

    /// The same, for those who can say better what did not come.
    pub(crate) async fn patiently(&self, enough: impl Fn(&Inbox) -> bool) -> Result<Inbox, Inbox> {
        let mut inbox = self.shared.inbox.subscribe();
        let waited = tokio::time::timeout(PATIENCE, inbox.wait_for(|inbox| enough(inbox))).await;
        match waited {
            Ok(inbox) => Ok(inbox.unwrap().clone()),
            Err(_elapsed) => Err(self.inbox()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mood = lock(&shared.mood).clone();
    let mut faults = Vec::new();
    let spans = decode(&uri, &headers, &body, &mut faults);
    let refused = |run: &str| {
        spans
            .iter()
            .any(|span| span.attribute("cicd.pipeline.run.id") == run)
    };
    let (status, answer) = match &mood {
        Mood::Partial(rejected) => (200, taken(*rejected)),
        Mood::Down(status, _) => (*status, Vec::new()),
        Mood::RefuseRun(run) if refused(run) => (400, Vec::new()),
        Mood::Take | Mood::RefuseRun(_) => (200, taken(0)),
    };
    shared.inbox.send_modify(|inbox| {
        *inbox.answers.entry(status).or_default() += 1;
        inbox.faults.extend(faults);
        inbox.headers = headers;
        if status == 200 {
            inbox.spans.extend(spans);
        }
    });
    let mut response = answer.into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let media = "application/x-protobuf".parse().unwrap();
    response.headers_mut().insert("content-type", media);
    if let Mood::Down(_, Some(wait)) = mood {
        let wait = wait.parse().unwrap();
        response.headers_mut().insert("retry-after", wait);
    }
    response
}

fn taken(rejected: i64) -> Vec<u8> {
    let partial = ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: "too old".to_owned(),
    };
    ExportTraceServiceResponse {
        partial_success: (rejected > 0).then_some(partial),
    }
    .encode_to_vec()
}

fn decode(uri: &Uri, headers: &HeaderMap, body: &[u8], faults: &mut Vec<String>) -> Vec<Received> {
    let mut check = |right: bool, what: String| {
        if !right {
            faults.push(what);
        }
    };
    check(uri.path().ends_with("/v1/traces"), format!("path {uri}"));
    let media = headers.get("content-type");
    let right = media.is_some_and(|media| media == "application/x-protobuf");
    check(right, format!("content type {media:?}"));
    let mut plain = Vec::new();
    match headers
        .get("content-encoding")
        .map(|coding| coding.as_bytes())
    {
        Some(b"gzip") => {
            let unpacked = flate2::read::MultiGzDecoder::new(body).read_to_end(&mut plain);
            check(unpacked.is_ok(), format!("gzip {unpacked:?}"));
        }
        None => plain.extend_from_slice(body),
        other => check(false, format!("coding {other:?}")),
    }
    let request = match ExportTraceServiceRequest::decode(plain.as_slice()) {
        Ok(request) => request,
        Err(error) => {
            check(false, format!("not protobuf: {error}"));
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    let mut ids = BTreeSet::new();
    for resource_spans in request.resource_spans {
        let resource = resource_spans.resource.unwrap_or_default();
        let resource = attributes(&resource.attributes, &mut check);
        for key in ["service.name", "vcs.provider.name", "gitlab.project.id"] {
            check(
                resource.contains_key(key),
                format!("resource without {key}"),
            );
        }
        for scope in resource_spans.scope_spans {
            let name = scope.scope.unwrap_or_default().name;
            check(name == "labtower", format!("scope {name}"));
            for span in scope.spans {
                check(
                    ids.insert(span.span_id.clone()),
                    format!("span twice: {span:?}"),
                );
                let received = Received {
                    attributes: attributes(&span.attributes, &mut check),
                    resource: resource.clone(),
                    span,
                };
                let fault = fault(&received);
                check(fault.is_none(), format!("{fault:?}: {received:#?}"));
                all.push(received);
            }
        }
    }
    all
}

/// What is wrong with a span by itself.
fn fault(received: &Received) -> Option<&'static str> {
    let span = &received.span;
    let is_id = |id: &[u8], length: usize| id.len() == length && id.iter().any(|byte| *byte != 0);
    if !is_id(&span.trace_id, 16) || !is_id(&span.span_id, 8) {
        return Some("id");
    }
    let parent = &span.parent_span_id;
    if !parent.is_empty() && (!is_id(parent, 8) || *parent == span.span_id) {
        return Some("parent id");
    }
    if span
        .links
        .iter()
        .any(|link| !is_id(&link.trace_id, 16) || !is_id(&link.span_id, 8))
    {
        return Some("link");
    }
    // Not before 2020: a time in another unit would be.
    if span.start_time_unix_nano > span.end_time_unix_nano
        || span.start_time_unix_nano < 1_577_836_800_000_000_000
    {
        return Some("time");
    }
    if span.name.is_empty() {
        return Some("name");
    }
    let mut required = vec![
        "cicd.pipeline.name",
        "cicd.pipeline.run.id",
        "vcs.ref.head.name",
    ];
    if received.is_job() {
        required.extend(["cicd.pipeline.task.name", "cicd.pipeline.task.run.id"]);
        required.extend(["cicd.pipeline.task.run.url.full", "gitlab.job.status"]);
    }
    if required
        .iter()
        .any(|key| received.attribute(key).is_empty())
    {
        return Some("required attribute");
    }
    let result = if received.is_job() {
        received.attribute("cicd.pipeline.task.run.result")
    } else {
        received.attribute("cicd.pipeline.result")
    };
    let failed = matches!(result, "failure" | "error" | "timeout");
    let status = span.status.clone().unwrap_or_default();
    let told = status.code == i32::from(Code::Error) && !status.message.is_empty();
    if failed != told || failed == received.attribute("error.type").is_empty() {
        return Some("error");
    }
    None
}

fn attributes(
    pairs: &[KeyValue],
    check: &mut impl FnMut(bool, String),
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for pair in pairs {
        let text = match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::BoolValue(flag)) => flag.to_string(),
            Some(Value::IntValue(number)) => number.to_string(),
            Some(Value::DoubleValue(number)) => number.to_string(),
            Some(Value::ArrayValue(list)) => format!("{:?}", list.values),
            other => {
                check(false, format!("value of {}: {other:?}", pair.key));
                String::new()
            }
        };
        check(!text.is_empty(), format!("{} is empty", pair.key));
        let twice = texts.insert(pair.key.clone(), text).is_some();
        check(!twice, format!("{} twice", pair.key));
    }
    texts
}
