//! The questions a dashboard asks, with random parameters.

use jiff::{SignedDuration, Timestamp};
use labtower_store::Filter;
use rand::Rng;
use rand::rngs::SmallRng;

use super::history::History;

/// The URLs under test.
#[derive(Debug, Clone, Copy)]
pub(super) enum Endpoint {
    Summary,
    Projects,
    Trend,
    Pipelines,
}

impl Endpoint {
    pub(super) const ALL: [Self; 4] = [Self::Summary, Self::Projects, Self::Trend, Self::Pipelines];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Summary => "/api/stats/summary",
            Self::Projects => "/api/stats/projects",
            Self::Trend => "/api/stats/trend",
            Self::Pipelines => "/api/pipelines",
        }
    }
}

/// One question with its parameters.
pub(super) struct Question {
    pub(super) endpoint: Endpoint,
    pub(super) filter: Filter,
}

/// A kind of parameters.
pub(super) struct Mix {
    pub(super) name: &'static str,
    /// Whether only the list of pipelines takes them.
    pub(super) list_only: bool,
    pub(super) filter: fn(&History, &mut SmallRng) -> Filter,
}

/// Everything that is asked; every `_30d` range begins and ends at a random second.
pub(super) const MIXES: &[Mix] = &[
    mix("all_30d", month),
    mix("all_days_90", |history, rng| range(history, rng, 90 * 24)),
    mix("all_time", |_, _| Filter::default()),
    mix("last_hour", |history, _| Filter {
        from: Some(history.end - SignedDuration::from_hours(1)),
        to: Some(history.end),
        ..Filter::default()
    }),
    mix("one_project_30d", |history, rng| Filter {
        projects: paths(history, rng, 1),
        ..month(history, rng)
    }),
    mix("hottest_project_30d", |history, rng| Filter {
        projects: vec![history.projects[0].path_with_namespace.clone()],
        ..month(history, rng)
    }),
    mix("20_projects_30d", |history, rng| Filter {
        projects: paths(history, rng, 20),
        ..month(history, rng)
    }),
    mix("exclude_5_30d", |history, rng| Filter {
        exclude_projects: paths(history, rng, 5),
        ..month(history, rng)
    }),
    mix("main_30d", |history, rng| Filter {
        refs: vec!["main".to_owned()],
        ..month(history, rng)
    }),
    mix("main_exclude_5_30d", |history, rng| Filter {
        refs: vec!["main".to_owned()],
        exclude_projects: paths(history, rng, 5),
        ..month(history, rng)
    }),
    mix("3_refs_30d", |history, rng| Filter {
        refs: vec!["main".to_owned(), "develop".to_owned(), "v1.7.0".to_owned()],
        ..month(history, rng)
    }),
    mix("project_and_main_30d", |history, rng| Filter {
        projects: paths(history, rng, 1),
        refs: vec!["main".to_owned()],
        ..month(history, rng)
    }),
    mix("5_projects_and_main_30d", |history, rng| Filter {
        projects: paths(history, rng, 5),
        refs: vec!["main".to_owned()],
        ..month(history, rng)
    }),
    mix("failed_and_canceled_30d", |history, rng| Filter {
        statuses: vec!["failed".to_owned(), "canceled".to_owned()],
        ..month(history, rng)
    }),
    list("running", |_, _| Filter {
        statuses: vec!["running".to_owned()],
        ..Filter::default()
    }),
    list("running_in_project", |history, rng| Filter {
        statuses: vec!["running".to_owned()],
        projects: paths(history, rng, 1),
        ..Filter::default()
    }),
    list("success_30d", |history, rng| Filter {
        statuses: vec!["success".to_owned()],
        ..month(history, rng)
    }),
    list("failed_in_project_30d", |history, rng| Filter {
        statuses: vec!["failed".to_owned()],
        projects: paths(history, rng, 1),
        ..month(history, rng)
    }),
    list("failed_in_20_projects_30d", |history, rng| Filter {
        statuses: vec!["failed".to_owned()],
        projects: paths(history, rng, 20),
        ..month(history, rng)
    }),
    list("rare_status_on_main_30d", |history, rng| Filter {
        statuses: vec!["created".to_owned()],
        refs: vec!["main".to_owned()],
        ..month(history, rng)
    }),
    list("failed_on_main_exclude_5_30d", |history, rng| Filter {
        statuses: vec!["failed".to_owned()],
        refs: vec!["main".to_owned()],
        exclude_projects: paths(history, rng, 5),
        ..month(history, rng)
    }),
];

const fn mix(name: &'static str, filter: fn(&History, &mut SmallRng) -> Filter) -> Mix {
    Mix {
        name,
        list_only: false,
        filter,
    }
}

const fn list(name: &'static str, filter: fn(&History, &mut SmallRng) -> Filter) -> Mix {
    Mix {
        name,
        list_only: true,
        filter,
    }
}

fn month(history: &History, rng: &mut SmallRng) -> Filter {
    range(history, rng, 30 * 24)
}

/// About this many hours, beginning and ending at any second.
fn range(history: &History, rng: &mut SmallRng, hours: i64) -> Filter {
    let length = hours * 3600 + rng.random_range(-43_200..43_200);
    let latest = history.end.as_second() - length;
    let from =
        rng.random_range(history.start.as_second()..latest.max(history.start.as_second() + 1));
    Filter {
        from: Timestamp::from_second(from).ok(),
        to: Timestamp::from_second(from + length).ok(),
        ..Filter::default()
    }
}

fn paths(history: &History, rng: &mut SmallRng, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| {
            history.projects[history.popular(rng)]
                .path_with_namespace
                .clone()
        })
        .collect()
}
