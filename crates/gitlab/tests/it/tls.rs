//! Certificates.

use std::{io, io::Write as _, net::SocketAddr, sync::Arc};

use axum::{Router, http::header::DATE, serve::Listener};
use labtower_gitlab::{Client, GitlabError, Priority};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
    server::TlsStream,
};

use crate::stub::{self, DATE_TEXT, project};

/// A certificate authority of our own.
type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Accepts TLS connections; those that fail the handshake are the client's problem.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else {
                continue;
            };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A server for `localhost` with a certificate of `authority`; its URL.
async fn server(authority: &Authority) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let tls = Tls {
        listener,
        acceptor: TlsAcceptor::from(Arc::new(config)),
    };
    let router = Router::new().fallback(async || ([(DATE, DATE_TEXT)], project(7).to_string()));
    tokio::spawn(async move { axum::serve(tls, router).await });
    url
}

async fn ask(client: &Client) -> Result<i64, GitlabError> {
    let found = client.project("7", Priority::Fresh).await?;
    Ok(found.value.unwrap().id.get())
}

#[tokio::test]
async fn private_authority_is_trusted_once_it_is_in_the_file() {
    let authority = authority();
    let url = server(&authority).await;
    let mut config = stub::config(&url);
    config.retries = 0;
    let error = ask(&stub::client(config.clone())).await.unwrap_err();
    assert!(matches!(error, GitlabError::Transport { .. }), "{error}");

    // Several in one file, ours last.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(self::authority().pem().as_bytes()).unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();
    config.ca_file = Some(file.path().to_owned());
    assert_eq!(ask(&stub::client(config)).await.unwrap(), 7);
}

#[tokio::test]
async fn any_certificate_is_accepted_when_told_so() {
    let url = server(&authority()).await;
    let mut config = stub::config(&url);
    config.skip_invalid_certs = true;
    assert_eq!(ask(&stub::client(config)).await.unwrap(), 7);
}

#[test]
fn file_without_a_certificate_is_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"not a certificate").unwrap();
    let mut config = stub::config("https://localhost");
    config.ca_file = Some(file.path().to_owned());
    let clock = Arc::new(labtower_model::SystemClock);
    let error = Client::new(config, clock).unwrap_err();
    assert!(
        matches!(error, GitlabError::Config { key: "ca_file", .. }),
        "{error}"
    );
}
