//! `labtower healthcheck`: one request to a running labtower, without a client library or a shell in the image.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::loaded;
use crate::pinned::pinned;
use crate::{Exit, Failure, Globals};

/// Longest wait for the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub struct Arguments {
    /// Ask `/readyz`, which also reads the store, instead of `/healthz`.
    #[arg(long)]
    ready: bool,
}

pub(crate) fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    // Only the address is needed, so a problem elsewhere in the configuration does not matter here.
    let server = loaded(globals).config.server;
    let host = match server.host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let path = if arguments.ready {
        "/readyz"
    } else {
        "/healthz"
    };
    let certificate = server.tls_cert_file.as_deref();
    let status = ask(host, server.port, path, certificate)
        .with_context(|| format!("failed to ask {host}:{}{path}", server.port))?;
    if status == 200 {
        Ok(Exit::Ok)
    } else {
        Err(anyhow::anyhow!("{path} answered {status}").into())
    }
}

fn ask(host: &str, port: u16, path: &str, certificate: Option<&Path>) -> anyhow::Result<u16> {
    let address = (host, port)
        .to_socket_addrs()?
        .next()
        .context("the host has no address")?;
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let Some(certificate) = certificate else {
        return exchange(stream, &address.to_string(), path);
    };
    let name = ServerName::from(address.ip());
    let connection = ClientConnection::new(Arc::new(pinned(certificate)?), name)?;
    exchange(
        StreamOwned::new(connection, stream),
        &address.to_string(),
        path,
    )
}

fn exchange(mut stream: impl Read + Write, host: &str, path: &str) -> anyhow::Result<u16> {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut head = [0; 64];
    let read = stream.read(&mut head)?;
    let text = String::from_utf8_lossy(&head[..read]);
    text.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the answer is not HTTP")
}
