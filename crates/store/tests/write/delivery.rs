//! Environments, deployments, schedules, runners and test reports: what writing them does, and how far they were read.

use labtower_model::{
    Deployment, DeploymentId, Environment, EnvironmentId, PipelineId, ProjectId, Runner,
    RunnerDetails, RunnerId, TestCase, TestCounts, TestReport, TestSuite,
};
use labtower_store::{Batch, Delivery, Part, PartOutcome, PartUpdate, SyncUpdate, Written};

use crate::world::{World, at, pipeline};

const PROJECT: ProjectId = ProjectId(7);

fn environment(id: i64, name: &str) -> Environment {
    Environment {
        id: EnvironmentId(id),
        project_id: PROJECT,
        name: name.to_owned(),
        slug: None,
        state: Some("available".to_owned()),
        tier: None,
        external_url: None,
        created_at: None,
        updated_at: None,
    }
}

fn deployment(id: i64, updated: i64, status: &str) -> Deployment {
    Deployment {
        id: DeploymentId(id),
        iid: id,
        project_id: PROJECT,
        environment_id: EnvironmentId(1),
        status: status.to_owned(),
        ref_name: Some("main".to_owned()),
        tag: Some(false),
        sha: Some("0a".repeat(20)),
        created_at: at(id),
        updated_at: at(updated),
        finished_at: None,
        committed_at: None,
        duration: Some(1.5),
        job_id: None,
        pipeline_id: None,
        user: None,
    }
}

fn report(id: i64, updated: i64, count: u64, suites: &[&str]) -> TestReport {
    let counts = TestCounts {
        time: 0.5,
        count,
        success: count,
        ..TestCounts::default()
    };
    TestReport {
        pipeline_id: PipelineId(id),
        project_id: PROJECT,
        pipeline_updated_at: at(updated),
        total: counts,
        suites: suites
            .iter()
            .map(|name| TestSuite {
                name: (*name).to_owned(),
                counts,
                error: None,
            })
            .collect(),
    }
}

fn write(world: &World, delivery: Vec<Delivery>) -> Written {
    let batch = Batch {
        delivery,
        ..Batch::default()
    };
    world.store.write_blocking(batch).unwrap()
}

fn part(part: Part, outcome: PartOutcome) -> SyncUpdate {
    SyncUpdate::Part(PartUpdate {
        project_id: PROJECT,
        part,
        at: at(50),
        outcome,
    })
}

#[test]
fn writing_what_is_stored_changes_nothing() {
    let world = World::new();
    let everything = || {
        vec![
            Delivery::Environments {
                project_id: PROJECT,
                environments: vec![environment(1, "production"), environment(2, "staging")],
            },
            Delivery::Deployments(vec![
                deployment(1, 10, "success"),
                deployment(2, 20, "failed"),
            ]),
            Delivery::Runners(vec![Runner {
                id: RunnerId(9),
                description: None,
                runner_type: None,
                status: None,
                paused: false,
                created_at: None,
            }]),
            Delivery::TestReports(vec![report(1001, 160, 3, &["unit", "lint"])]),
        ]
    };
    let first = write(&world, everything());
    assert_eq!(first.changed_delivery, 8);
    let (generation, data) = (world.store.generation(), world.store.data_generation());
    assert!(data >= 8, "caches by the data's generation must see it");
    assert_eq!(write(&world, everything()).changed_delivery, 0);
    assert_eq!(world.store.generation(), generation);
    assert_eq!(world.store.data_generation(), data);
}

#[test]
fn complete_list_takes_away_what_it_lacks_and_only_of_its_project() {
    let world = World::new();
    let list = |project_id: ProjectId, ids: &[i64]| Delivery::Environments {
        project_id,
        environments: ids
            .iter()
            .map(|id| Environment {
                project_id,
                ..environment(*id, "x")
            })
            .collect(),
    };
    write(
        &world,
        vec![list(PROJECT, &[1, 2]), list(ProjectId(8), &[3])],
    );
    write(&world, vec![list(PROJECT, &[2])]);
    let left: String = world.one("SELECT group_concat(id, ',') FROM environments ORDER BY id");
    assert_eq!(left, "2,3");
}

#[test]
fn older_state_of_a_deployment_is_ignored() {
    let world = World::new();
    write(
        &world,
        vec![Delivery::Deployments(vec![deployment(1, 20, "success")])],
    );
    write(
        &world,
        vec![Delivery::Deployments(vec![deployment(1, 10, "running")])],
    );
    let rows = world
        .store
        .read(|reader| reader.latest_deployments())
        .unwrap();
    assert_eq!(rows, [deployment(1, 20, "success")]);
}

#[test]
fn runner_keeps_its_details_when_the_list_is_read_again() {
    let world = World::new();
    let runner = |status: &str| {
        Delivery::Runners(vec![Runner {
            id: RunnerId(9),
            description: Some("big".to_owned()),
            runner_type: None,
            status: Some(status.to_owned()),
            paused: false,
            created_at: None,
        }])
    };
    let details = RunnerDetails {
        id: RunnerId(9),
        tags: vec!["docker".to_owned(), "linux".to_owned()],
        version: Some("18.0".to_owned()),
        contacted_at: Some(at(5)),
    };
    let looked = Delivery::RunnerDetails {
        details: vec![details.clone()],
        at: at(6),
    };
    write(&world, vec![runner("online"), looked, runner("offline")]);
    let rows = world.store.read(|reader| reader.runners()).unwrap();
    assert_eq!(rows[0].runner.status.as_deref(), Some("offline"));
    assert_eq!(rows[0].details.as_ref(), Some(&details));
}

