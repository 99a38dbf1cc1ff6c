//! The address of the page: every choice is in it, and every link to another choice is made here.

use jiff::Timestamp;
use labtower_store::{IssueFilter, Mark, NightFilter, NightGrouping, NightSort, RefChoice};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::category::Kind;
use super::issue;
use crate::error::ApiError;
use crate::options::FailureOptions;
use crate::query::{Params, offset};

/// Numbers of nights one may choose.
pub(super) const DAYS: [u16; 4] = [7, 14, 30, 90];
/// Rows of a page.
const ROWS: usize = 100;
/// Most rows one may ask for.
const MOST_ROWS: usize = 1000;
/// What a query may not hold as it is.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>');

/// Orders, as the address names them.
pub(super) const SORTS: [(&str, &str, NightSort); 5] = [
    ("recent", "most recent", NightSort::Recent),
    ("failures", "most failures", NightSort::Failures),
    ("streak", "longest red", NightSort::Streak),
    ("newest", "newest error", NightSort::NewestError),
    ("name", "name", NightSort::Name),
];

/// Groupings, as the address names them.
pub(super) const GROUPINGS: [(&str, &str, NightGrouping); 4] = [
    ("none", "not at all", NightGrouping::None),
    ("namespace", "by namespace", NightGrouping::Namespace),
    ("topic", "by topic", NightGrouping::Topic),
    ("reason", "by top failure group", NightGrouping::Group),
];

/// How the answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Grid,
    Table,
    Json,
    Csv,
}

/// What the reader chose.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) filter: NightFilter,
    pub(super) form: Form,
    /// Rows left out before the window.
    pub(super) offset: usize,
    /// Rows of the window.
    pub(super) limit: usize,
    /// What was chosen, by parameter: only what differs from the default.
    pairs: Vec<(&'static str, String)>,
}

/// The parameters, in the order in which links have them.
const NAMES: [&str; 19] = [
    "days", "source", "ref", "project", "group", "topic", "cat", "issue", "mark", "q", "allowed",
    "retried", "all", "sort", "by", "view", "rows", "offset", "format",
];

impl Choice {
    /// Reads an address.
    ///
    /// # Errors
    /// A value that is none of those there are; the error names the parameter.
    pub(super) fn read(
        params: &Params,
        options: &FailureOptions,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let mut filter = NightFilter {
            zone: options.time_zone.clone(),
            day_starts_at: options.day_starts_at,
            days: days(params)?,
            refs: refs(params),
            projects: params.list("project"),
            groups: params.list("group"),
            topics: params.list("topic"),
            text: params.one("q").map(str::to_owned),
            categories: categories(params)?,
            issue: issue_filter(params)?,
            marks: marks(params)?,
            allowed_to_fail: flag(params, "allowed")?,
            retried: flag(params, "retried")?,
            only_failing: !flag(params, "all")?,
            sort: named(params, "sort", &SORTS)?.unwrap_or_default(),
            grouping: named(params, "by", &GROUPINGS)?.unwrap_or_default(),
            ..NightFilter::new(now)
        };
        let sources = params.list("source");
        match sources.first().map(String::as_str) {
            None => {}
            Some("any") => filter.sources.clear(),
            Some(_) => filter.sources = sources,
        }
        Ok(Self {
            filter,
            form: form(params)?,
            offset: offset(params)?,
            limit: rows(params)?,
            pairs: NAMES
                .iter()
                .filter_map(|name| Some((*name, params.one(name)?.to_owned())))
                .collect(),
        })
    }

