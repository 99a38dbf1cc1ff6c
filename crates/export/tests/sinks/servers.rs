//! Real servers on this machine, started by a test, stopped at its end.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Whether a missing program fails the test.
pub(crate) fn is_required() -> bool {
    std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1")
}

/// Skips what needs something that is not there, loudly.
pub(crate) fn missing(what: &str) {
    assert!(!is_required(), "{what} is not installed");
    eprintln!("skipped: {what} is not installed");
}

/// A server, killed when it goes out of scope.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts a program and waits until it listens.
    pub(crate) fn start(command: &mut Command, port: u16) -> Self {
        let process = command.stdin(Stdio::null()).spawn().unwrap();
        let mut server = Self { process, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.process.try_wait().unwrap() {
                panic!("the server ended at once: {status}");
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the server does not listen"
            );
            sleep(Duration::from_millis(50));
        }
        server
    }

    /// Stops it as an administrator does, in a hurry.
    pub(crate) fn interrupt(&self) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The directory of build results.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    )
}

/// The interpreter that `.ci/python.sh` made, or the system's, if it has a module.
pub(crate) fn python_with(module: &str) -> Option<PathBuf> {
    let own = target().join("python/bin/python");
    [own, PathBuf::from("python3")].into_iter().find(|python| {
        let import = format!("import {module}");
        let mut command = Command::new(python);
        command.args(["-c", &import]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// Runs the ignored tests of a module in a process of their own, which has the address of a server in its environment.
pub(crate) fn run_tests(module: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // Few at a time: each has connections and writers of its own.
    command.args(["--ignored", "--test-threads=2", &format!("{module}::")]);
    command.envs(variables.iter().copied());
    assert!(
        command.status().unwrap().success(),
        "tests of `{module}` failed"
    );
}

/// What a test in such a process has of the server; `None` when it was called by hand.
pub(crate) fn given(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    if value.is_none() {
        eprintln!("skipped: another test starts the server and runs this one");
    }
    value
}

/// Programs of PostgreSQL's server.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Debian keeps them out of the path.
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    places.extend(versions.flatten().map(|version| version.path().join("bin")));
    let is_there = |place: &PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|program| place.join(program).is_file())
    };
    places.into_iter().find(is_there)
}

/// A database server with a certificate and a user `labtower` whose password is `hush`.
pub(crate) struct Database {
    pub(crate) server: Server,
    programs: PathBuf,
    directory: tempfile::TempDir,
}

impl Database {
    /// Makes an empty one, or says that there is no server to be had.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = postgres_programs() else {
            missing("PostgreSQL's server");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("password"), "hush").unwrap();
        std::fs::create_dir(at("data")).unwrap();
        let (ca, certificate, key) = certificates();
        std::fs::write(at("ca.pem"), ca).unwrap();
        std::fs::write(at("certificate.pem"), certificate).unwrap();
        std::fs::write(at("key.pem"), key).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(at("key.pem"), mode).unwrap();
        if let Some((user, group)) = other_user() {
            for name in ["", "password", "data", "certificate.pem", "key.pem"] {
                std::os::unix::fs::chown(at(name), Some(user), Some(group)).unwrap();
            }
        }
        let mut initdb = as_other_user(&programs.join("initdb"));
        initdb.args([
            "--username=labtower",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ]);
        initdb.args(["--no-sync", "--locale=C"]);
        initdb
            .arg("--pwfile")
            .arg(at("password"))
            .arg("--pgdata")
            .arg(at("data"));
        let output = initdb.current_dir("/").output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb failed: {errors}");
        let server = serve(&programs, directory.path(), free_port());
        Some(Self {
            server,
            programs,
            directory,
        })
    }

    /// Where it is, with certificates checked.
    pub(crate) fn dsn(&self) -> String {
        format!(
            "postgres://labtower:hush@localhost:{}/postgres?sslmode=verify-full&sslrootcert={}",
            self.server.port,
            self.directory.path().join("ca.pem").display()
        )
    }

    /// Ends all connections and starts again.
    pub(crate) fn restart(&mut self) {
        self.server.interrupt();
        self.server.process.wait().unwrap();
        self.server = serve(&self.programs, self.directory.path(), self.server.port);
    }
}

/// An authority's certificate, one of `localhost` that it signed, and the key of that.
fn certificates() -> (String, String, String) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = names.signed_by(&key, &issuer).unwrap();
    (ca, certificate.pem(), key.serialize_pem())
}

fn serve(programs: &Path, directory: &Path, port: u16) -> Server {
    let mut command = as_other_user(&programs.join("postgres"));
    command
        .arg("-D")
        .arg(directory.join("data"))
        .current_dir("/");
    for setting in [
        format!("port={port}"),
        "listen_addresses=localhost".to_owned(),
        "unix_socket_directories=".to_owned(),
        "fsync=off".to_owned(),
        "ssl=on".to_owned(),
        format!(
            "ssl_cert_file={}",
            directory.join("certificate.pem").display()
        ),
        format!("ssl_key_file={}", directory.join("key.pem").display()),
        "log_min_messages=fatal".to_owned(),
        "log_min_error_statement=panic".to_owned(),
    ] {
        command.arg("-c").arg(setting);
    }
    let server = Server::start(&mut command, port);
    // It listens before it lets anybody in; its own file says when it does.
    let start = Instant::now();
    let status = directory.join("data/postmaster.pid");
    while !std::fs::read_to_string(&status).is_ok_and(|text| text.contains("ready")) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "the database does not start"
        );
        sleep(Duration::from_millis(20));
    }
    server
}

/// PostgreSQL refuses to serve as root: the user and group that it runs as instead.
fn other_user() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id.trim_ascii() != b"0" {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let user = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.collect()))?;
        Some((fields.get(1)?.parse().ok()?, fields.get(2)?.parse().ok()?))
    };
    user("postgres").or_else(|| user("nobody"))
}

fn as_other_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}
