//! Sync state: what each step does to a project's row.

use labtower_model::ProjectId;
use labtower_store::{BackfillStage, SyncUpdate};

use crate::world::{World, at, batch, pipeline};

const PROJECT: ProjectId = ProjectId(7);

fn row(world: &World) -> String {
    world.one(
        "SELECT concat_ws('|', state, watermark - 1795176000, backfill_stage, backfill_cursor, backfill_total, rows,
                          requests, last_success_at - 1795176000, last_error, failures) FROM sync_projects",
    )
}

fn started() -> SyncUpdate {
    SyncUpdate::BackfillStarted {
        project_id: PROJECT,
        from: at(-1000),
        total: 250,
        watermark: at(10),
    }
}

fn page(stage: BackfillStage, cursor: Option<&str>) -> SyncUpdate {
    SyncUpdate::BackfillPage {
        project_id: PROJECT,
        stage,
        cursor: cursor.map(str::to_owned),
        rows: 100,
        requests: 2,
    }
}

#[test]
fn backfill_is_resumed_where_its_last_page_ended() {
    let world = World::new();
    let discovered = SyncUpdate::Discovered {
        project_id: PROJECT,
        at: at(0),
    };
    world.sync(vec![discovered.clone()]);
    assert_eq!(row(&world), "pending|0|0|0");
    world.sync(vec![started()]);
    assert_eq!(row(&world), "backfilling|10|own|250|0|0|0");
    let mut with_rows = batch(20, vec![pipeline(1, 0)]);
    with_rows.sync = vec![page(BackfillStage::Own, Some("abc"))];
    world.store.write_blocking(with_rows).unwrap();
    let world = world.reopen();
    assert_eq!(row(&world), "backfilling|10|own|abc|250|100|2|0");
    world.sync(vec![page(BackfillStage::Children, None), discovered]);
    assert_eq!(row(&world), "backfilling|10|children|250|200|4|0");
    world.sync(vec![SyncUpdate::BackfillDone {
        project_id: PROJECT,
        at: at(60),
    }]);
    assert_eq!(row(&world), "live|10|250|200|4|60|0");
}

#[test]
fn watermark_never_moves_back() {
    let world = World::new();
    let polled = |watermark| SyncUpdate::Polled {
        project_id: PROJECT,
        watermark: at(watermark),
        at: at(100),
    };
    world.sync(vec![started(), polled(50), polled(40)]);
    assert_eq!(
        world.one::<i64>("SELECT watermark - 1795176000 FROM sync_projects"),
        50
    );
    world.sync(vec![started()]);
    assert_eq!(
        world.one::<i64>("SELECT watermark - 1795176000 FROM sync_projects"),
        50
    );
}

#[test]
fn failures_are_counted_until_a_success() {
    let world = World::new();
    let failed = SyncUpdate::Failed {
        project_id: PROJECT,
        error: "timed out".to_owned(),
        at: at(0),
    };
    world.sync(vec![failed.clone(), failed]);
    assert_eq!(row(&world), "pending|0|0|timed out|2");
    world.sync(vec![SyncUpdate::Polled {
        project_id: PROJECT,
        watermark: at(5),
        at: at(6),
    }]);
    assert_eq!(row(&world), "pending|5|0|0|6|0");
}

#[test]
fn project_that_comes_back_goes_on_where_it_was() {
    let world = World::new();
    let state = || world.one::<String>("SELECT state FROM sync_projects");
    let gone = SyncUpdate::Missing {
        project_id: PROJECT,
        at: at(0),
    };
    let back = SyncUpdate::Discovered {
        project_id: PROJECT,
        at: at(1),
    };
    world.sync(vec![gone.clone()]);
    assert_eq!(state(), "missing");
    world.sync(vec![back.clone()]);
    assert_eq!(state(), "pending");
    world.sync(vec![started(), gone.clone(), back.clone()]);
    assert_eq!(state(), "backfilling");
    let done = SyncUpdate::BackfillDone {
        project_id: PROJECT,
        at: at(2),
    };
    world.sync(vec![done, gone, back.clone()]);
    assert_eq!(state(), "live");
    let generation = world.store.generation();
    world.sync(vec![back]);
    assert_eq!(world.store.generation(), generation);
}

#[test]
fn problems_are_counted_and_solved_ones_vanish() {
    let world = World::new();
    let problem = |second| SyncUpdate::Problem {
        scope: "group platform".to_owned(),
        message: format!("not found at {second}"),
        at: at(second),
    };
    world.sync(vec![problem(1), problem(2)]);
    let row: String = world.one(
        "SELECT concat_ws('|', scope, message, since - 1795176000, last_at - 1795176000, count) FROM problems",
    );
    assert_eq!(row, "group platform|not found at 2|1|2|2");
    world.sync(vec![SyncUpdate::Solved {
        scope: "group platform".to_owned(),
    }]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM problems"), 0);
}

#[test]
fn history_is_complete_once() {
    let world = World::new();
    world.sync(vec![SyncUpdate::HistoryComplete { at: at(1) }]);
    let generation = world.store.generation();
    world.sync(vec![SyncUpdate::HistoryComplete { at: at(2) }]);
    assert_eq!(world.store.generation(), generation);
    let at: i64 =
        world.one("SELECT value - 1795176000 FROM meta WHERE key = 'history_complete_at'");
    assert_eq!(at, 1);
}
