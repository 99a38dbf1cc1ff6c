//! Failed jobs, their reasons, groups and issues.

use labtower_model::{Job, JobId, PipelineWithJobs, Project, ProjectId, Status, samples};
use labtower_store::{
    Acted, Action, Batch, BlockLinks, DecidedBy, FailureFilter, Failures, GroupId, Issue, IssueKey,
    LinkOrigin, NightFilter, Page, Reason, ReasonBody, RefChoice, Resigned, SignatureKey,
    StoreError, Subject, TraceState, TraceTry,
};

use crate::world::{World, at, batch, pipeline};

const DAY: i64 = 86_400;

fn failing(id: i64, jobs: usize) -> PipelineWithJobs {
    let mut unit = pipeline(id, jobs);
    unit.pipeline.status = Status::Failed;
    unit.pipeline.source = Some("schedule".to_owned());
    for job in &mut unit.jobs {
        job.status = Status::Failed;
        job.failure_reason = Some("script_failure".to_owned());
    }
    unit
}

fn key(hash: u128) -> SignatureKey {
    SignatureKey { version: 1, hash }
}

/// A reason whose signature is its hash.
fn reason(job: i64, hash: u128) -> Reason {
    Reason {
        job_id: JobId(job),
        explained_at: at(0),
        phase: "step_script".to_owned(),
        category: "test".to_owned(),
        whose: "code".to_owned(),
        headline: format!("assertion {hash} failed"),
        line: Some(12),
        decided_by: DecidedBy {
            kind: "parser".to_owned(),
            name: "pytest".to_owned(),
            version: "1-abc".to_owned(),
        },
        why: "the test says so".to_owned(),
        signature: key(hash),
        pattern: format!("assertion «N» failed {hash}"),
        near: None,
        trace: TraceState::Read,
        body: ReasonBody::default(),
    }
}

fn write(world: &World, failures: Failures) {
    world
        .store
        .write_blocking(Batch {
            failures,
            ..Batch::default()
        })
        .unwrap();
}

