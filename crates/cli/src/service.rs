//! The whole service in one value: client, syncer, store, HTTP and sinks, started and ended in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use labtower_export::{Export, ExportOptions};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::Clock;
use labtower_serve::{
    AuthOptions, FailureOptions, InstanceSamples, MetricsOptions, ServeOptions, Tls, WebhookOptions,
};
use labtower_store::{Store, StoreOptions};
use labtower_sync::{SyncError, SyncOptions, Syncer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::instance_metrics::instance_metrics;
use crate::issue_writer::issue_writer;
use crate::reload::Reloads;
use crate::token::TokenExpiry;
use crate::{Exit, Failure, progress};

/// What a service is made of.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// The certificate for HTTPS; HTTP without.
    pub tls: Option<Tls>,
    /// The SQLite file.
    pub store_path: PathBuf,
    /// How it is opened.
    pub store: StoreOptions,
    /// How GitLab is reached.
    pub client: ClientConfig,
    /// How GitLab is asked for issues that people create; without it pages lead to GitLab's own form.
    pub issue_client: Option<ClientConfig>,
    /// What is read, and how often.
    pub sync: SyncOptions,
    /// Whether data endpoints answer before the first backfill is complete.
    pub serve_during_backfill: bool,
    /// Longest time an answer of the statistics endpoints is reused.
    pub cache_ttl: Duration,
    /// Most answers kept for that.
    pub cache_entries: usize,
    /// Who may write, and who may read.
    pub auth: AuthOptions,
    /// How webhooks prove where they come from.
    pub webhooks: WebhookOptions,
    /// What pages of failures depend on.
    pub failures: FailureOptions,
    /// What `/metrics` tells.
    pub metrics: MetricsOptions,
    /// Where the data goes from here.
    pub export: ExportOptions,
    /// How changes of the configuration were taken, for `/metrics`.
    pub reloads: Reloads,
}

/// A running service.
///
/// HTTP is up before GitLab was asked anything, so progress and health can be watched from the first moment.
pub struct Service {
    address: SocketAddr,
    scheme: &'static str,
    store: Store,
    client: Client,
    syncer: Arc<Syncer>,
    sync: JoinHandle<Result<(), SyncError>>,
    http: JoinHandle<std::io::Result<()>>,
    export: JoinHandle<()>,
    stop_sync: CancellationToken,
    stop_http: CancellationToken,
    stop_export: CancellationToken,
}

impl Service {
    /// Binds, opens the store, serves, and begins to sync.
    ///
    /// # Errors
    /// When the address is taken, the store cannot be opened or the client's settings are wrong.
    pub async fn start(options: ServiceOptions, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let listener = bind(&options.host, options.port).await?;
        Self::start_on(listener, options, clock).await
    }

    /// The same on a socket that listens already.
    ///
    /// # Errors
    /// When the store cannot be opened or the client's settings are wrong.
    pub async fn start_on(
        listener: TcpListener,
        options: ServiceOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let tls = options.tls;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = listener.local_addr().context("no local address")?;
        let client = Client::new(options.client, clock.clone())?;
        let issue_writer = options
            .issue_client
            .map(|config| issue_writer(config, clock.clone()))
            .transpose()?;
        let store = open_store(options.store_path, options.store, clock.clone()).await?;
        let export = Export::new(options.export, &store, &clock)?;
        let measured = client.clone();
        let token_expiry = TokenExpiry::default();
        let told_expiry = token_expiry.clone();
        let reloads = options.reloads;
        reloads.begun(clock.now());
        let stop_http = CancellationToken::new();
        let serve = ServeOptions {
            serve_during_backfill: options.serve_during_backfill,
            cache_ttl: options.cache_ttl,
            cache_entries: options.cache_entries,
            auth: options.auth,
            webhooks: options.webhooks,
            issue_writer,
            failures: options.failures,
            metrics: options.metrics,
            poll_interval: options.sync.interval,
            instance_metrics: Some(Arc::new(move |samples: &mut InstanceSamples| {
                instance_metrics(&measured.stats(), told_expiry.get(), reloads.get(), samples);
            })),
            closing: stop_http.clone(),
            ..ServeOptions::default()
        };
        let router = labtower_serve::router(store.clone(), serve, clock.clone());
        let http = tokio::spawn(labtower_serve::serve(
            listener,
            router,
            tls,
            stop_http.clone().cancelled_owned(),
        ));
        tracing::info!(%address, "listening");
        let syncer = Arc::new(Syncer::new(
            client.clone(),
            store.clone(),
            options.sync,
            clock,
        ));
        tokio::spawn(progress::show(syncer.progress(), client.clone()));
        let stop_sync = CancellationToken::new();
        let (running, stopped) = (syncer.clone(), stop_sync.clone());
        let sync = tokio::spawn(async move { Box::pin(running.run(stopped)).await });
        tokio::spawn(token_expiry.watch(client.clone(), stop_sync.clone()));
        let stop_export = CancellationToken::new();
        let export = tokio::spawn(export.run(stop_export.clone()));
        Ok(Self {
            address,
            scheme,
            store,
            client,
            syncer,
            sync,
            http,
            export,
            stop_sync,
            stop_http,
            stop_export,
        })
    }