#[test]
fn report_of_a_retried_pipeline_replaces_suites_and_asks_for_cases_again() {
    let world = World::new();
    let case = TestCase {
        suite: "unit".to_owned(),
        name: "adds".to_owned(),
        classname: None,
        status: "failed".to_owned(),
        execution_time: Some(0.25),
        message: Some("expected 4, got 5".to_owned()),
    };
    world.write(160, vec![pipeline(1001, 0)]);
    write(
        &world,
        vec![
            Delivery::TestReports(vec![report(1001, 160, 3, &["unit", "lint"])]),
            Delivery::TestCases {
                pipeline_id: PipelineId(1001),
                cases: vec![case.clone()],
            },
        ],
    );
    let unread = || {
        let unread = world
            .store
            .read(|reader| reader.unread_test_cases(at(-100), 10));
        unread.unwrap().len()
    };
    assert_eq!(unread(), 0);
    let cases = world
        .store
        .read(|reader| reader.test_cases(PipelineId(1001)));
    assert_eq!(cases.unwrap(), [case]);
    let later = report(1001, 300, 4, &["unit"]);
    write(&world, vec![Delivery::TestReports(vec![later.clone()])]);
    write(
        &world,
        vec![Delivery::TestReports(vec![report(1001, 160, 3, &["lint"])])],
    );
    let stored = world
        .store
        .read(|reader| reader.test_report(PipelineId(1001)));
    assert_eq!(stored.unwrap(), Some(later));
    assert_eq!(unread(), 1);
}

#[test]
fn finished_pipelines_lack_their_report_until_it_is_as_new_as_they() {
    let world = World::new();
    world.write(160, vec![pipeline(1001, 0), pipeline(1002, 10)]);
    let lacking = || {
        let unread = world
            .store
            .read(|reader| reader.unread_tests(&[PROJECT], at(-100)));
        let unread = unread.unwrap().remove(&PROJECT).unwrap();
        unread
            .into_iter()
            .map(|row| (row.pipeline_id.get(), row.updated_at))
            .collect::<Vec<_>>()
    };
    let found = lacking();
    assert_eq!(found.len(), 2);
    let (id, updated) = found[0];
    let seconds = updated.as_second() - at(0).as_second();
    write(
        &world,
        vec![Delivery::TestReports(vec![report(id, seconds - 1, 0, &[])])],
    );
    assert_eq!(lacking().len(), 2);
    write(
        &world,
        vec![Delivery::TestReports(vec![report(id, seconds, 0, &[])])],
    );
    assert_eq!(lacking(), found[1..]);
}

#[test]
fn part_remembers_how_far_it_was_read_and_whether_pipelines_moved_since() {
    let world = World::new();
    let state = |world: &World| {
        let states = world
            .store
            .read(|reader| reader.part_states(Part::Deployments));
        states.unwrap().remove(0)
    };
    world.sync(vec![
        SyncUpdate::Discovered {
            project_id: PROJECT,
            at: at(0),
        },
        SyncUpdate::BackfillDone {
            project_id: PROJECT,
            at: at(0),
        },
    ]);
    world.write(160, vec![pipeline(1001, 1)]);
    let before = state(&world);
    assert_eq!((before.generation, before.tried_at), (None, None));
    assert_eq!(before.moved_at, Some(at(160)));
    world.sync(vec![part(Part::Deployments, PartOutcome::Page(at(30)))]);
    let paged = state(&world);
    assert_eq!((paged.watermark, paged.generation), (Some(at(30)), None));
    let read = |watermark, generation| PartOutcome::Read {
        watermark,
        generation,
    };
    world.sync(vec![part(Part::Deployments, read(at(200), before.moved))]);
    world.sync(vec![part(Part::Deployments, read(at(100), 0))]);
    let world = world.reopen();
    let after = state(&world);
    assert_eq!(
        (after.watermark, after.generation),
        (Some(at(200)), Some(before.moved))
    );
    assert_eq!(after.moved, before.moved);
    // A job alone moves the project too.
    let mut unit = pipeline(1001, 1);
    unit.jobs[0].retried = true;
    world.write(210, vec![unit]);
    assert!(state(&world).moved > before.moved);
    assert_eq!(state(&world).moved_at, Some(at(210)));
    world.sync(vec![part(
        Part::Deployments,
        PartOutcome::Failed("503".to_owned()),
    )]);
    world.sync(vec![part(
        Part::Deployments,
        PartOutcome::Failed("504".to_owned()),
    )]);
    let failed = state(&world);
    assert_eq!(
        (failed.failures, failed.last_error.as_deref()),
        (2, Some("504"))
    );
    world.sync(vec![part(
        Part::Deployments,
        PartOutcome::Refused("404".to_owned()),
    )]);
    let refused = state(&world);
    assert_eq!(
        (refused.failures, refused.refused.as_deref()),
        (0, Some("404"))
    );
    world.sync(vec![part(Part::Deployments, read(at(300), 9))]);
    assert_eq!(state(&world).refused, None);
}

#[test]
fn retention_takes_reports_and_old_deployments_but_never_the_newest_of_an_environment() {
    let world = World::new();
    world.write(160, vec![pipeline(1001, 0)]);
    let old = Delivery::Deployments(vec![
        deployment(1, 1, "success"),
        deployment(2, 2, "failed"),
    ]);
    let reports = Delivery::TestReports(vec![report(1001, 160, 3, &["unit"])]);
    write(&world, vec![old, reports]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let removed = runtime.block_on(world.store.retain(at(1000)));
    assert_eq!(removed.unwrap(), 1);
    let left: String = world.one(
        "SELECT concat_ws(',', (SELECT group_concat(id, ' ') FROM deployments),
                          (SELECT count(*) FROM test_reports), (SELECT count(*) FROM test_suites))",
    );
    assert_eq!(left, "2,0,0");
}
