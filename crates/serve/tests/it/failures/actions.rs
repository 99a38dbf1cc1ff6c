//! What people and programs do about failures.

use labtower_serve::{AuthOptions, ServeOptions, User, hash_password};

use super::world::{Size, fill};
use crate::app::{Answer, TestApp};
use crate::auth::{form_token, session};

pub(super) const SMALL: Size = Size {
    projects: 20,
    nights: 7,
    failing: 200,
};
pub(super) const BEARER: (&str, &str) = ("authorization", "Bearer a token of programs");
pub(super) const PERSON: (&str, &str) = ("accept", "text/html");

async fn app(auth: AuthOptions) -> TestApp {
    let app = TestApp::with_options(ServeOptions {
        auth,
        ..ServeOptions::default()
    });
    fill(&app.store, SMALL).await;
    app
}

pub(super) fn auth() -> AuthOptions {
    AuthOptions {
        token: Some("a token of programs".into()),
        users: vec![User {
            name: "ann".to_owned(),
            password_hash: hash_password("correct horse").unwrap().into(),
        }],
        ..AuthOptions::default()
    }
}

/// A failed job that belongs to a group: its id, and the group's.
pub(super) async fn failure(app: &TestApp) -> (i64, i64) {
    let grid = app.json("/failures?format=json&days=7").await;
    let rows = grid["rows"].as_array().unwrap();
    rows.iter()
        .flat_map(|row| row["cells"].as_array().unwrap())
        .flat_map(|cell| cell["jobs"].as_array().unwrap())
        .find_map(|job| Some((job["job_id"].as_i64()?, job["group_id"].as_i64()?)))
        .unwrap()
}

pub(super) async fn card(app: &TestApp, job: i64) -> serde_json::Value {
    app.json(&format!("/failures/job/{job}?format=json")).await
}

pub(super) fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn where_nobody_is_configured_nobody_writes_and_is_told_why() {
    let app = app(AuthOptions::default()).await;
    let (job, _) = failure(&app).await;
    let form = format!("job={job}&issue=a/b%231");
    let answer = app.post("/actions/assign", &form, &[]).await;
    assert_eq!(
        (answer.status.as_u16(), code(&answer)),
        (403, "forbidden".to_owned())
    );
    assert!(answer.text().contains("[server.auth]"));
    let answer = app.post("/actions/assign", &form, &[PERSON]).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("hash-password"), "{}", answer.text());
}

