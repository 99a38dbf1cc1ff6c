//! The listening server, from first connection to last.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long open requests may take to end after the shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `shutdown` resolves, then lets open requests end, for ten seconds at most.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (begun, mut watching) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        begun.send_replace(true);
    };
    // Handlers are told who speaks: a proxy that is trusted, or anybody.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(signal);
    let patience = async move {
        // The sender is dropped only after it has sent.
        let _ = watching.wait_for(|begun| *begun).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        outcome = serving => outcome,
        () = patience => {
            tracing::warn!("some requests did not end in time and were cut off");
            Ok(())
        }
    }
}
