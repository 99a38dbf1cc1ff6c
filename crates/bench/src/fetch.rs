//! How fast the client asks, and how well it uses a quota without breaking it.
//!
//! Both against a tiny server in this process, so that its own speed is known: a bare HTTP client is measured
//! against the same server in the same run.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use labtower_gitlab::{Client, ClientConfig, Priority};
use labtower_model::{Clock, SystemClock};
use serde_json::{Value, json};

/// Bar: share of what concurrency and latency allow.
const BAR_RATE: f64 = 0.85;

/// Bar: share of the quota that is used.
const BAR_QUOTA: f64 = 0.95;

/// What every request is answered: a project.
const BODY: &str = r#"{"id":7,"path_with_namespace":"acme/p7","name":"p7","archived":false}"#;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Time the server takes per answer: milliseconds.
    #[arg(long, default_value_t = 50)]
    latency_ms: u64,
    /// Requests at a time.
    #[arg(long, default_value_t = 10)]
    concurrency: usize,
    /// Requests to measure the speed with.
    #[arg(long, default_value_t = 1000)]
    requests: usize,
    /// Requests the enforced quota allows per window.
    #[arg(long, default_value_t = 400)]
    quota: u64,
    /// Length of a window: seconds.
    #[arg(long, default_value_t = 4)]
    window_seconds: u64,
    /// Whole windows to measure.
    #[arg(long, default_value_t = 4)]
    windows: u64,
}

/// Measures both.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let latency = Duration::from_millis(args.latency_ms);
    let free = Server::start(latency, None).await?;
    let bare = bare_rate(&free, args).await?;
    let ours = our_rate(&free, args).await?;
    let possible = args.concurrency as f64 / latency.as_secs_f64();

    let throttle = Throttle {
        requests: args.quota,
        window: args.window_seconds,
    };
    let limited = Server::start(latency, Some(throttle)).await?;
    let quota = quota_use(&limited, args).await?;
    let fits = possible * args.window_seconds as f64 >= args.quota as f64;
    Ok(json!({
        "bench": "fetch",
        "latency_ms": args.latency_ms,
        "concurrency": args.concurrency,
        "possible_per_second": possible,
        "bare_per_second": bare,
        "per_second": ours,
        "ratio": ours / possible,
        "ratio_to_bare": ours / bare,
        "quota": {
            "requests": args.quota,
            "window_seconds": args.window_seconds,
            "windows": args.windows,
            "reachable": fits,
            "used": quota.used,
            "too_many_requests": quota.refused,
        },
        "bars": {"ratio": BAR_RATE, "quota_used": BAR_QUOTA, "too_many_requests": 0},
        "pass": ours / possible >= BAR_RATE && quota.used >= BAR_QUOTA && quota.refused == 0,
    }))
}

/// Requests per second of a bare HTTP client, as many at a time.
async fn bare_rate(server: &Server, args: &Args) -> Result<f64> {
    let http = reqwest::Client::builder().build()?;
    let each = args.requests.div_ceil(args.concurrency);
    let began = Instant::now();
    let tasks: Vec<_> = (0..args.concurrency)
        .map(|_| {
            let (http, url) = (http.clone(), format!("{}/api/v4/projects/7", server.url));
            tokio::spawn(async move {
                for _ in 0..each {
                    let answer = http.get(&url).send().await?;
                    serde_json::from_slice::<Value>(&answer.bytes().await?)?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok((each * args.concurrency) as f64 / began.elapsed().as_secs_f64())
}

/// Requests per second of our client, the first ones (alone, to learn time and quota) included.
async fn our_rate(server: &Server, args: &Args) -> Result<f64> {
    let client = client(server, args)?;
    let each = args.requests.div_ceil(args.concurrency * 2);
    let began = Instant::now();
    let tasks: Vec<_> = (0..args.concurrency * 2)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    client.project("7", Priority::Fresh).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(client.stats().total() as f64 / began.elapsed().as_secs_f64())
}

struct QuotaUse {
    used: f64,
    refused: u64,
}

/// Asks as fast as the client lets us for some whole windows.
async fn quota_use(server: &Server, args: &Args) -> Result<QuotaUse> {
    let client = client(server, args)?;
    let window = args.window_seconds as i64;
    let first = SystemClock.now().as_second() / window + 1;
    let last = first + args.windows as i64;
    let tasks: Vec<_> = (0..args.concurrency * 2)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                while SystemClock.now().as_second() / window < last {
                    client.project("7", Priority::Fresh).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let counts = server.counts();
    let served: u64 = (first..last)
        .filter_map(|window| counts.served.get(&window))
        .sum();
    Ok(QuotaUse {
        used: served as f64 / (args.quota * args.windows) as f64,
        refused: counts.refused,
    })
}

fn client(server: &Server, args: &Args) -> Result<Client> {
    let url = server
        .url
        .parse()
        .context("failed to read our own address")?;
    let mut config = ClientConfig::new(url, "glpat-bench".into());
    config.concurrency = args.concurrency;
    Ok(Client::new(config, Arc::new(SystemClock))?)
}

/// A limit like GitLab's user throttle: fixed windows, aligned to the clock.
#[derive(Clone, Copy)]
struct Throttle {
    requests: u64,
    window: u64,
}

/// A server that answers everything with one project after `latency`.
struct Server {
    url: String,
    state: Shared,
}

type Shared = Arc<ServerState>;

struct ServerState {
    latency: Duration,
    throttle: Option<Throttle>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    /// Requests served, by window.
    served: std::collections::BTreeMap<i64, u64>,
    /// 429s.
    refused: u64,
}

impl Server {
    async fn start(latency: Duration, throttle: Option<Throttle>) -> Result<Self> {
        let state = Arc::new(ServerState {
            latency,
            throttle,
            counts: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, state })
    }

    fn counts(&self) -> Counts {
        self.state.lock().clone()
    }
}

impl ServerState {
    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request; the throttle's headers, and whether it is one too many.
    fn count(&self) -> (HeaderMap, bool) {
        let mut headers = HeaderMap::new();
        let Some(throttle) = self.throttle else {
            return (headers, false);
        };
        let now = SystemClock.now().as_second();
        let length = throttle.window as i64;
        let window = now / length;
        let mut counts = self.lock();
        let served = counts.served.entry(window).or_default();
        let refused = *served >= throttle.requests;
        if !refused {
            *served += 1;
        }
        let observed = *served;
        counts.refused += u64::from(refused);
        let reset = (window + 1) * length;
        let values = [
            ("ratelimit-limit", throttle.requests * 60 / throttle.window),
            ("ratelimit-observed", observed),
            ("ratelimit-remaining", throttle.requests - observed),
            ("ratelimit-reset", reset as u64),
        ];
        for (name, value) in values {
            headers.insert(name, HeaderValue::from(value));
        }
        if refused {
            headers.insert("retry-after", HeaderValue::from(reset - now));
        }
        (headers, refused)
    }
}

async fn answer(State(state): State<Shared>) -> Response {
    let (headers, refused) = state.count();
    tokio::time::sleep(state.latency).await;
    if refused {
        return (StatusCode::TOO_MANY_REQUESTS, headers, "Retry later").into_response();
    }
    (headers, BODY).into_response()
}
