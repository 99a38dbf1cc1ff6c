//! The whole way from a log to a reason.

use regex::RegexSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::choose::{self, Chosen};
use crate::explanation::{Candidate, DecidedBy, Decider, Explanation};
use crate::extent::Extent;
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::metadata::{self, Reason};
use crate::parsers::PARSERS;
use crate::rules::{self, Rule, RulesError};
use crate::scan::Scanner;
use crate::{
    Category, Facts, FailedTest, GreenLines, Pattern, Signature, Trace, Whose, excerpt, score,
    versions,
};

/// Version of the parsers and of the order of deciding; raise it when they change.
const ALGORITHM: u32 = 2;

/// Most failed tests of one job.
const TESTS: usize = 200;

/// Explains logs; made once, shared by reference.
#[derive(Debug)]
pub struct Explainer {
    rules: Vec<Rule>,
    scanner: Scanner,
    open: (RegexSet, Vec<usize>),
    version: String,
}

impl Explainer {
    /// An explainer with the packs that are compiled in.
    #[expect(clippy::expect_used, reason = "the packs compiled in are tested")]
    pub fn builtin() -> Explainer {
        Explainer::with_rules(&[]).expect("the packs compiled in are good")
    }

    /// An explainer with `packs` (name and TOML) before those compiled in.
    ///
    /// # Errors
    /// Lists everything that is wrong in every pack, with the pack's name and the rule's id.
    pub fn with_rules(packs: &[(&str, &str)]) -> Result<Explainer, RulesError> {
        let mut rules = rules::parse(packs, rules::USER_RANK)?;
        rules.extend(rules::parse(rules::BUILTIN, rank::TOOL)?);
        let words = rules
            .iter()
            .map(|rule| rule.needs.iter().map(String::as_str).collect::<Vec<_>>());
        let words = words
            .chain(PARSERS.iter().map(|parser| parser.words.to_vec()))
            .chain([score::WORDS.to_vec()]);
        let scanner = Scanner::new(words).map_err(|error| RulesError::whole("all", &error))?;
        let mut text = String::new();
        for (name, pack) in packs.iter().chain(rules::BUILTIN) {
            text.extend([name, "\0", pack, "\0"]);
        }
        let version = format!("{ALGORITHM}-{:016x}", xxh3_64(text.as_bytes()));
        let open = rules::prefilter(&rules);
        Ok(Explainer {
            rules,
            scanner,
            open,
            version,
        })
    }

