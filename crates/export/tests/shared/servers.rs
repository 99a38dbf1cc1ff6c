//! Where servers are installed and listen.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

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

/// Skips what needs something that is not there, loudly.
pub(crate) fn missing(what: &str) {
    let is_required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
    assert!(!is_required, "{what} is not installed");
    eprintln!("skipped: {what} is not installed");
}
