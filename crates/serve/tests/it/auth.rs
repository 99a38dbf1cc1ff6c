//! Signing in, and what needs a name.

use labtower_serve::{AuthOptions, ServeOptions, User, hash_password};

use crate::app::{Answer, TestApp};

const TOKEN: &str = "a token of programs";

fn options() -> ServeOptions {
    ServeOptions {
        auth: AuthOptions {
            token: Some(TOKEN.into()),
            users: vec![User {
                name: "ann".to_owned(),
                password_hash: hash_password("correct horse").unwrap().into(),
            }],
            trusted_header: "X-Forwarded-User".parse().ok(),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            key: Some([7; 32]),
            ..AuthOptions::default()
        },
        ..ServeOptions::default()
    }
}

fn closed() -> ServeOptions {
    let mut options = options();
    options.auth.require_auth_for_read = true;
    options
}

/// The cookies an answer sets, as a browser would send them.
fn cookies(answer: &Answer) -> String {
    let set: Vec<&str> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().split(';').next().unwrap())
        .filter(|pair| !pair.ends_with('='))
        .collect();
    set.join("; ")
}

/// The token of the first form of a page.
pub(crate) fn form_token(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Fills in the form to sign in.
async fn try_to_sign_in(app: &TestApp, password: &str, headers: &[(&str, &str)]) -> Answer {
    let form = app.get("/login?next=%2Fapi%2Fsync").await;
    let (cookie, token) = (cookies(&form), form_token(&form));
    let body = format!("csrf={token}&next=%2Fapi%2Fsync&name=ann&password={password}");
    let mut all = vec![("cookie", cookie.as_str())];
    all.extend(headers);
    app.post("/login", &body, &all).await
}

/// The cookie of a new session of `ann`.
pub(crate) async fn session(app: &TestApp) -> String {
    let answer = try_to_sign_in(app, "correct+horse", &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    cookies(&answer)
}

#[tokio::test]
async fn signing_in_goes_back_and_shows_who_it_is() {
    let app = TestApp::with_options(options());
    let answer = try_to_sign_in(&app, "correct+horse", &[]).await;
    assert_eq!(answer.header("location"), "./api/sync");
    let set = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "{set}");
    let cookie = cookies(&answer);
    let page = app.send("GET", "/", &[("cookie", &cookie)]).await;
    assert!(page.text().contains(">ann<") && page.text().contains("Sign out"));
    let nobody = app.get("/").await;
    assert!(nobody.text().contains("Sign in") && !nobody.text().contains("Sign out"));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_guessing_gets_slow() {
    let app = TestApp::with_options(options());
    for _ in 0..6 {
        let answer = try_to_sign_in(&app, "wrong", &[]).await;
        assert_eq!(answer.status, 401);
        assert!(!answer.text().contains("wrong"), "the password comes back");
    }
    let answer = try_to_sign_in(&app, "correct+horse", &[]).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 3);
}

#[tokio::test]
async fn a_form_of_another_site_or_without_its_token_signs_nobody_in() {
    let app = TestApp::with_options(options());
    let foreign = [("origin", "https://evil.example"), ("host", "lab.example")];
    let answer = try_to_sign_in(&app, "correct+horse", &foreign).await;
    assert_eq!(answer.status, 403);
    let answer = try_to_sign_in(&app, "correct+horse", &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(answer.status, 403);
    let answer = app
        .post("/login", "name=ann&password=correct+horse", &[])
        .await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn going_back_never_leaves_this_server() {
    let app = TestApp::with_options(options());
    let form = app.get("/login").await;
    let (cookie, token) = (cookies(&form), form_token(&form));
    let body = format!("csrf={token}&next=%2F%2Fevil.example&name=ann&password=correct+horse");
    let answer = app.post("/login", &body, &[("cookie", &cookie)]).await;
    assert_eq!(answer.header("location"), "./");
}

#[tokio::test]
async fn signing_out_ends_a_session_even_for_who_kept_the_cookie() {
    let app = TestApp::with_options(options());
    let cookie = session(&app).await;
    let page = app.send("GET", "/", &[("cookie", &cookie)]).await;
    let without = app.post("/logout", "", &[("cookie", &cookie)]).await;
    assert_eq!(without.status, 303);
    let still = app.send("GET", "/", &[("cookie", &cookie)]).await;
    assert!(
        still.text().contains("Sign out"),
        "without its token it does nothing"
    );
    let body = format!("csrf={}", form_token(&page));
    let answer = app.post("/logout", &body, &[("cookie", &cookie)]).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    let gone = app.send("GET", "/", &[("cookie", &cookie)]).await;
    assert!(!gone.text().contains("Sign out"));
}

#[tokio::test]
async fn a_session_outlives_a_restart_but_no_new_password() {
    let options = options();
    let app = TestApp::with_options(options.clone());
    let cookie = session(&app).await;
    let app = app.restarted(options.clone());
    let page = app.send("GET", "/", &[("cookie", &cookie)]).await;
    assert!(page.text().contains("Sign out"));
    let mut changed = options;
    changed.auth.users[0].password_hash = hash_password("another").unwrap().into();
    let app = app.restarted(changed);
    let page = app.send("GET", "/", &[("cookie", &cookie)]).await;
    assert!(!page.text().contains("Sign out"));
}

#[tokio::test]
async fn where_reading_needs_a_name_people_sign_in_and_programs_get_401() {
    let app = TestApp::with_options(closed());
    let page = app.send("GET", "/?a=b", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), "./login?next=%2F%3Fa%3Db");
    for path in [
        "/",
        "/api/sync",
        "/api/openapi.json",
        "/metrics",
        "/nowhere",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
    }
    for path in ["/healthz", "/readyz", "/login", "/static/app.css"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    let bearer = format!("Bearer {TOKEN}");
    for path in ["/", "/api/sync", "/metrics"] {
        let answer = app.send("GET", path, &[("authorization", &bearer)]).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    for wrong in ["Bearer a token of programs!", "Bearer ", "Basic YTpi"] {
        let answer = app
            .send("GET", "/api/sync", &[("authorization", wrong)])
            .await;
        assert_eq!(answer.status, 401, "{wrong}");
    }
    let cookie = session(&app).await;
    let answer = app.send("GET", "/api/sync", &[("cookie", &cookie)]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn only_a_trusted_proxy_names_people() {
    let app = TestApp::with_options(closed());
    let named = [("x-forwarded-user", "bob")];
    for peer in ["192.0.2.1:5", "[2001:db8::1]:5"] {
        let answer = app.send_from(peer, "GET", "/api/sync", &named).await;
        assert_eq!(answer.status, 401, "{peer}");
    }
    for peer in ["10.1.2.3:5", "[::ffff:10.1.2.3]:5"] {
        let answer = app.send_from(peer, "GET", "/", &named).await;
        assert_eq!(answer.status, 200, "{peer}");
        assert!(answer.text().contains(">bob<") && !answer.text().contains("Sign out"));
    }
    let empty = [("x-forwarded-user", "")];
    let answer = app
        .send_from("10.1.2.3:5", "GET", "/api/sync", &empty)
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_session_over_https_is_for_https_only() {
    let app = TestApp::with_options(options());
    let https = [("origin", "https://lab.example"), ("host", "lab.example")];
    let answer = try_to_sign_in(&app, "correct+horse", &https).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("set-cookie").contains("; Secure"));
}

#[tokio::test]
async fn secrets_are_on_no_page_and_in_no_debug_output() {
    let options = options();
    let shown = format!("{options:?}");
    assert!(
        !shown.contains(TOKEN) && !shown.contains("argon2id"),
        "{shown}"
    );
    let app = TestApp::with_options(options);
    let cookie = session(&app).await;
    for path in ["/", "/login", "/api/sync", "/metrics"] {
        let answer = app.send("GET", path, &[("cookie", &cookie)]).await;
        for secret in [TOKEN, "argon2id", "correct horse"] {
            assert!(!answer.text().contains(secret), "{path}: {secret}");
        }
    }
}
