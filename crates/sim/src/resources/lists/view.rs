//! What a list is asked about, and handlers made of functions.

use std::future::{Ready, ready};

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::thing::{Kind, Thing};
use crate::app::{App, Simulation};
use crate::config::Tier;
use crate::resources::scene::{group_place, instance_place, project_place, user};
use crate::resources::tale::Place;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{Moment, Project};

/// One project, group or the instance, at one moment.
pub(super) struct View<'a> {
    pub(super) app: &'a Simulation,
    pub(super) moment: &'a Moment<'a>,
    pub(super) place: Place,
    /// Index of the project or group; 0 for the instance.
    pub(super) index: u32,
}

/// What a handler answers.
pub(super) type Answer = Result<Response, ApiError>;

impl View<'_> {
    /// The project asked about.
    pub(super) fn project(&self) -> &Project {
        &self.moment.projects[self.index as usize]
    }

    /// `UserBasic` of the user that a number leads to.
    pub(super) fn person(&self, number: u64) -> Value {
        self.app
            .user_basic(self.moment, user(number % self.place.users.max(1)))
    }

    /// A page of all things of a kind, oldest first.
    pub(super) fn list(
        &self,
        paging: &Paging,
        kind: &Kind,
        show: impl Fn(&Thing) -> Value,
    ) -> Answer {
        paging.respond(&kind.of(&self.place), |thing| show(thing))
    }

    /// Refuses what the instance has no licence for, as the endpoints do that check it themselves.
    pub(super) fn needs(&self, tier: Tier) -> Result<(), ApiError> {
        if self.app.config.tier < tier {
            return Err(ApiError::forbidden());
        }
        Ok(())
    }

    /// The same, as the endpoints do that are not there without a licence.
    pub(super) fn exists_from(&self, tier: Tier) -> Result<(), ApiError> {
        self.needs(tier).map_err(|_| ApiError::not_found(""))
    }
}

/// One object.
pub(super) fn object(value: Value) -> Response {
    Json(value).into_response()
}

/// A handler below `/projects/:id`.
pub(super) fn project<F>(
    answer: F,
) -> impl Fn(State<App>, Path<String>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static
where
    F: Fn(&View<'_>, &Paging) -> Answer + Clone + Send + Sync + 'static,
{
    move |State(app), Path(id), paging| ready(in_project(&app, &id, |view| answer(view, &paging)))
}

/// A handler below something of `/projects/:id`, which the second part of the path names.
pub(super) fn of_project<F>(
    answer: F,
) -> impl Fn(State<App>, Path<(String, String)>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static
where
    F: Fn(&View<'_>, &str, &Paging) -> Answer + Clone + Send + Sync + 'static,
{
    move |State(app), Path((id, name)), paging| {
        ready(in_project(&app, &id, |view| answer(view, &name, &paging)))
    }
}

/// A handler below `/groups/:id`.
pub(super) fn group<F>(
    answer: F,
) -> impl Fn(State<App>, Path<String>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static
where
    F: Fn(&View<'_>, &Paging) -> Answer + Clone + Send + Sync + 'static,
{
    move |State(app), Path(id), paging| ready(in_group(&app, &id, |view| answer(view, &paging)))
}

/// A handler below something of `/groups/:id`, which the second part of the path names.
pub(super) fn of_group<F>(
    answer: F,
) -> impl Fn(State<App>, Path<(String, String)>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static
where
    F: Fn(&View<'_>, &str, &Paging) -> Answer + Clone + Send + Sync + 'static,
{
    move |State(app), Path((id, name)), paging| {
        ready(in_group(&app, &id, |view| answer(view, &name, &paging)))
    }
}

/// A handler of the instance.
pub(super) fn instance<F>(
    answer: F,
) -> impl Fn(State<App>, Paging) -> Ready<Answer> + Clone + Send + Sync + 'static
where
    F: Fn(&View<'_>, &Paging) -> Answer + Clone + Send + Sync + 'static,
{
    move |State(app), paging| {
        let moment = app.moment();
        let view = View {
            app: &app,
            moment: &moment,
            place: instance_place(&moment),
            index: 0,
        };
        ready(answer(&view, &paging))
    }
}

fn in_project(app: &App, id: &str, answer: impl FnOnce(&View<'_>) -> Answer) -> Answer {
    let moment = app.moment();
    let index = app.project(&moment, id)?;
    answer(&View {
        app,
        moment: &moment,
        place: project_place(&moment, index),
        index,
    })
}

fn in_group(app: &App, id: &str, answer: impl FnOnce(&View<'_>) -> Answer) -> Answer {
    let moment = app.moment();
    let index = app.group(&moment, id)?;
    answer(&View {
        app,
        moment: &moment,
        place: group_place(&moment, index),
        index,
    })
}
