//! Issues that people create from a page, with a GitLab that says what a test wants.

use std::sync::{Arc, Mutex};

use labtower_serve::{IssueAnswer, IssueWriter, NewIssue, ServeOptions};
use labtower_store::{Issue, IssueKey, IssueMade};

use super::actions::{BEARER, PERSON, SMALL, auth, card, code, failure};
use super::world::fill;
use crate::app::TestApp;
use crate::auth::{form_token, session};

/// What GitLab was asked for.
type Asked = Arc<Mutex<Vec<NewIssue>>>;

/// A writer that keeps what it is asked for, and answers with `answer`.
fn writer(answer: fn(&NewIssue) -> IssueMade) -> (Asked, IssueWriter) {
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    let writer: IssueWriter = Arc::new(move |new| -> IssueAnswer {
        let made = answer(&new);
        kept.lock().unwrap().push(new);
        Box::pin(async move { made })
    });
    (asked, writer)
}

fn made(new: &NewIssue) -> IssueMade {
    let at = "2026-11-21T07:00:00Z".parse().unwrap();
    IssueMade::Made(Box::new(Issue {
        key: IssueKey {
            project_path: new.project_path.clone(),
            iid: 77,
        },
        id: 9077,
        title: new.title.clone(),
        state: "opened".to_owned(),
        labels: new.labels.clone(),
        assignees: Vec::new(),
        author: None,
        web_url: Some(format!(
            "https://gitlab.example.com/{}/-/issues/77",
            new.project_path
        )),
        created_at: at,
        updated_at: at,
        closed_at: None,
        blocks: Vec::new(),
    }))
}

async fn app(answer: fn(&NewIssue) -> IssueMade) -> (TestApp, Asked) {
    let (asked, writer) = writer(answer);
    let mut options = ServeOptions {
        auth: auth(),
        issue_writer: Some(writer),
        ..ServeOptions::default()
    };
    options.failures.issue_labels = vec!["ci-failure".to_owned()];
    let app = TestApp::with_options(options);
    fill(&app.store, SMALL).await;
    (app, asked)
}

#[tokio::test]
async fn a_person_creates_an_issue_with_its_block_and_sees_it_linked() {
    let (app, asked) = app(made).await;
    let (job, group) = failure(&app).await;
    let path = format!("/failures/job/{job}");
    // Who may not write gets GitLab's own form alone.
    let page = app.send("GET", &path, &[PERSON]).await;
    assert!(!page.text().contains("actions/create-issue"));
    assert!(page.text().contains("ci%2Dfailure"), "{}", page.text());
    let cookie = session(&app).await;
    let cookie = [("cookie", cookie.as_str()), PERSON];
    for path in [path.clone(), format!("/g/{group}")] {
        let page = app.send("GET", &path, &cookie).await;
        assert!(page.text().contains("actions/create-issue"), "{path}");
        assert!(page.text().contains("name=\"match\" value=\""), "{path}");
    }
    let page = app.send("GET", &path, &cookie).await;
    let csrf = form_token(&page);
    let fields = "project=acme%2Ftracker&title=It+fails&text=Why%3A%0D%0A-+this&match=%2FConnection+to+.*+refused%2F&of=test*";
    let form = format!("csrf=nothing&next={path}&group={group}&{fields}");
    assert_eq!(
        app.post("/actions/create-issue", &form, &cookie)
            .await
            .status,
        403
    );
    let form = format!("csrf={csrf}&next={path}&group={group}&{fields}");
    let answer = app.post("/actions/create-issue", &form, &cookie).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(
        *asked.lock().unwrap(),
        [NewIssue {
            project_path: "acme/tracker".to_owned(),
            title: "It fails".to_owned(),
            description: "Why:\n- this\n\nFailures with this in a line of their log belong to this issue:\n\n\
                          ```ci-failure\nmatch: \"/Connection to .* refused/\"\njob: \"test*\"\n```\n"
                .to_owned(),
            labels: vec!["ci-failure".to_owned()],
        }]
    );
    let json = card(&app, job).await;
    assert_eq!(json["issues"][0]["key"]["iid"], 77);
    assert_eq!(json["issues"][0]["actor"], "ann");
    for path in [path.clone(), format!("/g/{group}")] {
        let page = app.send("GET", &path, &cookie).await;
        let link = "https://gitlab.example.com/acme/tracker/-/issues/77";
        assert!(page.text().contains(link), "{path}");
        assert!(
            page.text()
                .contains("although it belongs to acme/tracker#77")
        );
    }
    // The same form again makes nothing; wanted expressly it does.
    let answer = app.post("/actions/create-issue", &form, &cookie).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(asked.lock().unwrap().len(), 1);
    let another = format!("{form}&another=1");
    assert_eq!(
        app.post("/actions/create-issue", &another, &cookie)
            .await
            .status,
        303
    );
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_gitlab_refuses_is_told_and_what_is_not_known_is_not_tried_again() {
    let (app, asked) = app(|_| IssueMade::Refused("not allowed here".to_owned())).await;
    let (_, group) = failure(&app).await;
    let form = format!("group={group}&project=a%2Fb&title=x");
    let post = async |app: &TestApp| app.post("/actions/create-issue", &form, &[BEARER]).await;
    for times in 1..=2 {
        let answer = post(&app).await;
        assert_eq!(
            (answer.status.as_u16(), code(&answer)),
            (502, "gitlab".to_owned())
        );
        assert!(answer.text().contains("not allowed here"));
        assert_eq!(asked.lock().unwrap().len(), times);
    }
    let (app, asked) = self::app(|_| IssueMade::Unknown("timed out".to_owned())).await;
    let answer = post(&app).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("not known"), "{}", answer.text());
    let answer = post(&app).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(asked.lock().unwrap().len(), 1);
    let page = app.get(&format!("/g/{group}")).await;
    assert!(page.text().contains("timed out"), "history says nothing");
}

#[tokio::test]
async fn two_at_once_make_one_issue() {
    let (app, asked) = app(made).await;
    let (_, group) = failure(&app).await;
    let form = format!("group={group}&project=a%2Fb&title=x");
    let post = || app.post("/actions/create-issue", &form, &[BEARER]);
    let (one, two) = tokio::join!(post(), post());
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn fields_that_cannot_be_used_ask_for_nothing() {
    let (app, asked) = app(made).await;
    let (_, group) = failure(&app).await;
    for fields in [
        "project=nowhere&title=x",
        "project=a%2Fb&title=+",
        "project=a%2Fb&title=x&match=%2F(%2F",
        "project=a%2Fb&title=x&match=%2Fx*%2F",
    ] {
        let form = format!("group={group}&{fields}");
        let answer = app.post("/actions/create-issue", &form, &[BEARER]).await;
        assert_eq!(answer.status, 400, "{fields}: {}", answer.text());
    }
    assert!(asked.lock().unwrap().is_empty());
    let without = TestApp::with_options(ServeOptions {
        auth: auth(),
        ..ServeOptions::default()
    });
    fill(&without.store, SMALL).await;
    let form = format!("group={group}&project=a%2Fb&title=x");
    let answer = without
        .post("/actions/create-issue", &form, &[BEARER])
        .await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("write_token_file"));
}
