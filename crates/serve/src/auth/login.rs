//! `GET` and `POST /login`, `POST /logout`.

use askama::Template;
use axum::Extension;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::caller::SESSION;
use super::sign::nonce;
use super::viewer::local;
use super::{Caller, Viewer, cookie, origin};
use crate::answer::Ask;
use crate::error::ApiError;
use crate::overview::Overview;
use crate::query::Params;
use crate::state::App;
use crate::web::frame::{self, Frame};

/// Cookie of somebody who has not signed in yet, so that the form to do so is theirs.
const GUEST: &str = "labtower_guest";
/// How long a form to sign in may stand open: seconds.
const GUEST_SECONDS: u64 = 3600;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    /// Whether anybody could sign in.
    possible: bool,
    name: String,
    next: String,
    csrf: String,
    problem: Option<String>,
}

/// The form.
pub(crate) async fn form(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    viewer: Viewer,
    ask: Ask,
) -> Result<Response, ApiError> {
    let next = ask.params.one("next").and_then(local).unwrap_or("/");
    if !viewer.name().is_empty() {
        return Ok(back(&viewer, next));
    }
    let overview = app.read(Overview::brief).await?;
    Ok(page(
        &app,
        &caller,
        &ask.headers,
        &viewer,
        &overview,
        next,
        "",
        None,
    ))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one caller each for what succeeds and fails"
)]
fn page(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    viewer: &Viewer,
    overview: &Overview,
    next: &str,
    name: &str,
    problem: Option<(StatusCode, String)>,
) -> Response {
    // The same guest keeps the same form in several windows.
    let guest = cookie::get(headers, GUEST)
        .filter(|known| known.len() == 32 && known.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map_or_else(nonce, str::to_owned);
    let (status, problem) = problem.map_or((StatusCode::OK, None), |(status, text)| {
        (status, Some(text))
    });
    let page = LoginPage {
        frame: Frame::new(app, viewer, overview, "Sign in", 0, app.now()),
        possible: !app.auth().options().users.is_empty(),
        name: name.to_owned(),
        next: next.to_owned(),
        csrf: app.auth().form_token(&guest),
        problem,
    };
    let mut response = frame::respond(status, &page);
    let secure = caller.https;
    cookie::set(response.headers_mut(), GUEST, &guest, GUEST_SECONDS, secure);
    response
}

/// Signs in.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    viewer: Viewer,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, ApiError> {
    // As typed: a password may begin with a space.
    let password = pairs
        .iter()
        .find(|(name, _)| name == "password")
        .map(|(_, value)| value.clone())
        .unwrap_or_default();
    let params = Params::new(pairs);
    let name = params.one("name").unwrap_or_default();
    let next = params.one("next").and_then(local).unwrap_or("/");
    let overview = app.read(Overview::brief).await?;
    let refuse = |status, text: &str| {
        let problem = Some((status, text.to_owned()));
        page(
            &app, &caller, &headers, &viewer, &overview, next, name, problem,
        )
    };
    let (guest, token) = (cookie::get(&headers, GUEST), params.one("csrf"));
    let own_form = guest
        .zip(token)
        .is_some_and(|(guest, token)| app.auth().is_form_token(guest, token));
    if !own_form || origin::is_foreign(&headers, caller.host.as_deref()) {
        return Ok(refuse(
            StatusCode::FORBIDDEN,
            "This form was too old, or your browser keeps no cookies. Please try again.",
        ));
    }
    let throttle = app.auth().throttle();
    if let Some(wait) = throttle.wait(caller.address, name, Instant::now()) {
        let seconds = wait.as_secs() + 1;
        let text = format!("Too many attempts failed. Please wait {seconds} s.");
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, &text);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let Some(user) = app.auth().sign_in(name, password).await? else {
        throttle.failed(caller.address, name, Instant::now());
        tracing::warn!(address = ?caller.address, "somebody failed to sign in");
        return Ok(refuse(
            StatusCode::UNAUTHORIZED,
            "There is nobody of this name with this password.",
        ));
    };
    throttle.succeeded(caller.address, name);
    tracing::info!(user = user.name, "signed in");
    let mut response = back(&viewer, next);
    let secure = caller.https || speaks_https(&headers);
    let seconds = app.auth().options().session.as_secs();
    let session = app.auth().begin(&user, app.now());
    cookie::set(response.headers_mut(), SESSION, &session, seconds, secure);
    cookie::set(response.headers_mut(), GUEST, "", 0, secure);
    Ok(response)
}

/// Signs out.
pub(crate) async fn sign_out(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    viewer: Viewer,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, ApiError> {
    let params = Params::new(pairs);
    let own_form = caller
        .nonce
        .as_deref()
        .zip(params.one("csrf"))
        .is_some_and(|(nonce, token)| app.auth().is_form_token(nonce, token));
    let mut response = back(&viewer, "/");
    if let Some(session) = caller.session.filter(|_| own_form) {
        app.auth().end(&session, app.now());
        let secure = caller.https || speaks_https(&headers);
        cookie::set(response.headers_mut(), SESSION, "", 0, secure);
    }
    Ok(response)
}

/// Whether the browser's own address of the form is one of https.
fn speaks_https(headers: &HeaderMap) -> bool {
    headers
        .get(header::ORIGIN)
        .is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

/// Sends a browser to a path of ours.
fn back(viewer: &Viewer, next: &str) -> Response {
    let location = format!("{}{}", viewer.root(), next.trim_start_matches('/'));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