#[tokio::test]
async fn a_person_assigns_a_group_and_takes_it_back() {
    let app = app(auth()).await;
    let cookie = session(&app).await;
    let cookie = [("cookie", cookie.as_str()), PERSON];
    let (job, group) = failure(&app).await;
    let path = format!("/failures/job/{job}");
    let page = app.send("GET", &path, &cookie).await;
    let csrf = form_token(&page);
    let form =
        format!("csrf={csrf}&next={path}&group={group}&issue=acme%2Fteam-1%2Fservice-1%2312");
    let answer = app.post("/actions/assign", &form, &cookie).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = answer.header("location").to_owned();
    assert!(
        location.starts_with(&format!("../failures/job/{job}?done=")),
        "{location}"
    );
    let json = card(&app, job).await;
    assert_eq!(json["issues"][0]["key"]["iid"], 12);
    assert_eq!(json["issues"][0]["actor"], "ann");
    let page = app.send("GET", &path, &[PERSON]).await;
    assert!(
        page.text()
            .contains("Connection to the test database refused")
    );
    let grid = app.get("/failures?days=7").await;
    assert!(grid.text().contains(">#12</a>"), "no chip in the grid");

    let audit = location.rsplit('=').next().unwrap();
    let form = format!("csrf={csrf}&next={path}&audit={audit}");
    let answer = app.post("/actions/undo", &form, &cookie).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(card(&app, job).await["issues"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_form_without_its_token_or_of_another_site_does_nothing() {
    let app = app(auth()).await;
    let cookie = session(&app).await;
    let (job, _) = failure(&app).await;
    let page = app
        .send(
            "GET",
            &format!("/failures/job/{job}"),
            &[("cookie", &cookie)],
        )
        .await;
    let csrf = form_token(&page);
    let other = app.send("GET", "/login", &[]).await;
    let others = form_token(&other);
    for (token, headers) in [
        ("", vec![]),
        ("0000", vec![]),
        (others.as_str(), vec![]),
        (csrf.as_str(), vec![("sec-fetch-site", "cross-site")]),
        (
            csrf.as_str(),
            vec![("origin", "https://evil.example"), ("host", "lab.example")],
        ),
    ] {
        let form = format!("csrf={token}&job={job}&issue=a%2Fb%231");
        let mut headers = headers;
        headers.push(("cookie", &cookie));
        let answer = app.post("/actions/assign", &form, &headers).await;
        assert_eq!(answer.status, 403, "{token} {headers:?}");
    }
    assert_eq!(card(&app, job).await["issues"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in_and_back() {
    let app = app(auth()).await;
    let answer = app
        .post("/actions/assign", "next=%2Ffailures%3Fdays%3D7", &[PERSON])
        .await;
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        "../login?next=%2Ffailures%3Fdays%3D7"
    );
    let answer = app.post("/actions/assign", "", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), code(&answer)),
        (401, "unauthorized".to_owned())
    );
}

#[tokio::test]
async fn a_program_with_the_token_classifies_and_names() {
    let app = app(auth()).await;
    let (job, group) = failure(&app).await;
    let form = format!("job={job}&category=disk&whose=infra&note=full");
    let answer = app.post("/actions/classify", &form, &[BEARER]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["audit"].as_i64().unwrap() > 0);
    let json = card(&app, job).await;
    assert_eq!(json["failure"]["category"], "disk");
    assert_eq!(json["judgement"]["actor"], "api");
    let wrong = format!("job={job}&note=it+is+the+linker");
    assert_eq!(
        app.post("/actions/wrong-reason", &wrong, &[BEARER])
            .await
            .status,
        200
    );
    assert_eq!(card(&app, job).await["judgement"]["wrong"], true);
    for form in [
        ("rename", format!("group={group}&title=Full+disk")),
        ("mute", format!("group={group}&days=7")),
        ("mute", format!("group={group}&days=0")),
    ] {
        let answer = app
            .post(&format!("/actions/{}", form.0), &form.1, &[BEARER])
            .await;
        assert_eq!(answer.status, 200, "{form:?}: {}", answer.text());
    }
    let page = app.get(&format!("/failures/job/{job}")).await;
    assert!(page.text().contains("Full disk"));
}

#[tokio::test]
async fn what_makes_no_sense_is_said() {
    let app = app(auth()).await;
    let (job, group) = failure(&app).await;
    for (action, form, status) in [
        ("assign", format!("job={job}&issue=nonsense"), 400),
        ("assign", "issue=a%2Fb%231".to_owned(), 400),
        ("assign", "job=x&issue=a%2Fb%231".to_owned(), 400),
        ("classify", format!("job={job}&category=weather"), 400),
        ("mute", format!("group={group}&days=1000"), 400),
        ("merge", format!("group={group}&into={group}"), 409),
        ("undo", "audit=999999".to_owned(), 409),
        ("explode", String::new(), 404),
    ] {
        let answer = app
            .post(&format!("/actions/{action}"), &form, &[BEARER])
            .await;
        assert_eq!(answer.status, status, "{action} {form}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_reason_called_wrong_is_shown_counted_by_rule_and_taken_back() {
    let app = app(auth()).await;
    let cookie = session(&app).await;
    let cookie = [("cookie", cookie.as_str()), PERSON];
    let (job, _) = failure(&app).await;
    let path = format!("/failures/job/{job}");
    let rule = card(&app, job).await["explained"]["decided_by"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let csrf = form_token(&app.send("GET", &path, &cookie).await);
    let form = format!("csrf={csrf}&next={path}&job={job}&note=it+is+the+%3Clinker%3E");
    let answer = app.post("/actions/wrong-reason", &form, &cookie).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    // Later, and without what the answer led to.
    let page = app.send("GET", &path, &cookie).await;
    let text = page.text();
    assert!(
        text.contains("the reason is wrong, it is the &#60;linker&#62;"),
        "{text}"
    );
    let history = text.split("What people did").nth(1).unwrap();
    assert!(
        history.contains("<b>ann</b> said that the reason is wrong"),
        "{history}"
    );
    let health = app.json("/health?format=json").await;
    assert_eq!(health["said_wrong"], 1);
    assert_eq!(health["wrong_by_decider"][0]["name"], rule.as_str());
    assert_eq!(health["wrong_by_decider"][0]["wrong"], 1);
    assert!(app.get("/health").await.text().contains(&rule));
    let audit = history.split("name=\"audit\" value=\"").nth(1).unwrap();
    let audit = audit.split('"').next().unwrap();
    let form = format!("csrf={csrf}&next={path}&audit={audit}");
    assert_eq!(app.post("/actions/undo", &form, &cookie).await.status, 303);
    let page = app.send("GET", &path, &cookie).await;
    assert!(!page.text().contains("the reason is wrong, it"));
    assert!(page.text().contains("taken back"));
    let health = app.json("/health?format=json").await;
    assert_eq!(health["said_wrong"], 0);
    assert_eq!(health["wrong_by_decider"], serde_json::json!([]));
}
