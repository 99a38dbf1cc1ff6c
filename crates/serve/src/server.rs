//! The listening server, from first connection to last.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use tokio::net::TcpListener;

/// How long open requests may take to end after the shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the head of a request may take, silence before it included; longer than the usual 60 s between two
/// scrapes over one connection, so that no scrape meets a connection that is just being closed.
const HEAD: Duration = Duration::from_secs(75);

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Tls(RustlsConfig);

impl Tls {
    /// Reads a certificate, with those that signed it, and its key, both PEM.
    ///
    /// # Errors
    /// One of the files cannot be read, or they do not belong together.
    pub async fn read(certificate: &Path, key: &Path) -> io::Result<Self> {
        let read = RustlsConfig::from_pem_file(certificate, key).await?;
        // HTTP/1.1 alone, as without TLS: telling versions apart would wait for a first byte without a limit of time.
        let mut config = ServerConfig::clone(&read.get_inner());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(RustlsConfig::from_config(Arc::new(config))))
    }
}

/// Serves until `shutdown` resolves, then lets open requests end, for ten seconds at most.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_patiently(listener, router, tls, HEAD, shutdown).await
}

async fn serve_patiently(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    head: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = listener.into_std()?;
    let handle = Handle::new();
    let ending = tokio::spawn({
        let handle = handle.clone();
        async move {
            shutdown.await;
            handle.graceful_shutdown(Some(DRAIN));
        }
    });
    // Handlers are told who speaks: a proxy that is trusted, or anybody.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = match tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?.http1_only().handle(handle);
            limit(server.http_builder(), head);
            server.serve(service).await
        }
        Some(Tls(config)) => {
            let mut server = axum_server::from_tcp_rustls(listener, config)?
                .http1_only()
                .handle(handle);
            limit(server.http_builder(), head);
            server.serve(service).await
        }
    };
    ending.abort();
    served
}

/// Callers that open a connection and say nothing, or one byte now and then, do not hold it for ever.
fn limit(http: &mut Builder<TokioExecutor>, head: Duration) {
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head);
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn head_that_never_ends_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let head = Duration::from_millis(100);
        let serving = serve_patiently(listener, Router::new(), None, head, std::future::pending());
        let serving = tokio::spawn(serving);
        for begun in [&b""[..], b"GET / HTTP/1.1\r\nhost:"] {
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(begun).await.unwrap();
            let mut rest = Vec::new();
            let ended = timeout(Duration::from_secs(20), connection.read_to_end(&mut rest));
            ended.await.expect("the server closes it").unwrap();
        }
        serving.abort();
    }
}