    /// What was chosen for a parameter; empty for the default.
    pub(super) fn value(&self, name: &str) -> &str {
        self.pairs
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    /// The address, from the root, with one choice changed; an empty value is the default. The window starts anew.
    pub(super) fn with(&self, name: &'static str, value: &str) -> String {
        self.with_all(&[(name, value)])
    }

    /// The same with several choices changed.
    pub(super) fn with_all(&self, changes: &[(&'static str, &str)]) -> String {
        let mut pairs = Vec::new();
        for name in NAMES {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            let value = match changed {
                Some((_, value)) => value,
                None if matches!(name, "offset" | "format") => "",
                None => self.value(name),
            };
            if !value.is_empty() {
                pairs.push(format!("{name}={}", utf8_percent_encode(value, RESERVED)));
            }
        }
        if pairs.is_empty() {
            "failures".to_owned()
        } else {
            format!("failures?{}", pairs.join("&"))
        }
    }

    /// The address of this very window.
    pub(super) fn here(&self) -> String {
        self.with("offset", self.value("offset"))
    }

    /// Whether rows or failures are left out by more than the nights they are in.
    pub(super) fn is_narrowed(&self) -> bool {
        ["project", "group", "topic", "cat", "issue", "mark", "q"]
            .iter()
            .any(|name| !self.value(name).is_empty())
    }
}

fn days(params: &Params) -> Result<u16, ApiError> {
    let Some(text) = params.one("days") else {
        return Ok(30);
    };
    text.parse()
        .ok()
        .filter(|days| DAYS.contains(days))
        .ok_or_else(|| ApiError::parameter("days", text, "7, 14, 30 or 90"))
}

fn refs(params: &Params) -> RefChoice {
    match params.one("ref") {
        None | Some("default") => RefChoice::Default,
        Some("any") => RefChoice::All,
        Some(_) => RefChoice::Named(params.list("ref")),
    }
}

fn categories(params: &Params) -> Result<Vec<String>, ApiError> {
    let words = params.list("cat");
    match words
        .iter()
        .find(|word| *word != "unexplained" && !Kind::is_word(word))
    {
        Some(word) => Err(ApiError::parameter(
            "cat",
            word,
            "a kind of failure, such as `test`",
        )),
        None => Ok(words),
    }
}

fn issue_filter(params: &Params) -> Result<IssueFilter, ApiError> {
    match params.one("issue") {
        None | Some("any") => Ok(IssueFilter::Any),
        Some("linked") => Ok(IssueFilter::Linked),
        Some("none") => Ok(IssueFilter::Unlinked),
        Some(text) => issue::parse(text, None)
            .map(IssueFilter::Is)
            .ok_or_else(|| {
                ApiError::parameter(
                    "issue",
                    text,
                    "`any`, `linked`, `none` or `group/project#12`",
                )
            }),
    }
}

fn marks(params: &Params) -> Result<Vec<Mark>, ApiError> {
    params
        .list("mark")
        .iter()
        .map(|word| match word.as_str() {
            "new" => Ok(Mark::New),
            "back" => Ok(Mark::CameBack),
            other => Err(ApiError::parameter("mark", other, "`new` or `back`")),
        })
        .collect()
}

fn form(params: &Params) -> Result<Form, ApiError> {
    let format = params.one("format").filter(|format| *format != "html");
    match (format, params.one("view")) {
        (None, None | Some("grid")) => Ok(Form::Grid),
        (None, Some("table")) => Ok(Form::Table),
        (None, Some(other)) => Err(ApiError::parameter("view", other, "`grid` or `table`")),
        (Some("json"), _) => Ok(Form::Json),
        (Some("csv"), _) => Ok(Form::Csv),
        (Some(other), _) => Err(ApiError::parameter(
            "format",
            other,
            "`html`, `json` or `csv`",
        )),
    }
}

/// A choice that is there or not.
fn flag(params: &Params, name: &str) -> Result<bool, ApiError> {
    match params.one(name) {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true" | "on") => Ok(true),
        Some(other) => Err(ApiError::parameter(name, other, "`1` or `0`")),
    }
}

fn rows(params: &Params) -> Result<usize, ApiError> {
    let Some(text) = params.one("rows") else {
        return Ok(ROWS);
    };
    text.parse()
        .ok()
        .filter(|rows| (1..=MOST_ROWS).contains(rows))
        .ok_or_else(|| ApiError::parameter("rows", text, "a whole number from 1 to 1000"))
}

fn named<T: Copy>(
    params: &Params,
    name: &str,
    known: &[(&str, &str, T)],
) -> Result<Option<T>, ApiError> {
    let Some(text) = params.one(name) else {
        return Ok(None);
    };
    if let Some((_, _, value)) = known.iter().find(|(word, ..)| *word == text) {
        return Ok(Some(*value));
    }
    let words: Vec<&str> = known.iter().map(|(word, ..)| *word).collect();
    let words = format!("one of `{}`", words.join("`, `"));
    Err(ApiError::parameter(name, text, &words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(pairs: &[(&str, &str)]) -> Result<Choice, ApiError> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Choice::read(
            &Params::new(pairs),
            &FailureOptions::default(),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn nothing_chosen_is_a_month_of_schedules_on_default_branches() {
        let choice = choice(&[]).unwrap();
        assert_eq!(choice.filter, NightFilter::new(Timestamp::UNIX_EPOCH));
        assert_eq!(choice.with("offset", ""), "failures");
        assert!(!choice.is_narrowed());
    }

    #[test]
    fn links_keep_what_was_chosen_and_start_at_the_first_row() {
        let choice = choice(&[("days", "7"), ("q", "a&b c"), ("offset", "200")]).unwrap();
        assert_eq!(
            choice.with("cat", "test"),
            "failures?days=7&cat=test&q=a%26b%20c"
        );
        assert_eq!(choice.with("q", ""), "failures?days=7");
        assert_eq!(
            choice.with("offset", "400"),
            "failures?days=7&q=a%26b%20c&offset=400"
        );
        assert!(choice.is_narrowed());
    }

    #[test]
    fn what_is_none_of_the_choices_is_named() {
        for (name, value) in [
            ("days", "31"),
            ("sort", "size"),
            ("cat", "weather"),
            ("issue", "twelve"),
            ("mark", "old"),
            ("all", "maybe"),
            ("rows", "5000"),
            ("format", "xml"),
        ] {
            let error = choice(&[(name, value)]).unwrap_err();
            assert!(error.message().contains(value), "{}", error.message());
        }
    }

    #[test]
    fn any_source_and_ref_lift_the_default() {
        let choice = choice(&[("source", "any"), ("ref", "any")]).unwrap();
        assert!(choice.filter.sources.is_empty());
        assert_eq!(choice.filter.refs, RefChoice::All);
    }
}
