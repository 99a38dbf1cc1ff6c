//! Who sent a request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jiff::Timestamp;

use super::session::Session;
use super::{Auth, cookie};

/// Name of the cookie of a session.
pub(super) const SESSION: &str = "labtower_session";
/// How the audit trail calls a program with the token.
const PROGRAM: &str = "api";

/// A name, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The token of programs.
    Token,
    /// A person with a session.
    Session(Box<str>),
    /// A person whom a trusted proxy let through.
    Proxy(Box<str>),
}

impl Identity {
    /// How the audit trail and the pages call them.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Token => PROGRAM,
            Self::Session(name) | Self::Proxy(name) => name,
        }
    }
}

/// What is known of the sender of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// Who it is.
    pub(crate) identity: Option<Identity>,
    /// What the tokens of this reader's forms are made of.
    pub(super) nonce: Option<String>,
    /// The session, if that is the proof.
    pub(super) session: Option<Session>,
    /// Where it comes from, proxies aside.
    pub(super) address: Option<IpAddr>,
    /// Whether the browser speaks https, as far as a proxy tells.
    pub(super) https: bool,
    /// The host that the browser asked, if a proxy tells.
    pub(super) host: Option<String>,
}

impl Caller {
    /// Reads it from a request.
    pub(super) fn of(parts: &Parts, auth: &Auth, now: Timestamp) -> Self {
        let headers = &parts.headers;
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let is_proxy = |address: IpAddr| {
            let proxies = &auth.options().trusted_proxies;
            proxies.iter().any(|proxy| proxy.contains(&address))
        };
        let proxied = peer.is_some_and(is_proxy);
        let mut caller = Self {
            address: peer,
            ..Self::default()
        };
        if proxied {
            caller.address = client_behind(headers, is_proxy).or(peer);
            caller.https = text(headers, "x-forwarded-proto")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
            caller.host = text(headers, "x-forwarded-host").map(str::to_owned);
        }
        caller.find_identity(headers, auth, proxied, now);
        caller
    }

    fn find_identity(&mut self, headers: &HeaderMap, auth: &Auth, proxied: bool, now: Timestamp) {
        if bearer(headers).is_some_and(|token| auth.is_token(token)) {
            self.identity = Some(Identity::Token);
            return;
        }
        let named = auth
            .options()
            .trusted_header
            .as_ref()
            .filter(|_| proxied)
            .and_then(|name| text(headers, name.as_str()))
            .filter(|name| !name.is_empty());
        if let Some(name) = named {
            self.nonce = Some(format!("proxy {name}"));
            self.identity = Some(Identity::Proxy(name.into()));
            return;
        }
        let session = cookie::get(headers, SESSION).and_then(|cookie| auth.session(cookie, now));
        if let Some(session) = session {
            self.nonce = Some(session.nonce.clone());
            self.identity = Some(Identity::Session(session.user.as_str().into()));
            self.session = Some(session);
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, header::AUTHORIZATION.as_str())?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The last address of `X-Forwarded-For` that is not a proxy of ours: those before it may be invented.
fn client_behind(headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    hops.iter()
        .rev()
        .map_while(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !is_proxy(*address))
}
