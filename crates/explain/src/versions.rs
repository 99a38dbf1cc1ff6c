//! Versions of dependencies that a log prints, so that a red run can be compared with the last green one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;

use crate::{Printed, Trace};

/// Most versions of one log.
const MOST: usize = 2_000;

/// Most lines that are tried.
const TRIED: usize = 8_000;

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
        let Some(word) = WORDS.find(text) else {
            continue;
        };
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
        for pattern in SHAPES[word.pattern().as_usize()].1 {
            if let Some(groups) = PATTERNS[*pattern].captures(text)
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

/// Words of which a line with a version holds one, and the patterns that may then match.
const SHAPES: &[(&str, &[usize])] = &[
    ("Successfully installed ", &[]),
    ("Compiling ", &[0]),
    ("Checking ", &[0]),
    ("Downloaded from", &[8]),
    ("Downloaded ", &[0, 8]),
    ("go: downloading ", &[6]),
    ("Downloading ", &[1, 8, 9]),
    ("Using cached ", &[1]),
    ("Using docker image ", &[11]),
    ("Installing ", &[4, 7, 9, 0]),
    ("Adding ", &[0]),
    ("Upgrading ", &[9]),
    ("Setting up ", &[3]),
    ("Installed ", &[12]),
    ("Fetching ", &[7]),
    ("Using ", &[7]),
    ("==", &[2]),
    ("] + ", &[5]),
    ("] ↑ ", &[5]),
    ("] ↓ ", &[5]),
    ("] ~ ", &[5]),
    ("+ ", &[2, 10]),
    ("@sha256:", &[13]),
    ("] ", &[5]),
];

#[expect(clippy::unwrap_used, reason = "constant words, used by the tests")]
static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(SHAPES.iter().map(|(word, _)| word))
        .unwrap()
});

#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the tests"
)]
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // 0: cargo
        r"^\s*(?:Compiling|Checking|Downloaded|Installing|Adding) (?P<name>[\w-]+) v(?P<version>\d[\w.+-]*)",
        // 1: pip's downloads
        r"^\s*(?:Downloading|Using cached) (?:https?://\S+/)?(?P<name>[A-Za-z][\w.]*?)-(?P<version>\d[\w.!]*?)(?:-[\w.]+)*(?:\.whl|\.tar\.gz|\.zip)",
        // 2: uv
        r"^\s*\+ (?P<name>[A-Za-z][\w.-]*)==(?P<version>\S+)",
        // 3 and 4: apt and apk
        r"^Setting up (?P<name>[\w.+-]+)(?::\w+)? \((?P<version>[^)\s]+)\)",
        r"^\(\d+/\d+\) Installing (?P<name>[\w.+-]+) \((?P<version>[^)\s]+)\)",
        // 5: Julia's package list, [uuid] + Name v1.2.3
        r"^\s*(?:⌃|⌅)?\s*\[[0-9a-f]{8}\] (?:[+↑↓~] )?(?P<name>\w+) (?:v\S+ [⇒→] )?v(?P<version>\d\S*)",
        // 6: Go
        r"^go: downloading (?P<name>\S+) v(?P<version>\S+)",
        // 7: Bundler
        r"^(?:Installing|Using|Fetching) (?P<name>[\w.-]+) (?P<version>\d[\w.]*)(?: \(was [^)]*\))?(?: with native extensions)?$",
        // 8: Maven and Gradle
        r"(?:Downloaded|Downloading)(?: from \S+:| from)?:? https?://\S+/(?P<name>[\w.-]+)/(?P<version>\d[\w.-]*)/[\w.-]+\.(?:jar|aar|war)\b",
        // 9: Composer
        r"^\s*- (?:Installing|Downloading|Upgrading) (?P<name>[\w.-]+/[\w.-]+) \((?:v?\S+ => )?v?(?P<version>[^)\s]+)",
        // 10: npm, yarn, pnpm
        r"^\s*\+ (?P<name>@?[\w./-]+)[@ ](?P<version>\d[\w.+-]*)$",
        // 11: the job's own image
        r"^Using docker image sha256:[0-9a-f]+ for (?P<name>\S+) with digest \S*@(?P<version>sha256:[0-9a-f]{12,})",
        // 12: Julia's downloads
        r"^\s*Installed (?P<name>\w+)\s?─* v(?P<version>\d\S*)",
        // 13: images
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