fn explain(world: &World, reasons: Vec<Reason>) {
    write(
        world,
        Failures {
            reasons,
            ..Failures::default()
        },
    );
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

pub(crate) fn act(world: &World, actor: &str, action: Action) -> Result<Acted, StoreError> {
    runtime().block_on(world.store.act(actor, action))
}

fn groups(world: &World) -> Vec<(i64, Option<GroupId>)> {
    let rows = world
        .store
        .read(|reader| reader.failures(&FailureFilter::default(), &Page::default()))
        .unwrap();
    let mut groups: Vec<_> = rows
        .iter()
        .map(|row| (row.job_id.get(), row.group_id))
        .collect();
    groups.sort_unstable();
    groups
}

/// Four failed jobs, 100 to 103, in the groups of three signatures: 7, 7, 8 and 9.
pub(crate) fn four(world: &World) -> Vec<GroupId> {
    world.write(0, vec![failing(1, 4)]);
    explain(
        world,
        vec![
            reason(100, 7),
            reason(101, 7),
            reason(102, 8),
            reason(103, 9),
        ],
    );
    groups(world)
        .into_iter()
        .filter_map(|(_, group)| group)
        .collect()
}

pub(crate) fn issue(iid: i64, state: &str) -> Issue {
    Issue {
        key: IssueKey {
            project_path: "g/p".to_owned(),
            iid,
        },
        id: 9000 + iid,
        title: "Assertion fails at night".to_owned(),
        state: state.to_owned(),
        labels: vec!["nightly".to_owned()],
        assignees: vec!["ada".to_owned()],
        author: None,
        web_url: Some("https://gitlab.example.com/g/p/-/issues/1".to_owned()),
        created_at: at(0),
        updated_at: at(0),
        closed_at: (state == "closed").then(|| at(0)),
        blocks: Vec::new(),
    }
}

#[test]
fn rows_follow_the_jobs_and_go_with_them() {
    let world = World::new();
    let mut unit = failing(1, 3);
    unit.jobs[0].status = Status::Success;
    unit.jobs[1].allow_failure = true;
    unit.jobs[2].retried = true;
    world.write(0, vec![unit.clone()]);
    let rows: String = world
        .one("SELECT group_concat(job_id || ':' || flags, ' ' ORDER BY job_id) FROM failed_jobs");
    // Not on the default branch, because the project is not stored.
    assert_eq!(rows, "101:1 102:2");
    explain(&world, vec![reason(101, 7), reason(102, 7)]);

    unit.jobs.pop();
    unit.jobs[1].status = Status::Running;
    unit.pipeline.updated_at = at(1000);
    world.write(1000, vec![unit]);
    // The pipeline failed, and no failed job says why.
    let rows: String = world.one("SELECT group_concat(job_id, ' ') FROM failed_jobs");
    assert_eq!(rows, "-1");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM reasons"), 0);
}

#[test]
fn default_branch_is_known_whether_the_project_comes_first_or_last() {
    let world = World::new();
    let unit = failing(1, 1);
    let project = Project {
        id: unit.pipeline.project_id,
        default_branch: unit.pipeline.ref_name.clone(),
        ..samples::project()
    };
    world.write(0, vec![unit]);
    assert_eq!(world.one::<i64>("SELECT flags FROM failed_jobs"), 0);
    let put = |project| {
        world
            .store
            .write_blocking(Batch {
                projects: vec![project],
                ..Batch::default()
            })
            .unwrap();
    };
    put(project.clone());
    assert_eq!(world.one::<i64>("SELECT flags FROM failed_jobs"), 4);
    world.write(0, vec![failing(2, 1)]);
    assert_eq!(world.one::<i64>("SELECT min(flags) FROM failed_jobs"), 4);
    put(Project {
        default_branch: Some("trunk".to_owned()),
        ..project
    });
    assert_eq!(world.one::<i64>("SELECT max(flags) FROM failed_jobs"), 0);
}

#[test]
fn same_signature_is_one_group_and_a_near_one_joins_it() {
    let world = World::new();
    let before = four(&world);
    assert_eq!(before[0], before[1]);
    assert_eq!(
        before
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        3
    );
    world.write(1, vec![failing(2, 2)]);
    let near = Reason {
        near: Some(key(8)),
        ..reason(200, 80)
    };
    explain(&world, vec![near]);
    // The near one's own signature leads there from now on.
    explain(&world, vec![reason(201, 80)]);
    let after = groups(&world);
    assert_eq!(after[4], (200, Some(before[2])));
    assert_eq!(after[5], (201, Some(before[2])));
}

#[test]
fn reason_without_a_pattern_belongs_to_no_group_and_one_of_no_failed_job_is_dropped() {
    let world = World::new();
    world.write(0, vec![failing(1, 1)]);
    let bare = Reason {
        pattern: String::new(),
        ..reason(100, 7)
    };
    explain(&world, vec![bare, reason(55, 7)]);
    assert_eq!(groups(&world), [(100, None)]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM reasons"), 1);
}

#[test]
fn merge_shows_at_once_and_can_be_undone() {
    let world = World::new();
    let before = four(&world);
    let merge = Action::Merge {
        from: before[0],
        into: before[2],
    };
    let done = act(&world, "ada", merge.clone()).unwrap();
    assert_eq!(groups(&world)[0].1, Some(before[2]));
    let again = act(&world, "ada", merge).unwrap_err();
    assert!(matches!(again, StoreError::Impossible { .. }), "{again}");
    // A question for the old id is answered by the group it went into.
    let row = world
        .store
        .read(|reader| reader.group(before[0], at(0), 30))
        .unwrap()
        .unwrap();
    assert_eq!((row.id, row.failures), (before[2], 3));
    let undo = Action::Undo { audit: done.audit };
    act(&world, "bob", undo.clone()).unwrap();
    assert_eq!(groups(&world)[0].1, Some(before[0]));
    let twice = act(&world, "bob", undo).unwrap_err();
    assert!(matches!(twice, StoreError::Impossible { .. }), "{twice}");
    let audit = world.store.read(|reader| reader.audit(None, 10)).unwrap();
    assert_eq!(audit.len(), 2);
    assert_eq!(
        (audit[1].actor.as_str(), audit[1].undone_by),
        ("ada", Some(audit[0].id))
    );
}

#[test]
fn split_takes_signatures_and_jobs_and_can_be_undone() {
    let world = World::new();
    let before = four(&world);
    let merge = Action::Merge {
        from: before[2],
        into: before[0],
    };
    act(&world, "ada", merge).unwrap();
    let split = Action::Split {
        group: before[0],
        signatures: vec![key(8)],
        jobs: vec![JobId(101)],
    };
    let done = act(&world, "ada", split).unwrap();
    let new = done.group.unwrap();
    let after: Vec<_> = groups(&world).into_iter().map(|(_, group)| group).collect();
    assert_eq!(
        after,
        [Some(before[0]), Some(new), Some(new), Some(before[3])]
    );
    // What comes with the signature goes there too, what comes with the job's does not.
    world.write(1, vec![failing(2, 2)]);
    explain(&world, vec![reason(200, 8), reason(201, 7)]);
    assert_eq!(
        groups(&world)[4..],
        [(200, Some(new)), (201, Some(before[0]))]
    );
    let undo = Action::Undo { audit: done.audit };
    act(&world, "ada", undo).unwrap();
    let after: Vec<_> = groups(&world).into_iter().map(|(_, group)| group).collect();
    assert!(
        after.iter().take(3).all(|group| *group == Some(before[0])),
        "{after:?}"
    );
}

#[test]
fn what_people_say_wins_and_can_be_taken_back() {
    let world = World::new();
    let before = four(&world);
    let category = |job: i64| {
        let row = world
            .store
            .read(|reader| reader.reason(JobId(job)))
            .unwrap();
        row.unwrap().failure.category.unwrap()
    };
    let classify = |subject, category: &str| Action::Classify {
        subjects: vec![subject],
        category: Some(category.to_owned()),
        whose: None,
        note: None,
    };
    let group = Subject::Group(before[0]);
    let of_group = act(&world, "ada", classify(group, "network")).unwrap();
    let job = Subject::Job(JobId(101));
    act(&world, "ada", classify(job, "disk")).unwrap();
    assert_eq!(
        (category(100).as_str(), category(101).as_str()),
        ("network", "disk")
    );
    // A failure that comes later is what its group is said to be.
    world.write(1, vec![failing(2, 1)]);
    explain(&world, vec![reason(200, 7)]);
    assert_eq!(category(200), "network");
    let undo = Action::Undo {
        audit: of_group.audit,
    };
    act(&world, "ada", undo).unwrap();
    assert_eq!(
        (category(100).as_str(), category(101).as_str()),
        ("test", "disk")
    );
}

#[test]
fn links_of_a_group_survive_retention_new_reasons_and_new_signatures() {
    let world = World::new();
    let before = four(&world);
    let assign = Action::Assign {
        subjects: vec![Subject::Group(before[0])],
        issue: issue(1, "opened").key,
        known: Some(Box::new(issue(1, "opened"))),
        how: LinkOrigin::Person,
    };
    act(&world, "ada", assign).unwrap();
    // A new version signs in another way, and finds two signatures where one was.
    let resigned = |job: i64, hash| Resigned {
        job_id: JobId(job),
        signature: SignatureKey { version: 2, hash },
        pattern: format!("v2 {hash}"),
    };
    write(
        &world,
        Failures {
            resigned: vec![resigned(100, 70), resigned(101, 71), resigned(102, 70)],
            ..Failures::default()
        },
    );
    runtime().block_on(world.store.retain(at(1))).unwrap();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM failed_jobs"), 0);
    world.write(2, vec![failing(3, 2)]);
    let newer = |job, hash| Reason {
        signature: SignatureKey { version: 2, hash },
        ..reason(job, hash)
    };
    explain(&world, vec![newer(300, 70), newer(301, 71)]);
    let rows = world
        .store
        .read(|reader| reader.failures(&FailureFilter::default(), &Page::default()))
        .unwrap();
    for row in rows {
        assert_eq!(row.group_id, Some(before[0]), "{}", row.job_id);
        let linked = row.issue.unwrap();
        assert_eq!(
            (linked.key.iid, linked.state.as_deref()),
            (1, Some("opened"))
        );
    }
}

#[test]
fn blocks_link_what_matches_now_and_not_what_somebody_removed() {
    let world = World::new();
    four(&world);
    let link = |jobs: &[i64], more| {
        write(
            &world,
            Failures {
                blocks: vec![BlockLinks {
                    issue: issue(1, "opened").key,
                    jobs: jobs.iter().copied().map(JobId).collect(),
                    more,
                }],
                ..Failures::default()
            },
        );
        world.one::<Option<String>>(
            "SELECT group_concat(job_id, ' ' ORDER BY job_id) FROM issue_links WHERE removed_at IS NULL",
        )
    };
    assert_eq!(link(&[100, 101], false).as_deref(), Some("100 101"));
    assert_eq!(link(&[101, 102], false).as_deref(), Some("101 102"));
    assert_eq!(link(&[103], true).as_deref(), Some("101 102 103"));
    let unassign = Action::Unassign {
        subjects: vec![Subject::Job(JobId(102))],
        issue: issue(1, "opened").key,
    };
    act(&world, "ada", unassign).unwrap();
    assert_eq!(link(&[101, 102], false).as_deref(), Some("101"));
}

#[test]
fn unexplained_jobs_are_listed_newest_first_and_wait_after_a_failure() {
    let world = World::new();
    let mut old = failing(1, 1);
    old.jobs[0].created_at = at(-DAY);
    world.write(0, vec![old, failing(2, 2)]);
    world.sync(vec![labtower_store::SyncUpdate::Discovered {
        project_id: samples::pipeline().project_id,
        at: at(0),
    }]);
    let due = |now: i64, since: i64| -> Vec<i64> {
        let rows = world
            .store
            .read(|reader| reader.unexplained(at(now), at(since), 10));
        rows.unwrap().iter().map(|row| row.job_id.get()).collect()
    };
    assert_eq!(due(0, -2 * DAY), [201, 200, 100]);
    assert_eq!(due(0, -3600), [201, 200]);
    explain(&world, vec![reason(201, 7)]);
    write(
        &world,
        Failures {
            tries: vec![TraceTry {
                job_id: JobId(200),
                tries: 1,
                next_at: at(60),
                error: "timed out".to_owned(),
            }],
            ..Failures::default()
        },
    );
    assert_eq!(due(59, -2 * DAY), [100]);
    assert_eq!(due(60, -2 * DAY), [200, 100]);
}

#[test]
fn grid_counts_every_failed_job_once_in_its_night() {
    let world = World::new();
    let project = Project {
        id: ProjectId(7),
        ..samples::project()
    };
    let mut units = Vec::new();
    for night in 0..5_i64 {
        let mut unit = if night % 2 == 0 {
            failing(10 + night, 2)
        } else {
            pipeline(10 + night, 2)
        };
        unit.pipeline.source = Some("schedule".to_owned());
        unit.pipeline.project_id = ProjectId(7);
        unit.pipeline.created_at = at(-night * DAY);
        for job in &mut unit.jobs {
            *job = Job {
                project_id: ProjectId(7),
                created_at: unit.pipeline.created_at,
                ..job.clone()
            };
        }
        units.push(unit);
    }
    let projects = vec![project];
    world
        .store
        .write_blocking(Batch {
            projects,
            ..batch(0, units)
        })
        .unwrap();
    explain(
        &world,
        vec![reason(1000, 7), reason(1200, 7), reason(1201, 8)],
    );
    let filter = NightFilter {
        days: 4,
        refs: RefChoice::All,
        ..NightFilter::new(at(3600))
    };
    let grid = world
        .store
        .read(|reader| reader.grid(&filter, 0, 200))
        .unwrap();
    assert_eq!(grid.days.len(), 4);
    assert_eq!(grid.totals.failed_jobs, 4);
    assert_eq!(
        (grid.totals.last_night_jobs, grid.totals.unexplained),
        (2, 1)
    );
    let [row] = grid.rows.as_slice() else {
        panic!("{grid:?}")
    };
    assert_eq!((row.streak, row.failed_jobs), (1, 4));
    let cells: Vec<_> = row
        .cells
        .iter()
        .map(|cell| (cell.day, cell.passed, cell.failed, cell.jobs.len()))
        .collect();
    assert_eq!(
        cells,
        [(0, 1, 0, 0), (1, 0, 1, 2), (2, 1, 0, 0), (3, 0, 1, 2)]
    );
    let last = &row.cells[3].jobs[0];
    assert_eq!(last.category.as_deref(), Some("test"));
    assert!(
        !last.is_new && !last.came_back,
        "it failed two nights before"
    );
    assert!(row.cells[1].jobs.iter().all(|job| job.is_new));
}

#[test]
fn revised_reason_keeps_what_people_decided() {
    let world = World::new();
    let before = four(&world);
    // Jobs 100 and 101 are in a group that somebody linked, 102 is in one of nobody's, 103 was called wrong.
    let assign = Action::Assign {
        subjects: vec![Subject::Group(before[0])],
        issue: issue(4, "opened").key,
        known: None,
        how: LinkOrigin::Person,
    };
    act(&world, "ada", assign).unwrap();
    let wrong = Action::WrongReason {
        job: JobId(103),
        note: Some("it is the linker".to_owned()),
    };
    let wrong = act(&world, "ada", wrong).unwrap();
    let classify = Action::Classify {
        subjects: vec![Subject::Job(JobId(102))],
        category: Some("disk".to_owned()),
        whose: None,
        note: None,
    };
    act(&world, "ada", classify).unwrap();
    let stale = |version: &str| {
        let version = version.to_owned();
        let rows = world
            .store
            .read(move |reader| reader.stale_reasons(&version, JobId(i64::MAX), 10));
        rows.unwrap().len()
    };
    // Those of parsers are never looked at again.
    assert_eq!(stale("2-def"), 0);
    let revised = |job: i64, hash: u128| {
        let mut reason = reason(job, hash);
        "network".clone_into(&mut reason.category);
        reason.decided_by.kind = "rule".to_owned();
        reason.decided_by.version = "2-def".to_owned();
        reason
    };
    let failures = Failures {
        revised: vec![revised(100, 50), revised(102, 50), revised(103, 51)],
        revised_version: Some("2-def".to_owned()),
        ..Failures::default()
    };
    write(&world, failures);
    assert_eq!((stale("2-def"), stale("3-ghi")), (0, 3));
    let version = world.store.read(|reader| reader.revised_version()).unwrap();
    assert_eq!(version.as_deref(), Some("2-def"));
    let after = groups(&world);
    assert_eq!(after[0].1, Some(before[0]), "its group has an issue");
    assert_ne!(after[2].1, Some(before[2]), "nobody decided on its group");
    let row = |job: i64| {
        let row = world.store.read(|reader| reader.reason(JobId(job)));
        row.unwrap().unwrap()
    };
    assert_eq!(row(100).issues.len(), 1);
    assert_eq!(row(102).failure.category.as_deref(), Some("disk"));
    assert_eq!(row(103).failure.category.as_deref(), Some("network"));
    assert!(row(103).judgement.unwrap().wrong);
    // It counts for what had said it, until it is taken back.
    let wrongs = || {
        let health = world.store.read(|reader| reader.failure_health(at(0)));
        let wrongs = health.unwrap().wrong_by_decider.into_iter();
        let wrongs = wrongs.map(|row| (row.kind, row.name, row.wrong, row.reasons));
        wrongs.collect::<Vec<_>>()
    };
    let pytest = ("parser".to_owned(), "pytest".to_owned(), 1, 1);
    assert_eq!(wrongs(), [pytest]);
    act(&world, "ada", Action::Undo { audit: wrong.audit }).unwrap();
    assert_eq!(wrongs(), []);
    assert!(row(103).judgement.is_none());
}

#[test]
fn health_counts_failures_by_each_kind_most_first() {
    let world = World::new();
    world.write(0, vec![failing(1, 5)]);
    let said = |job: i64, category: &str, kind: &str| {
        let mut reason = reason(job, 7);
        category.clone_into(&mut reason.category);
        kind.clone_into(&mut reason.decided_by.kind);
        reason
    };
    explain(
        &world,
        vec![
            said(100, "test", "rule"),
            said(101, "network", "parser"),
            said(102, "test", "parser"),
            said(103, "unknown", "line"),
        ],
    );
    let health = world.store.read(|reader| reader.failure_health(at(-DAY)));
    let health = health.unwrap();
    let counts = |expected: &[(&str, u64)]| -> Vec<(String, u64)> {
        let owned = |(name, count): &(&str, u64)| ((*name).to_owned(), *count);
        expected.iter().map(owned).collect()
    };
    let by_category = counts(&[
        ("test", 2),
        ("network", 1),
        ("unknown", 1),
        ("unexplained", 1),
    ]);
    assert_eq!(health.by_category, by_category);
    assert_eq!(
        health.by_decider,
        counts(&[("parser", 2), ("line", 1), ("rule", 1)])
    );
    assert_eq!(health.by_trace, counts(&[("read", 4)]));
    assert_eq!(health.by_version, counts(&[("1-abc", 4)]));
    assert_eq!(
        (
            health.failed_jobs,
            health.explained,
            health.waiting,
            health.unknown
        ),
        (5, 4, 1, 1)
    );
    let later = world
        .store
        .read(|reader| reader.failure_health(at(900 * DAY)));
    assert_eq!(later.unwrap().by_decider, []);
}
