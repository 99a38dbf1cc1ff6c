//! REST lists and lookups.

use labtower_gitlab::{GitlabError, GroupOptions, Priority, TokenKind};
use serde_json::json;

use crate::stub::{self, Stub, answer, project};

#[tokio::test]
async fn pages_are_followed_on_our_own_host() {
    let stub = Stub::start(|number, _| match number {
        0 => answer(
            200,
            &[
                // GitLab's configured address: not the one the test reaches it by.
                ("link", "<https://gitlab.invalid/api/v4/groups/acme/projects?id_after=2&page=2>; rel=\"next\""),
                ("x-total", "3"),
            ],
            &json!([project(1), project(2)]),
        ),
        _ => answer(200, &[("x-total", "3")], &json!([project(3)])),
    })
    .await;
    let found = stub
        .client()
        .group_projects("acme/tools", &GroupOptions::default())
        .await
        .unwrap();
    let ids: Vec<i64> = found.value.iter().map(|project| project.id.get()).collect();
    assert_eq!(ids, [1, 2, 3]);
    let asked = stub.asked();
    assert_eq!(asked[0].path, "/api/v4/groups/acme%2Ftools/projects");
    assert!(asked[0].query.contains("include_subgroups=true"));
    assert!(asked[0].query.contains("archived=false"));
    assert_eq!(asked[1].query, "id_after=2&page=2");
    assert_eq!(found.asked_at, stub::date());
    // The third is `/version`, to learn GitLab's time.
    assert_eq!(found.requests, 3);
}

#[tokio::test]
async fn shifted_list_is_read_again() {
    let stub = Stub::start(|number, asked| {
        let first = asked.query.contains("&page=1");
        // In the first reading a project vanishes between the pages, and 3 slips off both.
        let (total, page) = match (number, first) {
            (0, _) => ("4", json!([project(1), project(2)])),
            (_, true) => ("3", json!([project(2), project(3)])),
            (_, false) => ("3", json!([project(4)])),
        };
        let headers = [
            ("x-total", total),
            ("x-next-page", if first { "2" } else { "" }),
        ];
        answer(200, &headers, &page)
    })
    .await;
    let found = stub
        .client()
        .group_projects("acme", &GroupOptions::default())
        .await
        .unwrap();
    let ids: Vec<i64> = found.value.iter().map(|project| project.id.get()).collect();
    assert_eq!(ids, [2, 3, 4]);
}

#[tokio::test]
async fn list_that_points_to_itself_ends() {
    let stub = Stub::start(|_, asked| {
        let link = format!("<http://x/y?{}>; rel=\"next\"", asked.query);
        answer(200, &[("link", &link)], &json!([project(1)]))
    })
    .await;
    let error = stub
        .client()
        .group_projects("acme", &GroupOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, GitlabError::Malformed { .. }), "{error}");
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn absent_group_is_an_error_and_absent_project_is_none() {
    let stub = Stub::start(|_, _| answer(404, &[], &json!({"message": "404 Not Found"}))).await;
    let client = stub.client();
    let error = client
        .group_projects("acme", &GroupOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, GitlabError::NotFound { what, .. } if what == "group `acme`"));
    let found = client.project("acme/gone", Priority::Fresh).await.unwrap();
    assert_eq!(found.value, None);
}

#[tokio::test]
async fn renamed_project_is_followed_on_our_own_host_and_root() {
    let stub = Stub::start(|number, _| match number {
        0 => stub::raw(
            301,
            &[(
                "location",
                "https://gitlab.invalid/gitlab/api/v4/projects/81",
            )],
            "This resource has been moved permanently",
        ),
        _ => answer(200, &[], &project(81)),
    })
    .await;
    let client = stub::client(stub::config(&format!("{}/gitlab", stub.url)));
    let found = client.project("acme/old", Priority::Fresh).await.unwrap();
    assert_eq!(found.value.unwrap().id.get(), 81);
    assert_eq!(stub.asked()[0].path, "/gitlab/api/v4/projects/acme%2Fold");
    assert_eq!(stub.asked()[1].path, "/gitlab/api/v4/projects/81");
}

#[tokio::test]
async fn redirect_to_the_same_resource_is_a_wrong_address() {
    let stub = Stub::start(|_, asked| {
        let location = format!("https://gitlab.example.com{}", asked.path);
        stub::raw(301, &[("location", &location)], "")
    })
    .await;
    let error = stub
        .client()
        .project("7", Priority::Fresh)
        .await
        .unwrap_err();
    assert!(error.is_fatal());
    assert!(
        error.to_string().contains("https://gitlab.example.com"),
        "{error}"
    );
}

#[tokio::test]
async fn token_travels_in_the_header_of_its_kind() {
    let stub = Stub::start(|_, _| answer(200, &[], &project(7))).await;
    stub.client().project("7", Priority::Fresh).await.unwrap();
    let mut config = stub.config();
    config.token_kind = TokenKind::Bearer;
    let client = stub::client(config);
    client.project("7", Priority::Fresh).await.unwrap();
    let asked = stub.asked();
    assert_eq!(asked[0].token.as_deref(), Some(stub::TOKEN));
    assert_eq!(asked[0].authorization, None);
    assert_eq!(asked[1].token, None);
    let bearer = format!("Bearer {}", stub::TOKEN);
    assert_eq!(asked[1].authorization.as_deref(), Some(bearer.as_str()));
}

#[tokio::test]
async fn probe_reads_what_there_is() {
    let stub = Stub::start(|_, asked| match asked.path.as_str() {
        "/api/v4/metadata" => {
            answer(200, &[], &json!({"version": "18.4.1-ee", "revision": "abc", "enterprise": true}))
        }
        "/api/v4/personal_access_tokens/self" => answer(
            200,
            &[],
            &json!({"name": "labtower", "scopes": ["read_api"], "expires_at": "2027-01-31", "active": true}),
        ),
        _ => answer(200, &[], &json!({"data": {"queryComplexity": {"limit": 250}}})),
    })
    .await;
    let found = stub.client().probe().await.unwrap();
    assert_eq!(found.version, "18.4.1-ee");
    assert_eq!(found.enterprise, Some(true));
    let token = found.token.unwrap();
    assert_eq!(token.scopes, ["read_api"]);
    assert_eq!(token.expires_at, Some("2027-01-31".parse().unwrap()));
    assert_eq!(found.complexity_limit, Some(250));
    assert_eq!(found.clock_skew_seconds, Some(3600.0));
}

#[tokio::test]
async fn probe_gets_by_with_an_old_gitlab_and_an_oauth_token() {
    let stub = Stub::start(|_, asked| match asked.path.as_str() {
        "/api/v4/personal_access_tokens/self" => {
            answer(400, &[], &json!({"message": "400 Bad request"}))
        }
        _ => answer(404, &[], &json!({"error": "404 Not Found"})),
    })
    .await;
    let found = stub.client().probe().await.unwrap();
    assert_eq!(found.version, "18.4.0");
    assert_eq!(
        (found.enterprise, found.token, found.complexity_limit),
        (None, None, None)
    );
}
