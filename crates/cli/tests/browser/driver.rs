//! A browser: `chromedriver` and one Chromium with a profile of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

use crate::tools::{installed, target};

/// What Chromium is told, beside its profile.
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// Name of an element's id in answers, as WebDriver has it.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Keys that are no letters, as WebDriver has them.
pub(crate) mod keys {
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const ESCAPE: &str = "\u{e00c}";
    pub(crate) const LEFT: &str = "\u{e012}";
    pub(crate) const UP: &str = "\u{e013}";
    pub(crate) const RIGHT: &str = "\u{e014}";
    pub(crate) const DOWN: &str = "\u{e015}";
    pub(crate) const HOME: &str = "\u{e011}";
    pub(crate) const END: &str = "\u{e010}";
}

/// One browser at a time: each keeps two cores busy, and pages that wait for each other look broken.
static TURN: Mutex<()> = Mutex::const_new(());

/// A browser with one window.
pub(crate) struct Browser {
    _turn: MutexGuard<'static, ()>,
    driver: Child,
    http: reqwest::Client,
    session: String,
    _profile: TempDir,
}

/// Something on the page.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

impl Browser {
    /// Starts one; `None`, with a message, when there is none on this machine.
    pub(crate) async fn start() -> Option<Self> {
        let program = installed("chromedriver")?;
        installed("chromium")?;
        let turn = TURN.lock().await;
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new(program)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap());
        let started = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            loop {
                line.clear();
                assert!(lines.read_line(&mut line).unwrap() > 0, "no port");
                if let Some((_, port)) = line.split_once("successfully on port ") {
                    // Its pipe must stay open.
                    return (port.trim().trim_end_matches('.').to_owned(), lines);
                }
            }
        });
        let (port, lines) = started.await.unwrap();
        std::thread::spawn(move || lines.lines().for_each(drop));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).into();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": flags, "binary": "/usr/bin/chromium"},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let root = format!("http://127.0.0.1:{port}");
        let mut browser = Self {
            _turn: turn,
            driver,
            http,
            session: format!("{root}/session"),
            _profile: profile,
        };
        let session = browser.post("", &wanted).await;
        let id = session["sessionId"].as_str().unwrap();
        browser.session = format!("{root}/session/{id}");
        browser.size(1280, 900).await;
        Some(browser)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Value {
        self.outcome(request)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The answer, or WebDriver's error.
    async fn outcome(&self, request: reqwest::RequestBuilder) -> Result<Value, Value> {
        let response = request.timeout(PATIENCE).send().await.unwrap();
        let succeeded = response.status().is_success();
        let body: Value = response.json().await.unwrap();
        if succeeded {
            Ok(body["value"].clone())
        } else {
            Err(body["value"].clone())
        }
    }

    /// Does something with the first element of a selector; pages renew themselves, so it is found again if it is gone.
    async fn with(&self, selector: &str, action: &str, body: Option<Value>) -> Value {
        let since = Instant::now();
        loop {
            let Element(id) = self.find(selector).await;
            let url = format!("{}/element/{id}/{action}", self.session);
            let request = match &body {
                Some(body) => self.http.post(url).json(body),
                None => self.http.get(url),
            };
            match self.outcome(request).await {
                Ok(value) => return value,
                Err(error) => {
                    let is_gone = error["error"] == "stale element reference";
                    assert!(is_gone && since.elapsed() < PATIENCE, "{selector}: {error}");
                }
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.session);
        self.answer(self.http.post(url).json(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        self.answer(self.http.get(format!("{}{path}", self.session)))
            .await
    }

    /// Loads an address.
    pub(crate) async fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url})).await;
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        self.post("/refresh", &json!({})).await;
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        self.get("/url").await.as_str().unwrap().to_owned()
    }

    /// Waits until the address has a part: what a click starts may end after it.
    pub(crate) async fn arrive(&self, part: &str) {
        let begun = Instant::now();
        loop {
            let address = self.address().await;
            if address.contains(part) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{address} never had {part}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        self.post("/window/rect", &json!({"width": width, "height": height}))
            .await;
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
            .await
    }

    /// What a script hands to the function that is its last argument.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({"script": script, "args": []}))
            .await
    }

    /// Waits until an expression is true.
    pub(crate) async fn wait_for(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let begun = Instant::now();
        while self.run(&script).await != json!(true) {
            if begun.elapsed() > PATIENCE {
                self.picture("given-up").await;
                panic!("never true: {expression}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The first element of a selector, waited for while a page is on its way.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        let wanted = json!({"using": "css selector", "value": selector});
        let since = Instant::now();
        loop {
            let found = self.post("/elements", &wanted).await;
            if let Some(id) = found[0][ELEMENT].as_str() {
                return Element(id.to_owned());
            }
            let text = self.get("/source").await;
            assert!(since.elapsed() < PATIENCE, "no `{selector}` in {text}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.with(selector, "click", Some(json!({}))).await;
    }

    /// Types into a field.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        self.with(selector, "value", Some(json!({"text": text})))
            .await;
    }

    /// Types wherever the focus is.
    pub(crate) async fn press(&self, text: &str) {
        let strokes: Vec<Value> = text
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("/actions", &json!({"actions": [keyboard]})).await;
    }

    /// Text of the first element of a selector.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let text = self.with(selector, "text", None).await;
        text.as_str().unwrap().to_owned()
    }

    /// How many elements a selector has.
    pub(crate) async fn count(&self, selector: &str) -> usize {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.post("/elements", &wanted).await;
        found.as_array().unwrap().len()
    }

    /// Waits until no element has a selector.
    pub(crate) async fn gone(&self, selector: &str) {
        let begun = Instant::now();
        while self.count(selector).await > 0 {
            assert!(begun.elapsed() < PATIENCE, "`{selector}` stays");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A command of Chromium's own protocol.
    async fn command(&self, name: &str, parameters: Value) {
        let body = json!({"cmd": name, "params": parameters});
        self.post("/goog/cdp/execute", &body).await;
    }

    /// Whether pages may run scripts.
    pub(crate) async fn allow_scripts(&self, allowed: bool) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": !allowed}),
        )
        .await;
    }

    /// Light or dark.
    pub(crate) async fn scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.command("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// What scripts and the security policy complained of since the last call.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"})).await;
        let entries = log.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// A picture of the window in `target/screenshots`.
    pub(crate) async fn picture(&self, name: &str) {
        let picture = self.get("/screenshot").await;
        let directory = target().join("screenshots");
        std::fs::create_dir_all(&directory).unwrap();
        let bytes = decoded(picture.as_str().unwrap());
        std::fs::write(directory.join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Browser {
    /// Ends the session without the runtime, which may be gone when a browser is dropped.
    fn end_session(&self) -> io::Result<()> {
        let address = self.session.trim_start_matches("http://");
        let (host, path) = address.split_once('/').unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        // The answer comes when the browser has ended.
        stream.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session; stopped before, it may leave it behind.
        let _ = self.end_session();
        let _ = Command::new("kill")
            .args(["-s", "TERM", &self.driver.id().to_string()])
            .status();
        let _ = self.driver.wait();
    }
}

/// Base64 as WebDriver writes it.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}
