//! Server-sent events, over a real socket.

use std::sync::Arc;
use std::time::Duration;

use labtower_model::SystemClock;
use labtower_serve::{ServeOptions, router, serve};
use labtower_store::{Batch, Store, StoreOptions, SyncUpdate};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::samples;

const PATIENCE: Duration = Duration::from_secs(20);

struct Live {
    store: Store,
    options: ServeOptions,
    address: std::net::SocketAddr,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Live {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipelines.db");
        let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
        let options = ServeOptions::default();
        let router = router(store.clone(), options.clone(), Arc::new(SystemClock));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = options.closing.clone().cancelled_owned();
        let serving = tokio::spawn(serve(listener, router, None, stop));
        Self {
            store,
            options,
            address,
            serving,
            _folder: folder,
        }
    }

    /// The lines of a stream, from the status on.
    async fn listen(&self) -> Lines<BufReader<TcpStream>> {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let request = b"GET /live HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n";
        connection.write_all(request).await.unwrap();
        BufReader::new(connection).lines()
    }

    async fn write(&self, sync: Vec<SyncUpdate>) {
        let batch = Batch {
            sync,
            ..Batch::default()
        };
        self.store.write(batch).await.unwrap();
    }
}

/// Reads until a line begins with `start`; what follows it.
async fn line(lines: &mut Lines<BufReader<TcpStream>>, start: &str) -> String {
    let reading = async {
        loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the stream goes on");
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap()
}

#[tokio::test]
async fn what_is_stored_is_told_at_once_and_the_end_too() {
    let live = Live::start().await;
    let mut first = live.listen().await;
    assert_eq!(line(&mut first, "HTTP/1.1").await, "200 OK");
    assert_eq!(line(&mut first, "content-type:").await, "text/event-stream");
    assert_eq!(
        line(&mut first, "data:").await,
        live.store.generation().to_string()
    );

    live.write(samples::live().sync).await;
    let generation = live.store.generation();
    assert_eq!(line(&mut first, "event:").await, "stored");
    assert_eq!(line(&mut first, "data:").await, generation.to_string());

    // One that comes later hears where things stand; one that goes frees its place.
    let mut second = live.listen().await;
    assert_eq!(line(&mut second, "data:").await, generation.to_string());
    drop(second);

    live.options.closing.cancel();
    let ended = async { while first.next_line().await.unwrap().is_some() {} };
    timeout(PATIENCE, ended)
        .await
        .expect("the stream ends with the server");
    timeout(PATIENCE, live.serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
