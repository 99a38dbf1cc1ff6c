//! `[server]`.

use std::path::PathBuf;

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
        /// File of a certificate, PEM, followed by those that signed it: labtower then speaks HTTPS, and HTTP no more.
        ///
        /// A new certificate is taken up within seconds. Behind a proxy that speaks HTTPS it is not needed.
        tls_cert_file: Option<PathBuf> = None, example "\"/etc/labtower/tls.crt\"";
        /// File of the certificate's key, PEM.
        tls_key_file: Option<PathBuf> = None, example "\"/etc/labtower/tls.key\"";
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
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            let (key, missing) = match self.tls_cert_file {
                Some(_) => ("tls_cert_file", "tls_key_file"),
                None => ("tls_key_file", "tls_cert_file"),
            };
            findings.push(Finding::error(
                key,
                format!("the certificate and its key go together, and `{missing}` is not set"),
                "set both for HTTPS, or neither for HTTP",
            ));
        }
        for (key, file) in [
            ("tls_cert_file", &self.tls_cert_file),
            ("tls_key_file", &self.tls_key_file),
        ] {
            if let Some(path) = file {
                findings.extend(super::secret::text(key, path).err());
            }
        }
        findings
    }

    /// Certificate and key; absent for HTTP.
    pub fn tls_files(&self) -> Option<(PathBuf, PathBuf)> {
        self.tls_cert_file.clone().zip(self.tls_key_file.clone())
    }
}
