//! A server before the real one, which remembers what it is asked.

use std::io::Read as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

use crate::places::python::http;

/// A request: its method, and its address with its body, unpacked.
pub(crate) type Asked = (Method, String);

/// A server of its own, with what it was asked.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) address: String,
    server: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Counted {
    /// One before a server.
    pub(crate) async fn before(server: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let counted = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            server: server.to_owned(),
            asked: Arc::default(),
        };
        let router = Router::new()
            .fallback(pass)
            .layer(DefaultBodyLimit::disable())
            .with_state(counted.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        counted
    }

    /// Requests since it was asked last.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn pass(
    State(counted): State<Counted>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut text = format!("{uri}\n");
    let is_zipped = headers
        .get("content-encoding")
        .is_some_and(|it| it == "gzip");
    if is_zipped {
        let mut unzipped = flate2::read::GzDecoder::new(&body[..]);
        unzipped.read_to_string(&mut text).unwrap();
    } else {
        text.push_str(&String::from_utf8_lossy(&body));
    }
    counted.asked.lock().unwrap().push((method.clone(), text));
    headers.remove("host");
    let url = format!("{}{uri}", counted.server);
    let request = http().request(method, url).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.unwrap();
    response.body(Body::from(body)).unwrap()
}