    /// `<algorithm>-<hash of the rules>`, stored with each reason.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether a rule of this name, such as `linters/checkstyle`, is at work.
    pub fn has_rule(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule.name == name)
    }

    /// Can the log add to what GitLab says already?
    pub fn needs_trace(&self, facts: &Facts<'_>) -> bool {
        facts
            .failure_reason
            .and_then(metadata::reason)
            .is_none_or(|reason| reason.log_knows_more)
    }

    /// Lines of the log that hold the pattern, with their numbers.
    pub fn matches<'t>(&self, pattern: &Pattern, trace: &'t Trace) -> Vec<&'t crate::Line> {
        trace
            .lines()
            .iter()
            .filter(|line| pattern.is_match(&line.text))
            .collect()
    }

    /// Says why the job failed.
    ///
    /// `trace` is `None` when the log could not be read or is not needed, `green` when no green run is known.
    pub fn explain(
        &self,
        facts: &Facts<'_>,
        trace: Option<&Trace>,
        green: Option<&GreenLines>,
    ) -> Explanation {
        let known = facts.failure_reason.and_then(metadata::reason);
        let Some(trace) = trace.filter(|trace| !trace.lines().is_empty()) else {
            return self.without_log(facts, known);
        };
        let mut scratch = Vec::new();
        let log = Log {
            lines: trace.lines(),
            extent: Extent::of(trace),
            novel: green.filter(|green| !green.is_empty()).map(|green| {
                trace
                    .lines()
                    .iter()
                    .map(|line| !green.has(&line.text, &mut scratch))
                    .collect()
            }),
        };
        let (findings, strong) = self.findings(&log);
        let ordered = choose::ordered(&log, findings);
        if let Some(known) = known.filter(|known| !known.log_knows_more) {
            let mut answer = self.without_log(facts, Some(known));
            answer.excerpt = excerpt::excerpt(&log, &ordered, &strong);
            answer.phase.clone_from(&log.extent.phase);
            answer.versions = versions::printed(trace);
            return answer;
        }
        self.with_log(facts, known, trace, &log, &ordered, &strong)
    }

    /// Everything that parsers, rules and scores find, and the lines with words of failure.
    fn findings(&self, log: &Log<'_>) -> (Vec<Finding>, Vec<usize>) {
        let hits = self.scanner.scan(log);
        let mut findings = Vec::new();
        for (at, parser) in PARSERS.iter().enumerate() {
            let lines: Vec<usize> = hits
                .of(self.rules.len() + at)
                .into_iter()
                .filter(|line| log.inside(*line))
                .collect();
            if lines.is_empty() {
                continue;
            }
            let from = findings.len();
            (parser.parse)(log, &lines, &mut findings);
            for finding in &mut findings[from..] {
                parser.name.clone_into(&mut finding.name);
            }
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let lines = hits.of(at);
            if !lines.is_empty() {
                rules::run(rule, log, &lines, &mut findings);
            }
        }
        self.open_rules(log, &mut findings);
        let strong = hits.of(self.rules.len() + PARSERS.len());
        let inside: Vec<usize> = strong
            .iter()
            .copied()
            .filter(|line| log.inside(*line))
            .collect();
        findings.extend(score::findings(log, &inside));
        (findings, strong)
    }

    /// Rules that name no words see every line, through one common set.
    fn open_rules(&self, log: &Log<'_>, findings: &mut Vec<Finding>) {
        let (set, rules) = &self.open;
        if rules.is_empty() {
            return;
        }
        let mut lines = vec![Vec::new(); rules.len()];
        for line in log.extent.start..log.extent.end {
            for at in &set.matches(log.text(line)) {
                lines[at].push(line);
            }
        }
        for (at, lines) in lines
            .iter()
            .enumerate()
            .filter(|(_, lines)| !lines.is_empty())
        {
            rules::run(&self.rules[rules[at]], log, lines, findings);
        }
    }

    fn with_log(
        &self,
        facts: &Facts<'_>,
        known: Option<&Reason>,
        trace: &Trace,
        log: &Log<'_>,
        ordered: &[Chosen],
        strong: &[usize],
    ) -> Explanation {
        let picked = choose::candidates(log, ordered);
        let mut candidates: Vec<Candidate> = picked
            .iter()
            .map(|chosen| Candidate {
                headline: choose::headline(log, &chosen.finding),
                line: log.lines[chosen.finding.line].number,
                score: chosen.score,
                why: why(log, chosen),
            })
            .collect();
        let mut tests: Vec<FailedTest> = Vec::new();
        for test in facts
            .tests
            .iter()
            .chain(ordered.iter().flat_map(|chosen| &chosen.finding.tests))
        {
            if tests.len() < TESTS
                && !tests
                    .iter()
                    .any(|known| known.name == test.name && known.suite == test.suite)
            {
                tests.push(test.clone());
            }
        }
        let excerpt = excerpt::excerpt(log, ordered, strong);
        let mut answer = Explanation {
            headline: String::new(),
            line: None,
            excerpt,
            phase: log.extent.phase.clone(),
            category: Category::Unknown,
            whose: Whose::Unknown,
            decided_by: self.decided(Decider::None, ""),
            why: "No line of the log tells why the job failed".to_owned(),
            candidates: Vec::new(),
            tests,
            signature: Signature::of("", Category::Unknown),
            versions: versions::printed(trace),
        };
        if let Some(first) = picked.first() {
            let finding = &first.finding;
            answer.headline.clone_from(&candidates[0].headline);
            answer.line = candidates[0].line;
            answer.why.clone_from(&candidates[0].why);
            (answer.category, answer.whose) = choose::kind(log, ordered, finding);
            answer.decided_by = self.decided(finding.by, &finding.name);
            answer.signature = Signature::of(
                finding.key.as_deref().unwrap_or(&answer.headline),
                answer.category,
            );
        } else if let Some(line) = last_words(log) {
            answer.headline = choose::headline(log, &Finding::new(line, 0, Category::Unknown));
            answer.line = log.lines[line].number;
            answer.signature = Signature::of(&answer.headline, Category::Unknown);
            let (by, words) = if log.novel.is_some() {
                (
                    Decider::Novelty,
                    "The last line that a green run does not have",
                )
            } else {
                (
                    Decider::Score,
                    "The last line of the failing phase; none looks like an error",
                )
            };
            answer.decided_by = self.decided(by, "last");
            words.clone_into(&mut answer.why);
            candidates.push(Candidate {
                headline: answer.headline.clone(),
                line: answer.line,
                score: 0.0,
                why: answer.why.clone(),
            });
            let from = line.saturating_sub(9).max(log.extent.start);
            answer.excerpt = (from..=line)
                .map(|at| crate::ExcerptLine {
                    number: log.lines[at].number,
                    text: log.lines[at].text.clone(),
                })
                .collect();
        }
        answer.candidates = candidates;
        self.report(facts, log, &mut answer);
        settle(known, &mut answer);
        answer
    }

    /// Lets GitLab's test report speak before the log, if the log does not tell of something worse.
    fn report(&self, facts: &Facts<'_>, log: &Log<'_>, answer: &mut Explanation) {
        let Some(test) = facts.tests.first() else {
            return;
        };
        if !matches!(answer.category, Category::Test | Category::Unknown)
            || answer.headline.contains(&test.name)
        {
            return;
        }
        let message = test
            .message
            .as_deref()
            .and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
        let headline = message.map_or_else(
            || test.name.clone(),
            |message| format!("{}: {message}", test.name),
        );
        let headline = crate::mask_secrets(&headline).into_owned();
        let holds = |word: &str| {
            (log.extent.start..log.extent.end)
                .find(|line| word.len() > 3 && log.text(*line).contains(word))
        };
        answer.line = message
            .and_then(holds)
            .or_else(|| holds(&test.name))
            .and_then(|line| log.lines[line].number);
        answer.headline = crate::mask::shortened(&headline, crate::HEADLINE_CHARS).into_owned();
        answer.category = Category::Test;
        answer.whose = Whose::Code;
        answer.decided_by = self.decided(Decider::TestReport, "test_report");
        "The job's test report names this test first".clone_into(&mut answer.why);
        answer.signature = Signature::of(&answer.headline, Category::Test);
        answer.candidates.insert(
            0,
            Candidate {
                headline: answer.headline.clone(),
                line: answer.line,
                score: 100.0,
                why: answer.why.clone(),
            },
        );
        answer.candidates.truncate(5);
    }

    /// What GitLab says alone.
    fn without_log(&self, facts: &Facts<'_>, known: Option<&Reason>) -> Explanation {
        let (headline, category, whose, by, why) = match (known, facts.failure_reason) {
            (Some(known), _) => (
                known.sentence.to_owned(),
                known.category,
                known.whose,
                Decider::Metadata,
                format!("GitLab's failure_reason is `{}`", known.word),
            ),
            (None, Some(word)) if !word.is_empty() => (
                word.to_owned(),
                Category::Unknown,
                Whose::Unknown,
                Decider::Metadata,
                format!("GitLab's failure_reason is `{word}`, which is not known here"),
            ),
            _ => (
                String::new(),
                Category::Unknown,
                Whose::Unknown,
                Decider::None,
                "Neither GitLab nor a log tells why the job failed".to_owned(),
            ),
        };
        let mut answer = Explanation {
            signature: Signature::of(facts.failure_reason.unwrap_or_default(), category),
            candidates: Vec::new(),
            line: None,
            excerpt: Vec::new(),
            phase: String::new(),
            decided_by: self.decided(by, facts.failure_reason.unwrap_or_default()),
            tests: facts.tests.iter().take(TESTS).cloned().collect(),
            versions: Vec::new(),
            headline,
            category,
            whose,
            why,
        };
        if !answer.headline.is_empty() {
            answer.candidates.push(Candidate {
                headline: answer.headline.clone(),
                line: None,
                score: 50.0,
                why: answer.why.clone(),
            });
        }
        if known.is_none_or(|known| known.log_knows_more) {
            self.report(
                facts,
                &Log {
                    lines: &[],
                    extent: Extent::default(),
                    novel: None,
                },
                &mut answer,
            );
        }
        answer
    }

    fn decided(&self, kind: Decider, name: &str) -> DecidedBy {
        DecidedBy {
            kind,
            name: name.to_owned(),
            version: self.version.clone(),
        }
    }
}

