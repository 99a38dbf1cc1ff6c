//! The corpus of failing job logs; `corpus/README.md` describes it.

use std::path::{Path, PathBuf};

use labtower_explain::{Explainer, Explanation, Facts, GreenLines, Trace};
use serde::Deserialize;

/// A log with what is known of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) trace: Trace,
    pub(crate) green: Option<GreenLines>,
}

#[derive(Deserialize)]
pub(crate) struct Labels {
    pub(crate) tool: String,
    pub(crate) cause: String,
    pub(crate) category: Vec<String>,
    pub(crate) headline: Vec<Headline>,
    pub(crate) lines: Vec<(u32, u32)>,
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    green: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Headline {
    line: u32,
    contains: String,
}

impl Case {
    pub(crate) fn explain(&self, explainer: &Explainer, with_green: bool) -> Explanation {
        let facts = Facts {
            status: "failed",
            failure_reason: Some("script_failure"),
            ..Facts::default()
        };
        explainer.explain(
            &facts,
            Some(&self.trace),
            self.green.as_ref().filter(|_| with_green),
        )
    }

    /// Is this line, with this text, one that gives the reason?
    pub(crate) fn right(&self, line: Option<u32>, text: &str) -> bool {
        self.labels.headline.iter().any(|wanted| {
            line == Some(wanted.line)
                || (wanted.contains.len() > 12 && text.contains(&wanted.contains))
        })
    }

    /// Lines a person would want to see.
    pub(crate) fn wanted(&self) -> Vec<u32> {
        let mut lines: Vec<u32> = self
            .labels
            .lines
            .iter()
            .flat_map(|(from, to)| *from..=*to)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        // Nobody wants blank lines, and we do not show them.
        lines.retain(|line| {
            self.trace
                .lines()
                .iter()
                .any(|known| known.number == Some(*line) && !known.text.trim().is_empty())
        });
        lines
    }
}

/// The cases of one half, sorted by name; empty if it is not there.
pub(crate) fn read(half: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(half);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    paths.iter().map(|path| one(&folder, path)).collect()
}

/// Numbers as GitLab's page has them, by physical line: a line marked `+` continues the one before.
fn numbers(log: &[u8]) -> Vec<u32> {
    let mut number = 0;
    let mut numbers = vec![0];
    for line in log.split(|byte| *byte == b'\n') {
        let stamp = line
            .iter()
            .take(32)
            .position(|byte| *byte == b'Z')
            .filter(|_| line.first().is_some_and(u8::is_ascii_digit));
        let continues = stamp.is_some_and(|at| {
            matches!(
                line.get(at + 1..at + 6),
                Some([b' ', _, _, b'O' | b'E', b'+'])
            )
        });
        number += u32::from(!continues);
        numbers.push(number);
    }
    numbers
}

fn one(folder: &Path, path: &Path) -> Case {
    let mut labels: Labels = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let numbers = numbers(&std::fs::read(path.with_extension("log")).unwrap());
    for headline in &mut labels.headline {
        headline.line = numbers[headline.line as usize];
    }
    for (from, to) in &mut labels.lines {
        (*from, *to) = (numbers[*from as usize], numbers[*to as usize]);
    }
    let clean = |path: &Path| Trace::clean(&std::fs::read(path).unwrap(), b"", 0);
    Case {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        trace: clean(&path.with_extension("log")),
        green: labels
            .green
            .as_ref()
            .map(|name| GreenLines::from_trace(&clean(&folder.join(name)))),
        labels,
    }
}
