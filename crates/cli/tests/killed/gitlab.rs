//! A simulated GitLab as a process, in which nothing happens any more.

use std::path::Path;

use crate::plain::Plain;
use crate::process::{Running, labtower};

/// The token that it accepts.
pub(crate) const TOKEN: &str = "glpat-killed";

/// Ends when it is dropped.
pub(crate) struct Gitlab {
    pub(crate) url: String,
    /// Reads its lists.
    pub(crate) plain: Plain,
    _process: Running,
}

impl Gitlab {
    /// Starts one with a world of its own, and stops that world.
    pub(crate) async fn start(seed: u64, directory: &Path) -> Self {
        let mut sim = labtower(directory);
        sim.args(["sim", "--port", "0", "--token", TOKEN]);
        sim.args(["--projects", "3", "--days", "2", "--tier", "ultimate"]);
        sim.args(["--seed", &seed.to_string()]);
        let mut process = Running::on_stdout(sim);
        let url = process.line_after("simulated GitLab: ");
        let freeze = format!("{}/__sim/freeze", url.trim_end_matches('/'));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.post(freeze).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        Self {
            plain: Plain::new(&url, TOKEN),
            url,
            _process: process,
        }
    }

    /// Its name in the data.
    pub(crate) fn instance(&self) -> &str {
        let host = self.url.trim_start_matches("http://");
        host.trim_end_matches('/')
    }
}