    /// Where it listens, in a form a browser on this machine takes.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("{}://{address}", self.scheme)
    }

    /// The store, for reading beside the service.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The client that reads GitLab.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The syncer, for its progress.
    pub fn syncer(&self) -> &Arc<Syncer> {
        &self.syncer
    }

    /// Serves until `shutdown` is cancelled, then ends in order.
    ///
    /// # Errors
    /// When syncing or serving ended by itself.
    pub async fn run_until(mut self, shutdown: CancellationToken) -> Result<(), Failure> {
        tokio::select! {
            () = shutdown.cancelled() => self.stop().await,
            ended = &mut self.sync => {
                let why = ended.context("the sync task broke")?;
                self.end_export().await?;
                self.end_http().await?;
                self.store.close();
                Ok(why.context("syncing ended")?)
            }
            ended = &mut self.http => {
                ended.context("the HTTP task broke")?.context("serving ended")?;
                Err(anyhow::anyhow!("serving ended by itself").into())
            }
        }
    }

    /// Ends in order: no new requests to GitLab, the last write, sinks, answers under way, the store.
    ///
    /// # Errors
    /// When one of them failed.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.stop_sync.cancel();
        let synced = (&mut self.sync).await.context("the sync task broke")?;
        self.end_export().await?;
        self.end_http().await?;
        let store = self.store.clone();
        drop(self.syncer);
        tokio::task::spawn_blocking(move || store.close())
            .await
            .context("closing the store broke")?;
        tracing::info!("stopped");
        Ok(synced.context("the last write failed")?)
    }

    /// Ends the sinks; what they have not sent they send at the next start.
    async fn end_export(&mut self) -> Result<(), Failure> {
        self.stop_export.cancel();
        (&mut self.export).await.context("the export task broke")?;
        Ok(())
    }

    /// Lets answers under way end; the server itself bounds how long that takes.
    async fn end_http(&mut self) -> Result<(), Failure> {
        self.stop_http.cancel();
        let ended = (&mut self.http).await.context("the HTTP task broke")?;
        Ok(ended.context("serving failed")?)
    }
}

/// A socket that listens.
pub(crate) async fn bind(host: &str, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "something listens there already; choose another server.port, or 0 for a free one"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports under 1024 need a privilege; choose a higher server.port"
            }
            _ => "check server.host and server.port",
        };
        let error =
            anyhow::Error::from(error).context(format!("failed to listen on {host}:{port}"));
        Failure::with_hint(Exit::Failed, error, hint)
    })
}

/// Certificate and key, when HTTPS is to be spoken.
pub(crate) async fn read_tls(files: Option<&(PathBuf, PathBuf)>) -> Result<Option<Tls>, Failure> {
    let Some((certificate, key)) = files else {
        return Ok(None);
    };
    let tls = Tls::read(certificate, key).await.map_err(|error| {
        let error = anyhow::Error::from(error).context(format!(
            "failed to read the certificate `{}` and its key",
            certificate.display()
        ));
        let hint =
            "server.tls_cert_file and server.tls_key_file must be PEM files that belong together";
        Failure::with_hint(Exit::Usage, error, hint)
    })?;
    Ok(Some(tls))
}

/// Opens the store off the async threads: a migration or an import may take a while.
pub(crate) async fn open_store(
    path: PathBuf,
    options: StoreOptions,
    clock: Arc<dyn Clock>,
) -> Result<Store, Failure> {
    let opened = tokio::task::spawn_blocking(move || Store::open(&path, &options, clock))
        .await
        .context("opening the store broke")?;
    opened.map_err(|error| {
        Failure::with_hint(
            Exit::Failed,
            error,
            "store.path must be a file in a directory this user may write to, on a local disk",
        )
    })
}
