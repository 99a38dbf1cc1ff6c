//! `POST /api/graphql`: from request to answer, with GitLab's refusals.

use async_graphql::parser::types::DocumentOperations;
use async_graphql::{Response as GraphResponse, Variables};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Request;
use crate::app::App;
use crate::auth::Caller;
use crate::rest::query::Params;

/// Longest text of a query, all queries of a request together: characters.
const MAX_QUERY: usize = 10_000;

/// The GraphQL endpoint.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/graphql", get(by_get).post(by_post))
}

/// One query of a request.
#[derive(Debug, Default, Deserialize)]
struct Operation {
    #[serde(default, rename = "query")]
    text: String,
    #[serde(default)]
    variables: Option<Value>,
    #[serde(default, rename = "operationName")]
    name: Option<String>,
}

/// One query, or several at once.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    One(Operation),
    Many(Vec<Operation>),
}

async fn by_get(State(app): State<App>, caller: Caller, uri: Uri) -> Response {
    let params = Params::of(&uri);
    let variables = params
        .get("variables")
        .and_then(|text| serde_json::from_str(text).ok());
    let query = Operation {
        text: params.get("query").unwrap_or_default().to_owned(),
        variables,
        name: params.get("operationName").map(str::to_owned),
    };
    run(&app, caller, Body::One(query)).await
}

async fn by_post(State(app): State<App>, caller: Caller, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(body) => run(&app, caller, body).await,
        Err(_) => refuse(StatusCode::BAD_REQUEST, "Invalid JSON"),
    }
}

async fn run(app: &App, caller: Caller, body: Body) -> Response {
    let (queries, several) = match body {
        Body::One(query) => (vec![query], false),
        Body::Many(queries) => (queries, true),
    };
    if queries
        .iter()
        .map(|query| query.text.chars().count())
        .sum::<usize>()
        > MAX_QUERY
    {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "Query too large");
    }
    let limit = if caller.authenticated {
        app.config.complexity_limit
    } else {
        app.config.complexity_limit * 4 / 5
    };
    let mut answers = Vec::with_capacity(queries.len());
    let mut spent = 0;
    for query in queries {
        match run_one(app, caller, query, limit, &mut spent).await {
            Ok(answer) => answers.push(answer),
            Err(refusal) => return *refusal,
        }
    }
    if several {
        return json_body(serde_json::to_vec(&answers));
    }
    match answers.into_iter().next() {
        Some(Answer::Data(answer)) => json_body(serde_json::to_vec(&answer)),
        Some(Answer::Errors(errors)) => json_body(serde_json::to_vec(&errors)),
        None => refuse(StatusCode::UNPROCESSABLE_ENTITY, "Query is missing"),
    }
}

/// The answer to one query.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Answer {
    Data(Box<GraphResponse>),
    Errors(Value),
}

async fn run_one(
    app: &App,
    caller: Caller,
    query: Operation,
    limit: u64,
    spent: &mut u64,
) -> Result<Answer, Box<Response>> {
    let document = match async_graphql::parser::parse_query(&query.text) {
        Ok(document) => document,
        Err(error) => return Ok(errors(&format!("Parse error on {error}"))),
    };
    let name = match &document.operations {
        DocumentOperations::Multiple(operations) if operations.len() == 1 => {
            operations.keys().next().map(|name| name.to_string())
        }
        _ => query.name.clone(),
    };
    app.operations.add(name.unwrap_or_default());
    let variables = match query.variables {
        None | Some(Value::Null) => Variables::default(),
        Some(Value::String(text)) => match serde_json::from_str(&text) {
            Ok(value) => Variables::from_json(value),
            Err(_) => {
                return Err(Box::new(refuse(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Invalid variables",
                )));
            }
        },
        Some(value @ Value::Object(_)) => Variables::from_json(value),
        Some(_) => {
            return Err(Box::new(refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Unexpected parameter: variables",
            )));
        }
    };
    let score = app
        .scorer
        .score(&document, query.name.as_deref(), &variables);
    *spent += score.complexity;
    if *spent > limit {
        return Ok(errors(&format!(
            "Query has complexity of {spent}, which exceeds max complexity of {limit}"
        )));
    }
    if let Some((field, times)) = score.recursion {
        return Ok(errors(&format!(
            "Recursive query - too many of fields '{{:{field}=>{times}}}' detected in single branch of the query"
        )));
    }
    if app
        .faults()
        .graphql_timeouts_above
        .is_some_and(|most| score.pipelines_with_jobs > most)
    {
        let message =
            "Request timed out. Please try a less complex query or a smaller set of records.";
        return Err(Box::new(refuse(StatusCode::SERVICE_UNAVAILABLE, message)));
    }
    let request = Request {
        app: App::clone(app),
        now: app.now(),
        authenticated: caller.authenticated,
        score: score.complexity,
        limit,
        project_jobs: std::sync::atomic::AtomicU32::new(0),
    };
    let mut run = async_graphql::Request::new(query.text)
        .variables(variables)
        .data(request);
    if let Some(name) = query.name {
        run = run.operation_name(name);
    }
    run.set_parsed_query(document);
    Ok(Answer::Data(Box::new(app.schema.execute(run).await)))
}

fn errors(message: &str) -> Answer {
    Answer::Errors(json!({ "errors": [{ "message": message }] }))
}

/// An answer of errors only.
pub(crate) fn refuse(status: StatusCode, message: &str) -> Response {
    (
        status,
        axum::Json(json!({ "errors": [{ "message": message }] })),
    )
        .into_response()
}

fn json_body(body: serde_json::Result<Vec<u8>>) -> Response {
    match body {
        Ok(body) => (
            [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
            body,
        )
            .into_response(),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
    }
}
