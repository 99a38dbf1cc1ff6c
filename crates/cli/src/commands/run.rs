//! `labtower run`.

use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::{system_clock, usable_config};
use crate::lifecycle::shutdown_on_signals;
use crate::reload::{Reloads, Watch, words};
use crate::service::bind;
use crate::{Exit, Failure, Globals, Service, ServiceOptions, wiring};

/// Time between two attempts to start what ran before.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs until a signal ends it. A changed configuration ends the service in order and starts it anew in the same
/// process and on the same socket, so callers wait a moment instead of being refused.
pub(crate) async fn run(globals: &Globals) -> Result<Exit, Failure> {
    let config = usable_config(globals)?;
    let shutdown = shutdown_on_signals()?;
    let mut watch = Watch::new(globals, &config)?;
    let reloads = Reloads::default();
    let mut options = wiring::service_options(&config).await?;
    options.reloads = reloads.clone();
    let mut socket = Socket::bind(&options).await?;
    let mut service =
        Service::start_on(socket.listener()?, options.clone(), system_clock()).await?;
    let mut refused = None;
    loop {
        let store = service.store().clone();
        match refused.take() {
            Some(why) => reloads.refused(&store, why, system_clock().now()).await,
            None => reloads.taken(&store, system_clock().now()).await,
        }
        let stop = CancellationToken::new();
        let mut running = std::pin::pin!(service.run_until(stop.clone()));
        let (next, next_socket) = loop {
            let found = tokio::select! {
                ended = &mut running => return ended.map(|()| Exit::Ok),
                () = shutdown.cancelled() => {
                    drop(store);
                    stop.cancel();
                    running.await?;
                    return Ok(Exit::Ok);
                }
                found = watch.next() => found,
            };
            let usable = match found {
                Ok(next) => socket
                    .of(&next)
                    .await
                    .map(|socket| (next, socket))
                    .map_err(|failure| words(&failure)),
                Err(why) => Err(why),
            };
            match usable {
                Ok(usable) => break usable,
                Err(why) => reloads.refused(&store, why, system_clock().now()).await,
            }
        };
        drop(store);
        stop.cancel();
        running.await?;
        let next = ServiceOptions {
            reloads: reloads.clone(),
            ..next
        };
        service =
            match Service::start_on(next_socket.listener()?, next.clone(), system_clock()).await {
                Ok(service) => {
                    (options, socket) = (next, next_socket);
                    service
                }
                Err(failure) => {
                    refused = Some(words(&failure));
                    let Some(service) = again(&socket, &options, &shutdown).await? else {
                        return Ok(Exit::Ok);
                    };
                    service
                }
            };
    }
}

/// Starts what ran before, however often it takes: whatever is in its way may pass, and callers wait at the socket.
/// `None` when the process is to end first.
async fn again(
    socket: &Socket,
    options: &ServiceOptions,
    shutdown: &CancellationToken,
) -> Result<Option<Service>, Failure> {
    loop {
        match Service::start_on(socket.listener()?, options.clone(), system_clock()).await {
            Ok(service) => return Ok(Some(service)),
            Err(failure) => {
                tracing::error!(
                    why = words(&failure),
                    "what ran before does not start either; trying again"
                );
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(None),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// A listening socket that outlives the service on it.
struct Socket {
    host: String,
    port: u16,
    held: std::net::TcpListener,
}

impl Socket {
    async fn bind(options: &ServiceOptions) -> Result<Self, Failure> {
        let held = bind(&options.host, options.port).await?.into_std()?;
        Ok(Self {
            host: options.host.clone(),
            port: options.port,
            held,
        })
    }

    /// The socket for other options: this one where they name the same address.
    async fn of(&self, options: &ServiceOptions) -> Result<Self, Failure> {
        if (&self.host, self.port) == (&options.host, options.port) {
            return Ok(Self {
                host: self.host.clone(),
                port: self.port,
                held: self.held.try_clone().context("the socket cannot be kept")?,
            });
        }
        if self.port == options.port && self.port != 0 {
            // The old socket holds the port until the new one has it.
            let error = anyhow::anyhow!("server.host cannot change on the same port");
            let hint = "restart labtower for it, or change server.port too";
            return Err(Failure::with_hint(Exit::Usage, error, hint));
        }
        Self::bind(options).await
    }

    fn listener(&self) -> Result<tokio::net::TcpListener, Failure> {
        let own = self.held.try_clone().context("the socket cannot be kept")?;
        Ok(tokio::net::TcpListener::from_std(own).context("the socket cannot be kept")?)
    }
}
