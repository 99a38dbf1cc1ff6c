//! Hooks that are registered: what is sent, what is sent again, and what no error repeats.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use labtower_gitlab::{GitlabError, HookOwner, HookSettings};
use labtower_sim::{Sim, SimConfig};
use serde_json::json;

use crate::stub::{Stub, client, config};

const SECRET: &str = "a-planted-secret-of-webhooks";

fn settings() -> HookSettings {
    HookSettings {
        url: "https://labtower.example.com/webhooks/gitlab"
            .parse()
            .unwrap(),
        name: "Labtower".to_owned(),
        token: Some(SECRET.into()),
        signing_token: None,
        events: BTreeMap::from([("pipeline_events", true), ("push_events", false)]),
        enable_ssl_verification: true,
    }
}

fn project() -> HookOwner {
    HookOwner::Project("acme/shop".to_owned())
}

#[tokio::test]
async fn a_refusal_that_repeats_the_secret_does_not_tell_it() {
    let stub = Stub::start(|_, _| {
        let said = json!({ "error": format!("token {SECRET} is too short") }).to_string();
        (StatusCode::UNPROCESSABLE_ENTITY, said).into_response()
    })
    .await;
    let error = stub.client().create_hook(&project(), &settings()).await;
    let error = error.unwrap_err();
    assert!(matches!(error, GitlabError::Refused { status: 422, .. }));
    let told = format!("{error} {error:?}");
    assert!(told.contains("is too short"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
    assert_eq!(stub.asked()[0].body["token"], SECRET);
}

#[tokio::test]
async fn making_is_sent_once_and_changing_and_removing_until_it_is_done() {
    let stub = Stub::start(|number, _| match number {
        0 | 1 | 3 => StatusCode::BAD_GATEWAY.into_response(),
        2 => json!({ "id": 7, "url": "https://a" })
            .to_string()
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let client = stub.client();
    let made = client.create_hook(&project(), &settings()).await;
    assert!(matches!(made, Err(GitlabError::Server { status: 502, .. })));
    assert_eq!(stub.asked().len(), 1);
    let changed = client.update_hook(&project(), 7, &settings()).await;
    assert_eq!(changed.unwrap().id, 7);
    assert_eq!(stub.asked().len(), 3);
    client.delete_hook(&project(), 7).await.unwrap();
    let asked = stub.asked();
    assert_eq!(asked.len(), 5);
    assert!(asked[4].path.ends_with("/projects/acme%2Fshop/hooks/7"));
}

#[tokio::test]
async fn hooks_of_all_owners_are_made_listed_changed_and_removed() {
    let world = SimConfig {
        projects: 3,
        days: 1,
        writable: true,
        ..SimConfig::default()
    };
    let sim = Sim::start(world, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut config = config(&sim.url());
    config.token = sim.token().into();
    let client = client(config);
    let path = sim.truth().projects[0].id.to_string();
    for owner in [
        HookOwner::Group("acme".to_owned()),
        HookOwner::Project(path),
        HookOwner::Instance,
    ] {
        let before = client.registered_hooks(&owner).await.unwrap().value;
        let made = client.create_hook(&owner, &settings()).await.unwrap();
        assert_eq!(made.token_present, Some(true));
        assert_eq!(made.alert_status.as_deref(), Some("executable"));
        let after = client.registered_hooks(&owner).await.unwrap().value;
        assert_eq!(after.len(), before.len() + 1, "{owner}");
        let mut others = settings();
        others.events.insert("push_events", true);
        let changed = client.update_hook(&owner, made.id, &others).await.unwrap();
        assert!(changed.events["push_events"] && !made.events["push_events"]);
        let sent = client.last_hook_delivery(&owner, made.id).await.unwrap();
        assert_eq!(sent, None, "nothing happened yet");
        client.delete_hook(&owner, made.id).await.unwrap();
        let left = client.registered_hooks(&owner).await.unwrap().value;
        assert_eq!(left, before, "{owner}");
    }
}
