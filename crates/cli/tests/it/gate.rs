//! A way to a server that can be closed.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a port of this machine, unless it is closed.
pub(crate) struct Gate {
    pub(crate) port: u16,
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    /// An open one.
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(watch::Sender::new(true));
        let opened = open.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut is_open = opened.subscribe();
                if *is_open.borrow() {
                    tokio::spawn(async move {
                        tokio::select! {
                            () = pass(client, server) => {}
                            _ = is_open.wait_for(|open| !open) => {}
                        }
                    });
                }
            }
        });
        Self { port, open }
    }

    /// Ends all connections, and lets none through any more.
    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

async fn pass(mut client: TcpStream, server: u16) {
    if let Ok(mut there) = TcpStream::connect(("localhost", server)).await {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut there).await;
    }
}
