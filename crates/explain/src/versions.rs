//! Versions of dependencies that a log prints, so that a red run can be compared with the last green one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::{Printed, Trace};

/// Most versions of one log.
const MOST: usize = 2_000;

/// Most lines that are tried.
const TRIED: usize = 20_000;

/// The versions that the log of a job prints, sorted by name, each once.
///
/// Knows cargo, pip, npm, apt, apk, Julia, Go, Ruby, Maven, Gradle, Composer and container images.
pub(crate) fn printed(trace: &Trace) -> Vec<Printed> {
    let mut found = BTreeSet::new();
    let mut tried = 0;
    for line in trace.lines() {
        if found.len() >= MOST || tried >= TRIED {
            break;
        }
        let text = line.text.as_str();
        if !FIRST_WORDS.iter().any(|word| text.contains(word)) {
            continue;
        }
        tried += 1;
        if let Some(packages) = text.trim_start().strip_prefix("Successfully installed ") {
            // pip joins all it installed with spaces, as name-version.
            for package in packages.split_whitespace() {
                if let Some((name, version)) = package.rsplit_once('-')
                    && version.starts_with(|letter: char| letter.is_ascii_digit())
                {
                    found.insert(Printed {
                        name: name.to_owned(),
                        version: version.to_owned(),
                    });
                }
            }
            continue;
        }
        for pattern in PATTERNS.iter() {
            if let Some(groups) = pattern.captures(text)
                && let (Some(name), Some(version)) = (groups.name("name"), groups.name("version"))
            {
                found.insert(Printed {
                    name: name.as_str().to_owned(),
                    version: version.as_str().to_owned(),
                });
                break;
            }
        }
    }
    found.into_iter().take(MOST).collect()
}

/// Words of which a line with a version holds one.
const FIRST_WORDS: &[&str] = &[
    "Compiling ",
    "Downloaded ",
    "Checking ",
    "Downloading",
    "Downloaded from",
    "Installing ",
    "Installed ",
    "Using ",
    "Setting up ",
    "go: downloading",
    "Successfully installed",
    "Collecting ",
    "Fetching ",
    "⌅ [",
    " + ",
    " ~ ",
    "+ ",
    "sha256:",
    " [",
];

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the tests"
)]
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // cargo
        r"^\s*(?:Compiling|Checking|Downloaded|Installing|Adding) (?P<name>[\w-]+) v(?P<version>\d[\w.+-]*)",
        // pip's and uv's downloads and metadata
        r"^\s*(?:Downloading|Using cached) (?:https?://\S+/)?(?P<name>[A-Za-z][\w.]*?)-(?P<version>\d[\w.!]*?)(?:-[\w.]+)*(?:\.whl|\.tar\.gz|\.zip)",
        r"^\s*\+ (?P<name>[A-Za-z][\w.-]*)==(?P<version>\S+)",
        // apt and apk
        r"^Setting up (?P<name>[\w.+-]+)(?::\w+)? \((?P<version>[^)\s]+)\)",
        r"^\(\d+/\d+\) Installing (?P<name>[\w.+-]+) \((?P<version>[^)\s]+)\)",
        // Julia's package list: [uuid] + Name v1.2.3
        r"^\s*(?:⌃|⌅)?\s*\[[0-9a-f]{8}\] (?:[+↑↓~] )?(?P<name>\w+) (?:v\S+ [⇒→] )?v(?P<version>\d\S*)",
        r"^\s*Installed (?P<name>\w+)\s?─* v(?P<version>\d\S*)",
        // Go
        r"^go: downloading (?P<name>\S+) v(?P<version>\S+)",
        // Bundler and gem
        r"^(?:Installing|Using|Fetching) (?P<name>[\w.-]+) (?P<version>\d[\w.]*)(?: \(was [^)]*\))?(?: with native extensions)?$",
        r"^Successfully installed (?P<name>[\w.-]+?)-(?P<version>\d[\w.]*)$",
        // Maven and Gradle
        r"(?:Downloaded|Downloading)(?: from \S+:| from)?:? https?://\S+/(?P<name>[\w.-]+)/(?P<version>\d[\w.-]*)/[\w.-]+\.(?:jar|aar|war)\b",
        // Composer
        r"^\s*- (?:Installing|Downloading|Upgrading) (?P<name>[\w.-]+/[\w.-]+) \((?:v?\S+ => )?v?(?P<version>[^)\s]+)",
        // npm, yarn, pnpm
        r"^\s*\+ (?P<name>@?[\w./-]+)[@ ](?P<version>\d[\w.+-]*)$",
        // container images
        r"^Using docker image sha256:[0-9a-f]+ for (?P<name>\S+) with digest \S*@(?P<version>sha256:[0-9a-f]{12,})",
        r"(?P<name>[\w.-]+(?:/[\w.-]+)*(?::[\w.-]+)?)@(?P<version>sha256:[0-9a-f]{64})",
    ]
    .into_iter()
    .map(|pattern| Regex::new(pattern).unwrap())
    .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_prints_its_versions() {
        let log = "   Compiling serde_json v1.0.140\nSuccessfully installed numpy-2.1.0 python-dateutil-2.9.0\n \
            Setting up libssl3:amd64 (3.0.11-1) ...\n  [336ed68f] + CSV v0.10.4\n  [91a5bcdd] ↑ Plots v1.0.0 ⇒ v1.2.0\ngo: downloading golang.org/x/net v0.30.0\n\
            Installing rake 13.2.1\nDownloading from central: https://repo.example/maven2/org/a/b-core/1.2.3/b-core-1.2.3.jar\n\
              - Installing symfony/console (v6.4.1): Extracting archive\n+ left-pad@1.3.0\n + attrs==25.1.0\n\
            Downloading requests-2.32.0-py3-none-any.whl (64 kB)\n";
        let log = log.replace("\n Setting", "\nSetting");
        let found: Vec<String> = printed(&Trace::clean(log.as_bytes(), b"", 0))
            .into_iter()
            .map(|printed| format!("{} {}", printed.name, printed.version))
            .collect();
        assert_eq!(
            found,
            [
                "CSV 0.10.4",
                "Plots 1.2.0",
                "attrs 25.1.0",
                "b-core 1.2.3",
                "golang.org/x/net 0.30.0",
                "left-pad 1.3.0",
                "libssl3 3.0.11-1",
                "numpy 2.1.0",
                "python-dateutil 2.9.0",
                "rake 13.2.1",
                "requests 2.32.0",
                "serde_json 1.0.140",
                "symfony/console 6.4.1",
            ]
        );
    }
}
