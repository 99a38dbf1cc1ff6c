//! `/projects/:id/repository/files/:file_path/raw`: each project has the lock file of its tool, and no other.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Dice;
use super::commits::find;
use super::scene::history;
use super::stacks::Stack;
use crate::app::App;
use crate::rest::error::ApiError;
use crate::rest::query::Params;

/// Packages a lock file pins.
const PACKAGES: &[&str] = &["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];

/// Commits between two updates of a package.
const EVERY: u32 = 5;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/projects/{id}/repository/files/{file_path}/raw", get(raw))
}

async fn raw(
    State(app): State<App>,
    Path((id, path)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let index = app.project(&moment, &id)?;
    let project = &moment.projects[index as usize];
    let name = params.get("ref").unwrap_or("HEAD");
    let name = if name == "HEAD" {
        project.default_branch
    } else {
        name
    };
    if path == "README.md" {
        let about = project.description.as_deref().unwrap_or_default();
        let text = format!("# {}\n\n{about}\n", project.name);
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response());
    }
    let history = history(&moment, index);
    let commit = find(project, &history, name).ok_or_else(|| ApiError::not_found("Commit"))?;
    let code = Dice::new(moment.seed).of("code").at(project.id);
    let (known, text) = lock_file(Stack::of("", code), commit);
    if path != known {
        return Err(ApiError::message(
            StatusCode::NOT_FOUND,
            "404 File Not Found",
        ));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Name and text of the lock file at a commit.
fn lock_file(stack: Stack, commit: u32) -> (&'static str, String) {
    let packages = PACKAGES.iter().zip(0_u32..);
    let packages = packages.map(|(name, number)| {
        let updates = (commit / EVERY + number) / PACKAGES.len() as u32;
        (*name, format!("1.{number}.{updates}"))
    });
    let mut text = String::new();
    // Writing to a string cannot fail.
    let file = match stack {
        Stack::Cargo => {
            text.push_str("version = 4\n");
            for (name, version) in packages {
                let _ = write!(
                    text,
                    "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"
                );
            }
            "Cargo.lock"
        }
        Stack::Pytest => {
            for (name, version) in packages {
                let _ = writeln!(text, "{name}=={version}");
            }
            "requirements.txt"
        }
        Stack::Jest => {
            text.push_str("{\"lockfileVersion\": 3, \"packages\": {\"\": {}");
            for (name, version) in packages {
                let _ = write!(
                    text,
                    ", \"node_modules/{name}\": {{\"version\": \"{version}\"}}"
                );
            }
            text.push_str("}}\n");
            "package-lock.json"
        }
        Stack::Go => {
            for (name, version) in packages {
                let _ = writeln!(text, "example.com/{name} v{version} h1:0000=");
            }
            "go.sum"
        }
        // Maven pins versions in its project file.
        Stack::Maven => "",
    };
    (file, text)
}
