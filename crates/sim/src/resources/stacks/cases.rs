//! The test cases of a job: named by the project's code, so that they are the same in every run.

use super::{Run, Stack};

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// Name within its class, as the tool's report has it.
    pub(crate) name: String,
    /// Module, package or class.
    pub(crate) classname: String,
    /// Source file, where the tool reports one.
    pub(crate) file: Option<String>,
    /// Line of the assertion that fails when this test fails.
    pub(crate) line: u64,
}

/// Things the simulated companies write software about.
pub(crate) const NOUNS: &[&str] = &[
    "invoice",
    "basket",
    "customer",
    "session",
    "shipment",
    "ledger",
    "catalog",
    "voucher",
    "profile",
    "payment",
    "webhook",
    "report",
    "inventory",
    "schedule",
    "subscription",
    "token",
    "export",
    "search",
];

/// What their tests say about them.
const CLAIMS: &[&str] = &[
    "is_created_once",
    "rejects_empty_input",
    "keeps_order",
    "survives_restart",
    "is_idempotent",
    "expires_after_ttl",
    "rounds_half_even",
    "handles_unicode",
    "times_out",
    "retries_on_conflict",
    "is_visible_to_owner",
    "refuses_foreign_key",
    "merges_duplicates",
    "matches_snapshot",
    "parses_legacy_format",
    "emits_one_event",
];

/// How many tests the job runs: 24 to about 260, fixed per job name.
pub(crate) fn case_count(run: &Run<'_>) -> u64 {
    let mut dice = run.code.of("cases").of(run.job);
    24 + dice.below(40) + dice.below(2) * dice.below(200)
}

/// The test number `index`.
pub(crate) fn case(run: &Run<'_>, index: u64) -> Case {
    let mut dice = run.code.of("case").of(run.job).at(index / 7);
    let noun = dice.pick(NOUNS);
    let mut dice = run.code.of("case").of(run.job).at(1_000_000 + index);
    // The number keeps names unique where noun and claim repeat.
    let claim = CLAIMS[((index * 5 + dice.below(3)) % CLAIMS.len() as u64) as usize];
    let group = index / 7;
    let line = 20 + dice.below(280);
    let package = run.package().replace('-', "_");
    match run.stack {
        Stack::Cargo => Case {
            name: format!("{noun}{group}::tests::{noun}_{claim}_{index}"),
            classname: package,
            file: None,
            line,
        },
        Stack::Pytest => Case {
            name: format!("test_{noun}_{claim}_{index}"),
            classname: format!("tests.{noun}.test_{noun}_{group}.Test{}", capital(noun)),
            file: Some(format!("tests/{noun}/test_{noun}_{group}.py")),
            line,
        },
        Stack::Jest => Case {
            name: format!(
                "{} {noun} {} #{index}",
                capital(noun),
                claim.replace('_', " ")
            ),
            classname: format!("{} {group}", capital(noun)),
            file: Some(format!("src/{noun}/{noun}{group}.test.ts")),
            line,
        },
        Stack::Go => Case {
            name: format!("Test{}{}{index}", capital(noun), camel(claim)),
            classname: format!("example.com/{}/internal/{noun}{group}", run.project),
            file: None,
            line,
        },
        Stack::Maven => Case {
            name: format!("{noun}{}{index}", camel(claim)),
            classname: format!("com.example.{package}.{}{group}Test", capital(noun)),
            file: None,
            line,
        },
    }
}

/// How long the case number `index` took in this run, in seconds.
pub(crate) fn case_seconds(run: &Run<'_>, index: u64) -> f64 {
    let usual = run.code.of("case seconds").of(run.job).at(index).unit();
    let today = run.dice.of("case seconds").at(index).unit();
    // Most tests are quick, a few are slow: the cube gives the tail.
    let seconds = 0.002 + usual.powi(3) * 4.0 * (0.8 + 0.4 * today);
    (seconds * 1000.0).round() / 1000.0
}

/// `basket` to `Basket`.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// `keeps_order` to `KeepsOrder`.
pub(crate) fn camel(words: &str) -> String {
    words.split('_').map(capital).collect()
}
