//! GitLab's answers, of GraphQL and REST: whatever a GitLab of another version, or something in its place, may send.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use labtower_gitlab::{
    Canned, Client, ClientConfig, GitlabError, GroupOptions, HookOwner, ListCursors,
    PipelineFilter, PipelineList, Priority, RawAsk, UpdatedWindow,
};
use labtower_model::{
    FakeClock, JobId, PipelineId, PipelineWithJobs, ProjectId, RunnerId, Timestamp, samples,
};
use tokio::runtime::Runtime;

/// Our token: a GitLab might repeat it, and no error may.
const TOKEN: &str = "glpat-CannedCannedCanned01";
/// What stands for the token in seeds.
const HERE: &str = "$TOKEN$";
/// The project that is asked about.
const PROJECT: ProjectId = ProjectId(7);
const PRIORITY: Priority = Priority::Fresh;

/// A client with nobody behind it.
struct Asker {
    client: Client,
    runtime: Runtime,
}

#[expect(
    clippy::expect_used,
    reason = "without a client there is nothing to fuzz"
)]
static ASKER: LazyLock<Asker> = LazyLock::new(|| {
    let mut config = ClientConfig::new(
        "http://gitlab.invalid".parse().expect("an address"),
        TOKEN.into(),
    );
    // Whatever waits would wait a million times.
    config.retries = 0;
    config.throttled_wait = Duration::ZERO;
    let clock = Arc::new(FakeClock::at(samples::at(0)));
    Asker {
        client: Client::canned(config, clock).expect("a client"),
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime"),
    }
});

/// The first byte is the question, the second says how it is answered, the rest is the body.
pub(crate) fn run(input: &[u8]) {
    let [question, how, body @ ..] = input else {
        return;
    };
    let body = match std::str::from_utf8(body) {
        Ok(text) => text.replace(HERE, TOKEN).into_bytes(),
        Err(_) => body.to_vec(),
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    match how >> 4 & 3 {
        0 => {}
        1 => add("x-next-page", "2"),
        2 => add(
            "link",
            "<http://gitlab.invalid/x?page=2&per_page=100>; rel=\"next\"",
        ),
        _ => add("x-total", "1"),
    }
    ASKER.client.set_answer(Canned {
        status: match how & 15 {
            12 => 400,
            13 => 404,
            14 => 403,
            15 => 500,
            _ => 200,
        },
        headers,
        body: body.into(),
    });
    if let Err(error) = ASKER.runtime.block_on(ask(&ASKER.client, *question)) {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(TOKEN), "the token shows: {said}");
        assert!(said.len() < 20_000, "an error of {} bytes", said.len());
    }
}

async fn ask(client: &Client, question: u8) -> Result<(), GitlabError> {
    let since = samples::at(-86_400);
    let ids = [PROJECT, ProjectId(8)];
    let pipeline = PipelineId(1001);
    match question % 20 {
        0 => {
            let found = client.changed(&ids, since, PRIORITY).await?.value;
            for found in &found {
                whole(&found.pipelines);
            }
        }
        1 => {
            let filter = PipelineFilter::UpdatedAfter(since);
            let list = PipelineList::Own;
            let found = client
                .pipelines_page(PROJECT, list, filter, Some("a"), PRIORITY)
                .await?;
            if let Some(page) = &found.value {
                whole(&page.pipelines);
            }
        }
        2 => drop(client.counts(&ids, since, PRIORITY).await?),
        3 => drop(client.activity(&ids, Some(since), PRIORITY).await?),
        4 => drop(
            client
                .merge_requests_page(PROJECT, None, Some("a"), PRIORITY)
                .await?,
        ),
        5 => {
            let window = UpdatedWindow {
                from: since,
                to: Timestamp::MAX,
            };
            let cursors = ListCursors::start();
            drop(
                client
                    .test_reports(&ids, window, &cursors, PRIORITY)
                    .await?,
            );
        }
        6 => {
            let found = client.pipeline(PROJECT, pipeline, PRIORITY).await?.value;
            if let Some(found) = &found {
                whole(std::slice::from_ref(found));
            }
        }
        7 => drop(client.project("group/project", PRIORITY).await?),
        8 => {
            let options = GroupOptions::default();
            drop(client.group_projects("group", &options).await?);
        }
        9 => drop(client.commits_page(PROJECT, None, 1, PRIORITY).await?),
        10 => drop(client.all_runners(PRIORITY).await?),
        11 => drop(client.runner(RunnerId(1), PRIORITY).await?),
        12 => drop(client.pipeline_schedules(PROJECT, PRIORITY).await?),
        13 => drop(client.deployments_page(PROJECT, since, 1, PRIORITY).await?),
        14 => drop(client.environments(PROJECT, PRIORITY).await?),
        15 => drop(client.test_cases(PROJECT, pipeline, PRIORITY).await?),
        16 => drop(
            client
                .issues_page("group/project", None, 1, PRIORITY)
                .await?,
        ),
        17 => drop(client.trace(PROJECT, JobId(1), PRIORITY).await?),
        18 => drop(
            client
                .registered_hooks(&HookOwner::Project("group/project".to_owned()))
                .await?,
        ),
        _ => {
            let ask = RawAsk {
                pattern: "projects/:id/issues",
                path: "projects/7/issues",
                query: "per_page=100&page=1",
                priority: PRIORITY,
            };
            drop(client.raw_page(ask).await?);
            drop(client.probe().await?);
        }
    }
    Ok(())
}

/// Pipelines come once each, newest first, with jobs of their own.
fn whole(pipelines: &[PipelineWithJobs]) {
    let mut ids = BTreeSet::new();
    for whole in pipelines {
        assert!(ids.insert(whole.pipeline.id), "a pipeline twice");
        for job in &whole.jobs {
            assert_eq!(job.pipeline_id, whole.pipeline.id);
            assert_eq!(job.project_id, whole.pipeline.project_id);
        }
    }
}
