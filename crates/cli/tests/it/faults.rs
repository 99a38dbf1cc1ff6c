//! What can break around labtower, one test each: it says so, loses nothing, and goes on when it is mended.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use labtower_gitlab::ClientConfig;
use labtower_model::{Clock, SystemClock, Timestamp};
use labtower_sim::{Sim, SimConfig};
use labtower_store::{Store, StoreOptions};
use tokio::time::{Instant, sleep};

use crate::app::{App, PATIENCE, WorldClock, options};
use crate::process::{labtower, labtower_on, output, stderr};
use crate::truth::assert_store_equals_truth;

async fn sim(world: SimConfig) -> Sim {
    Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

fn sync_once(sim: &Sim, folder: &Path) -> Command {
    let mut command = labtower_on(sim, folder);
    command
        .args(["sync", "--once"])
        .env("LABTOWER__POLLER__BACKFILL_DAYS", "9");
    command
}

fn assert_folder_equals_truth(folder: &Path, sim: &Sim) {
    let path = folder.join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    assert_store_equals_truth(&store, &sim.truth());
}

/// A GitLab behind something that can be told to misbehave.
struct Front {
    url: String,
    mode: Arc<AtomicU8>,
}

const PASS: u8 = 0;
/// Every token is refused.
const REFUSE: u8 = 1;
/// The group is there no more, for this token.
const HIDE_GROUP: u8 = 2;

#[derive(Clone)]
struct Behind {
    gitlab: String,
    mode: Arc<AtomicU8>,
    http: reqwest::Client,
}

impl Front {
    async fn of(sim: &Sim) -> Self {
        let mode = Arc::new(AtomicU8::new(PASS));
        let behind = Behind {
            gitlab: sim.url(),
            mode: Arc::clone(&mode),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        let router = Router::new().fallback(forward).with_state(behind);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, mode }
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }
}

async fn forward(State(behind): State<Behind>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().unwrap().to_string();
    let json = |status: StatusCode, text: &'static str| {
        (status, [("content-type", "application/json")], text).into_response()
    };
    match behind.mode.load(Ordering::SeqCst) {
        REFUSE => {
            return json(
                StatusCode::UNAUTHORIZED,
                r#"{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}"#,
            );
        }
        HIDE_GROUP if target.contains("/groups/") => {
            return json(
                StatusCode::NOT_FOUND,
                r#"{"message":"404 Group Not Found"}"#,
            );
        }
        _ => {}
    }
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("host");
    let answer = behind
        .http
        .request(parts.method, format!("{}{target}", behind.gitlab))
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
    *response.status_mut() = status;
    for (name, value) in &headers {
        if name != "transfer-encoding" && name != "content-length" && name != "content-encoding" {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

/// A service that reads through a front, with a living world behind it.
async fn fronted() -> (App, Front) {
    let world = App::small_world();
    let days = world.days;
    let sim = sim(world).await;
    let front = Front::of(&sim).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&sim, days, folder.path().join("pipelines.db"));
    options.client = ClientConfig::new(front.url.parse().unwrap(), sim.token().into());
    options.sync.discovery_interval = Duration::from_millis(300);
    let service = crate::app::start_service(options, &sim).await;
    let app = App::around(service, sim, folder);
    app.ready().await;
    (app, front)
}

/// Waits until a problem's message is about `what`, or until there is none.
async fn problems(app: &App, what: Option<&str>) {
    let begun = Instant::now();
    loop {
        let sync = app.json("/api/sync").await;
        let problems = sync["problems"].as_array().unwrap();
        let found = match what {
            Some(what) => problems
                .iter()
                .any(|problem| problem.to_string().contains(what)),
            None => problems.is_empty(),
        };
        if found {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{what:?}: {problems:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Lets the world live on, stops it, and waits until the store has all of it.
pub(crate) async fn catches_up(app: &App) {
    app.sim.advance(Duration::from_secs(3600));
    app.sim.freeze();
    let begun = Instant::now();
    loop {
        let truth = app.sim.truth();
        let store = app.store().clone();
        let compared = tokio::task::spawn_blocking(move || {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                assert_store_equals_truth(&store, &truth);
            }))
        });
        match compared.await.unwrap() {
            Ok(()) => return,
            Err(panic) if begun.elapsed() > PATIENCE => std::panic::resume_unwind(panic),
            Err(_) => sleep(Duration::from_millis(300)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_that_expires_is_shown_waited_for_and_nothing_is_lost() {
    let (app, front) = fronted().await;
    front.set(REFUSE);
    app.sim.advance(Duration::from_secs(3600));
    problems(&app, Some("token")).await;
    assert_eq!(app.get("/api/pipelines").await.status, 200);
    front.set(PASS);
    catches_up(&app).await;
    problems(&app, None).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_made_private_keeps_its_history_and_comes_back() {
    let (app, front) = fronted().await;
    let before = app.json("/api/projects").await;
    front.set(HIDE_GROUP);
    problems(&app, Some("acme")).await;
    assert_eq!(app.json("/api/projects").await, before);
    front.set(PASS);
    catches_up(&app).await;
    problems(&app, None).await;
    app.stop().await;
}

/// A clock that can be set.
struct Jumping {
    world: WorldClock,
    ahead: AtomicI64,
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst));
        self.world.now().saturating_add(ahead).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_that_jumps_a_day_ahead_and_back_loses_nothing() {
    let world = App::small_world();
    let days = world.days;
    let sim = sim(world).await;
    let folder = tempfile::tempdir().unwrap();
    let options = options(&sim, days, folder.path().join("pipelines.db"));
    let clock = Arc::new(Jumping {
        world: WorldClock(sim.clone()),
        ahead: AtomicI64::new(0),
    });
    let service = match labtower_cli::Service::start(options, clock.clone()).await {
        Ok(service) => service,
        Err(failure) => panic!("{:?}", failure.text()),
    };
    let app = App::around(service, sim, folder);
    app.ready().await;
    for ahead in [86_400, -86_400, 0] {
        clock.ahead.store(ahead, Ordering::SeqCst);
        app.sim.advance(Duration::from_secs(1800));
        sleep(Duration::from_millis(500)).await;
    }
    catches_up(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn name_that_no_server_knows_is_said_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = labtower(folder.path());
    command
        .env("GITLAB_URL", "http://gitlab.invalid")
        .env("GITLAB_TOKEN", "glpat-x")
        .env("LABTOWER__GITLAB__MONITOR_GROUPS", "acme")
        .args(["doctor"]);
    let told = output(command).await;
    assert!(!told.status.success());
    let text = String::from_utf8_lossy(&told.stdout).into_owned() + &stderr(&told);
    assert!(text.contains("gitlab.invalid"), "{text}");
}

/// A full disk as a process sees one: no file may grow beyond `kib`.
fn with_room(kib: u32, command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
    shell
        .args(["-c", &script])
        .arg(command.get_program())
        .args(command.get_args());
    shell.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_ends_with_a_clear_word_and_the_next_start_goes_on() {
    let sim = sim(SimConfig {
        projects: 20,
        days: 8,
        ..SimConfig::default()
    })
    .await;
    sim.freeze();
    let folder = tempfile::tempdir().unwrap();
    let full = output(with_room(1024, &sync_once(&sim, folder.path()))).await;
    assert_eq!(full.status.code(), Some(1), "{}", stderr(&full));
    let said = stderr(&full);
    assert!(said.contains("disk"), "{said}");
    let rest = output(sync_once(&sim, folder.path())).await;
    assert!(rest.status.success(), "{}", stderr(&rest));
    assert_folder_equals_truth(folder.path(), &sim);
}

#[tokio::test(flavor = "multi_thread")]
async fn disk_that_cannot_be_written_is_said_with_the_path() {
    let sim = sim(App::small_world()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = sync_once(&sim, folder.path());
    // Nobody can make a file there, not even root.
    command.env("LABTOWER__STORE__PATH", "/proc/pipelines.db");
    let refused = output(command).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(said.contains("/proc/pipelines.db"), "{said}");
    assert!(said.contains("hint: store.path"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_is_damaged_or_newer_is_named_and_left_as_it_is() {
    let sim = sim(App::small_world()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipelines.db");
    let good = output(sync_once(&sim, folder.path())).await;
    assert!(good.status.success(), "{}", stderr(&good));
    let whole = std::fs::read(&path).unwrap();

    let mut headless = whole.clone();
    headless[..100].fill(7);
    let mut newer = whole.clone();
    // `user_version` of SQLite's header.
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    for (bytes, word) in [(headless, "not a database"), (newer, "version 99")] {
        std::fs::write(&path, &bytes).unwrap();
        let refused = output(sync_once(&sim, folder.path())).await;
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(said.contains(word), "{said}");
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "the file was changed"
        );
    }

    // Damage in the middle shows when it is met; what is whole is still there afterwards.
    let mut torn = whole.clone();
    let middle = torn.len() / 2 / 4096 * 4096;
    torn[middle..].fill(0);
    std::fs::write(&path, &torn).unwrap();
    let met = output(sync_once(&sim, folder.path())).await;
    assert_eq!(met.status.code(), Some(1), "{}", stderr(&met));
    let said = stderr(&met);
    assert!(
        said.contains("malformed") || said.contains("corrupt"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn gitlab_that_is_down_for_a_day_is_caught_up_with() {
    let (app, front) = fronted().await;
    front.set(REFUSE);
    problems(&app, Some("token")).await;
    // A day passes without one answer.
    app.sim.advance(Duration::from_secs(86_400));
    sleep(Duration::from_millis(500)).await;
    front.set(PASS);
    catches_up(&app).await;
    problems(&app, None).await;
    app.stop().await;
}
