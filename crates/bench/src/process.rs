//! Labtower and the simulator as processes of their own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The token that the simulator takes when it is not told another.
pub(crate) const TOKEN: &str = "glpat-simulated";

/// A simulated GitLab; it ends with the value.
pub(crate) struct Sim {
    process: Child,
    /// Its address.
    pub(crate) url: String,
}

impl Sim {
    /// Starts the simulator and waits for the line that names its address.
    pub(crate) fn start(binary: &Path, options: &[&str]) -> Result<Self> {
        let mut process = Command::new(binary)
            .args(["sim", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start `{}`", binary.display()))?;
        let output = process
            .stdout
            .take()
            .context("no output of the simulator")?;
        let url = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let start = line.find("http://")?;
                line[start..].split_whitespace().next().map(str::to_owned)
            })
            .context("the simulator named no address")?;
        Ok(Self { process, url })
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The demo; it ends with the value.
pub(crate) struct Demo {
    process: Child,
    /// Its address.
    pub(crate) url: String,
}

impl Demo {
    /// Starts it with so many projects and days, on a free port; it does not answer yet.
    pub(crate) fn start(binary: &Path, projects: usize, days: u32) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let process = Command::new(binary)
            .args(["demo", "--port", &port.to_string()])
            .args(["--projects", &projects.to_string()])
            .args(["--days", &days.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start `{}`", binary.display()))?;
        Ok(Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// CPU time it took so far: seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.process.id())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Exports the simulated GitLab into files in a folder, with more arguments if need be.
pub(crate) fn export(binary: &Path, sim: &Sim, folder: &Path, more: &[&str]) -> Result<Done> {
    let mut command = Command::new(binary);
    command
        .args(["export", "--json", "--group", "acme"])
        .args(more)
        .arg("--to")
        .arg(folder.join("out"))
        .env("GITLAB_URL", &sim.url)
        .env("GITLAB_TOKEN", TOKEN);
    let done = run(&mut command)?;
    ensure!(
        done.status.success(),
        "the export ended with {}: {}",
        done.status,
        done.output
    );
    Ok(done)
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) status: ExitStatus,
    /// What it printed, JSON.
    pub(crate) output: Value,
    pub(crate) seconds: f64,
    /// The highest resident set it had: megabytes of 1024 × 1024 bytes.
    pub(crate) peak_mib: f64,
}

/// Runs a command that prints JSON to its end.
pub(crate) fn run(command: &mut Command) -> Result<Done> {
    let started = Instant::now();
    let mut process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("failed to start the command")?;
    // Read while it runs: a pipe that nobody empties would hold it up.
    let output = process.stdout.take().context("no output of the command")?;
    let output = std::thread::spawn(move || serde_json::from_reader::<_, Value>(output));
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        peak_kib = peak_resident_kib(process.id()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(20));
    };
    let seconds = started.elapsed().as_secs_f64();
    let output = output
        .join()
        .map_err(|_| anyhow::anyhow!("the reader of the output panicked"))?
        .with_context(|| format!("it printed no JSON and ended with {status}"))?;
    Ok(Done {
        status,
        output,
        seconds,
        peak_mib: peak_kib as f64 / 1024.0,
    })
}

/// The highest resident set a running process had: KiB.
pub(crate) fn peak_resident_kib(process: u32) -> Option<u64> {
    status_kib(process, "VmHWM:")
}

/// The resident set of a running process: KiB.
pub(crate) fn resident_kib(process: u32) -> Option<u64> {
    status_kib(process, "VmRSS:")
}

fn status_kib(process: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// CPU time of a process so far, all threads: seconds; 0 where the system does not tell (not Linux).
pub(crate) fn cpu_seconds(process: u32) -> f64 {
    // The second field is the program's name, which may hold spaces; utime and stime are the 12th and 13th after it,
    // in hundredths of a second.
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return 0.0;
    };
    let ticks: f64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}
