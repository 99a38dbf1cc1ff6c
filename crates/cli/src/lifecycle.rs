//! Signals: the first asks the process to end in order, the second ends it at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::Exit;
use crate::output::complain;

/// A token that the first SIGTERM or SIGINT cancels.
///
/// # Errors
/// When the system refuses a signal handler.
pub(crate) fn shutdown_on_signals() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let name = next().await;
        tracing::info!(signal = name, "stopping; a second signal stops at once");
        cancelled.cancel();
        next().await;
        complain("stopped before the work was finished; what was committed is kept");
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    Ok(token)
}
