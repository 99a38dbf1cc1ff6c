//! A PostgreSQL of our own.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::servers::Server;
use crate::shared::servers::{free_port, missing};

/// Programs of PostgreSQL's server.
fn postgres_programs() -> Option<PathBuf> {
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
    server: Server,
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
