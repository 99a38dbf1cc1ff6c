//! `[server]`.

use super::problem::Finding;
use super::section::section;

section! {
    /// Where labtower listens.
    "server" => Server {
        /// Address to listen on.
        ///
        /// `0.0.0.0` is every IPv4 address of the machine, `127.0.0.1` this machine only, `::` IPv4 and IPv6.
        host: String = "0.0.0.0".to_owned();
        /// Port to listen on; 0 takes a free one and logs it.
        port: u16 = 3000;
        /// Answer from a history that is not complete yet.
        ///
        /// Until the first backfill is complete the data endpoints answer 503 with the progress, so that no dashboard shows half a month as the whole.
        /// `true` serves what is there already.
        serve_during_backfill: bool = false;
    }
}

impl Server {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.host.trim().is_empty() {
            findings.push(Finding::error(
                "host",
                "the address to listen on is empty",
                "`0.0.0.0` listens on every address, `127.0.0.1` on this machine only",
            ));
        }
        findings
    }
}
