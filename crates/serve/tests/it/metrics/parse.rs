//! A strict reader of both formats, written from their specifications and not from our writer.

use std::collections::{BTreeMap, BTreeSet};

/// One family as it was announced, with its samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) unit: Option<String>,
    pub(super) samples: Vec<Sample>,
}

/// Names and values, in the order of the line.
type Labels = Vec<(String, String)>;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// Suffixes that samples of a type may have.
fn suffixes(kind: &str, openmetrics: bool) -> &'static [&'static str] {
    match (kind, openmetrics) {
        ("counter", true) => &["_total", "_created"],
        ("info", true) => &["_info"],
        ("histogram", true) => &["_bucket", "_sum", "_count", "_created"],
        ("histogram", false) => &["_bucket", "_sum", "_count"],
        ("gauge" | "unknown", true) | ("gauge" | "counter" | "untyped", false) => &[""],
        other => panic!("unknown type {other:?}"),
    }
}

/// Reads a scrape; panics at the first thing its format does not allow.
pub(super) fn parse(text: &str, openmetrics: bool) -> Vec<Read> {
    let body = if openmetrics {
        let body = text.strip_suffix("# EOF\n").expect("it ends in `# EOF`");
        assert!(!body.contains("# EOF"), "`# EOF` occurs once");
        body
    } else {
        assert!(text.ends_with('\n') && !text.contains("# EOF"));
        text
    };
    let mut families: Vec<Read> = Vec::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            families.push(Read {
                name: name.to_owned(),
                kind: String::new(),
                help: unescape(help),
                unit: None,
                samples: Vec::new(),
            });
            continue;
        }
        let family = families.last_mut().expect("a family begins with its help");
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!((name, family.kind.as_str()), (family.name.as_str(), ""));
            kind.clone_into(&mut family.kind);
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            assert!(openmetrics);
            let (name, unit) = rest.split_once(' ').unwrap();
            assert_eq!(name, family.name);
            assert!(name.ends_with(&format!("_{unit}")), "{name}");
            family.unit = Some(unit.to_owned());
        } else {
            let sample = sample(line);
            let fits = suffixes(&family.kind, openmetrics)
                .iter()
                .any(|suffix| sample.name == format!("{}{suffix}", family.name));
            assert!(
                fits,
                "{line} is no sample of {} {}",
                family.kind, family.name
            );
            family.samples.push(sample);
        }
    }
    check(&families);
    families
}

/// What holds for all families together.
fn check(families: &[Read]) {
    let mut names = BTreeSet::new();
    let mut series = BTreeSet::new();
    for family in families {
        assert!(names.insert(&family.name), "{} occurs twice", family.name);
        assert!(!family.kind.is_empty() && !family.help.is_empty());
        assert!(!family.samples.is_empty(), "{} has no samples", family.name);
        for sample in &family.samples {
            let mut labels = sample.labels.clone();
            labels.sort();
            assert!(
                labels.windows(2).all(|pair| pair[0].0 != pair[1].0),
                "{sample:?} has a label twice"
            );
            assert!(
                series.insert((sample.name.clone(), labels)),
                "{sample:?} occurs twice"
            );
            assert!(!sample.value.is_nan(), "{sample:?}");
        }
        if family.kind == "histogram" {
            check_histogram(family);
        }
    }
}

fn check_histogram(family: &Read) {
    let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for sample in &family.samples {
        let mut labels = sample.labels.clone();
        if sample.name.ends_with("_bucket") {
            let (name, bound) = labels.pop().unwrap();
            assert_eq!(name, "le");
            let bound = if bound == "+Inf" {
                f64::INFINITY
            } else {
                assert!(bound.ends_with(".0"), "{bound}");
                bound.parse().unwrap()
            };
            buckets
                .entry(labels)
                .or_default()
                .push((bound, sample.value));
        } else if sample.name.ends_with("_count") {
            counts.insert(labels, sample.value);
        }
    }
    assert_eq!(buckets.len(), counts.len());
    for (labels, buckets) in buckets {
        assert!(buckets.is_sorted(), "{labels:?} of {}", family.name);
        assert!(buckets.iter().map(|bucket| bucket.1).is_sorted());
        assert_eq!(buckets.last().unwrap(), &(f64::INFINITY, counts[&labels]));
    }
}

fn sample(line: &str) -> Sample {
    let brace = line.find('{').filter(|at| *at < line.find(' ').unwrap());
    let (name, labels, value) = match brace {
        None => {
            let (name, value) = line.split_once(' ').unwrap();
            (name, Vec::new(), value)
        }
        Some(at) => {
            let (labels, rest) = labels(&line[at + 1..]);
            (&line[..at], labels, rest.strip_prefix(' ').unwrap())
        }
    };
    Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().unwrap_or_else(|_| panic!("{line}")),
    }
}

/// The labels up to the closing brace, and what follows it.
fn labels(mut text: &str) -> (Labels, &str) {
    let mut labels = Vec::new();
    loop {
        if let Some(rest) = text.strip_prefix('}') {
            return (labels, rest);
        }
        text = text.strip_prefix(',').unwrap_or(text);
        let (name, rest) = text.split_once("=\"").unwrap();
        let mut end = 0;
        let bytes = rest.as_bytes();
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        labels.push((name.to_owned(), unescape(&rest[..end])));
        text = &rest[end + 1..];
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        out.push(match next {
            '\\' => match chars.next().unwrap() {
                'n' => '\n',
                other => other,
            },
            other => other,
        });
    }
    out
}
