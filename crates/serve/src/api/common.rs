//! What the description says of many paths in the same words: said once, by name.
//!
//! A parameter of one name takes the same values wherever it is read, but for those with a path here; whatever has a
//! `format` is a page too; and every question to the store may fail in the same ways.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr};

use crate::query::MOST_OFFSET;
use crate::web::failures::Kind;

/// Name of the proof that programs have.
const TOKEN: &str = "token";

/// Completes the description of every path.
pub(crate) fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    take_values(path, parameter);
                }
            }
            take_answers(path, operation);
        }
        if path == "/webhooks/gitlab"
            && let Some(RefOr::T(body)) =
                item.post.iter_mut().find_map(|it| it.request_body.as_mut())
            && let Some(RefOr::T(content)) = body.content.values_mut().next()
        {
            content.schema = serde_json::from_value::<Schema>(webhook())
                .ok()
                .map(RefOr::T);
        }
        if path == "/actions/{action}"
            && let Some(operation) = &mut item.post
        {
            let scopes: [&str; 0] = [];
            operation.security = Some(vec![SecurityRequirement::new(TOKEN, scopes)]);
        }
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of `[server.auth]`"))
        .build();
    description
        .components
        .get_or_insert_with(Components::new)
        .add_security_scheme(TOKEN, SecurityScheme::Http(bearer));
}

/// A body that says what it is about.
fn webhook() -> Value {
    let named = json!({ "type": "string", "minLength": 1 });
    json!({ "anyOf": [
        { "type": "object", "required": ["object_kind"],
          "properties": { "object_kind": named, "event_name": { "type": ["string", "null"] } } },
        { "type": "object", "required": ["event_name"],
          "properties": { "event_name": named, "object_kind": { "type": "null" } } },
    ] })
}

fn take_values(path: &str, parameter: &mut Parameter) {
    if let Some(values) = values(path, &parameter.name)
        && let Ok(schema) = serde_json::from_value::<Schema>(values)
    {
        parameter.schema = Some(RefOr::T(schema));
    }
}

/// What a parameter may be, if that is less than its type. Empty is the same as absent.
fn values(path: &str, name: &str) -> Option<Value> {
    let whole = |least: i64, most: i64| {
        // A text of no letters is the only text.
        json!({ "type": ["integer", "string"], "minimum": least, "maximum": most, "maxLength": 0 })
    };
    let number = |values: &[u16]| {
        let values = values.iter().map(|value| json!(value));
        let values: Vec<Value> = [json!("")].into_iter().chain(values).collect();
        json!({ "type": ["integer", "string"], "enum": values })
    };
    let word = |words: &[&str]| json!({ "type": "string", "enum": ([&[""], words].concat()) });
    let text = |pattern: &str| json!({ "type": "string", "pattern": format!("^(|{pattern})$") });
    Some(match (path, name) {
        ("/failures/job/{id}", "format") => word(&["html", "json"]),
        (_, "format") => word(&["html", "json", "csv"]),
        // The instants that a calendar knows.
        (_, "from_ts" | "to_ts") => whole(-377_705_023_201, 253_402_207_200),
        (_, "offset") => whole(0, MOST_OFFSET as i64),
        (_, "limit" | "rows") => whole(1, 1000),
        ("/failures", "days") => number(&[7, 14, 30, 90]),
        ("/trends", "days") => number(&[14, 30, 90]),
        (_, "pipeline_id") => whole(i64::MIN, i64::MAX),
        ("/p/{project}", "days") => whole(1, 90),
        ("/pipelines", "days") => whole(1, 366),
        (_, "days") => whole(1, 365),
        ("/api/sync", "cursor") => text("[0-9]{1,18}"),
        (_, "cursor") => text("-?[0-9]{1,11}-[0-9]{1,18}"),
        ("/actions/{action}", "action") => json!({ "type": "string", "enum": [
            "assign", "unassign", "create-issue", "classify", "wrong-reason", "merge", "split", "rename", "mute", "undo",
        ] }),
        ("/api/sync", "state") => {
            let any = "(pending|backfilling|live|missing|failing)";
            text(&format!("{any}(,{any})*"))
        }
        ("/jobs/{name}", "ref") => word(&["default", "any"]),
        ("/groups", "sort") => word(&["failures", "projects", "last", "first"]),
        ("/groups", "issue") => word(&["any", "linked", "none"]),
        ("/failures", "sort") => word(&["recent", "failures", "streak", "newest", "name"]),
        ("/failures", "by") => word(&["none", "namespace", "topic", "reason"]),
        ("/failures", "issue") => {
            text(r"any|linked|none|[a-z0-9_-]{1,50}(/[a-z0-9_-]{1,50}){1,9}#[1-9][0-9]{0,8}")
        }
        ("/failures", "mark") => text("(new|back)(,(new|back))*"),
        ("/failures", "cat") => {
            let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word).collect();
            let any = format!("({}|unexplained)", words.join("|"));
            text(&format!("{any}(,{any})*"))
        }
        ("/failures", "allowed" | "retried" | "all") => word(&["0", "1", "true", "false", "on"]),
        _ => return None,
    })
}

fn take_answers(path: &str, operation: &mut Operation) {
    let answers = &mut operation.responses.responses;
    if answers.contains_key("503") && path != "/live" {
        for (status, description) in [
            ("500", "The store cannot be read; the log has the cause"),
            ("504", "The store did not answer in time"),
        ] {
            let answer = || RefOr::T(error(description));
            answers.entry(status.to_owned()).or_insert_with(answer);
        }
    }
    if !matches!(path, "/healthz" | "/readyz") {
        let answer = || RefOr::T(error("Reading needs a name here, and there is none"));
        answers.entry("401".to_owned()).or_insert_with(answer);
    }
    let format = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.name == "format",
        RefOr::Ref(_) => false,
    };
    if !operation.parameters.iter().flatten().any(format) {
        return;
    }
    for (status, answer) in answers.iter_mut() {
        let RefOr::T(answer) = answer else { continue };
        let mut add = |kind: &str| {
            let text = serde_json::from_value::<Schema>(json!({ "type": "string" }));
            let content = Content::new(text.ok().map(RefOr::T));
            answer.content.insert(kind.to_owned(), content.into());
        };
        add("text/html");
        if status == "200" && path != "/failures/job/{id}" {
            add("text/csv");
        }
    }
    answers.insert(
        "303".to_owned(),
        RefOr::T(Response::new(
            "People sign in first, where reading needs a name",
        )),
    );
}

fn error(description: &str) -> Response {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    let mut response = Response::new(description);
    response
        .content
        .insert("application/json".to_owned(), body.into());
    response
}