/// Lets GitLab's reason have its say on the category where the log has found something else.
fn settle(known: Option<&Reason>, answer: &mut Explanation) {
    let Some(known) = known.filter(|known| known.category != Category::Unknown) else {
        return;
    };
    let finer = known.category == Category::Runner
        && matches!(
            answer.category,
            Category::Registry
                | Category::Oom
                | Category::Disk
                | Category::Network
                | Category::Auth
                | Category::Killed
        );
    if !finer && answer.category != known.category {
        answer.category = known.category;
        answer.whose = known.whose;
        answer.why = format!(
            "GitLab's failure_reason is `{}`; {}",
            known.word, answer.why
        );
        answer.signature = Signature::of(&answer.signature.pattern.clone(), known.category);
    }
}

/// A sentence about a finding.
fn why(log: &Log<'_>, chosen: &Chosen) -> String {
    let finding = &chosen.finding;
    let mut text = match finding.by {
        Decider::Parser => format!(
            "Parser `{}` read this as an error of its tool",
            finding.name
        ),
        Decider::Rule => format!("Rule `{}` matches", finding.name),
        _ => "The words of the line are the strongest of those looked at".to_owned(),
    };
    if log.novel.is_some() {
        let known = if log.is_novel(finding.line) {
            "a green run does not print it"
        } else {
            "a green run prints it too"
        };
        text = format!("{text}; {known}");
    }
    if finding.line < log.extent.command {
        text.push_str("; it stands before the last command");
    }
    text
}

/// The last line with text, a novel one if a green run is known.
fn last_words(log: &Log<'_>) -> Option<usize> {
    let spoken = |line: &usize| !log.text(*line).trim().is_empty();
    let mut lines = (log.extent.start..log.extent.end).rev().filter(spoken);
    let last = lines.clone().next();
    lines
        .find(|line| log.novel.is_some() && log.is_novel(*line))
        .or(last)
}
