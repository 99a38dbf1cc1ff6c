//! `labtower version`.

use crate::output::say;

pub(crate) fn run() {
    say(concat!("labtower ", env!("CARGO_PKG_VERSION")));
}
