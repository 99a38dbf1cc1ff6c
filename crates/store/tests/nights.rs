//! The grid of nights over a large store.

#![expect(
    clippy::unwrap_used,
    reason = "every function here is part of a test, which clippy sees only of those marked so"
)]
#![expect(clippy::print_stdout, reason = "a measurement says what it measured")]

#[path = "write/world.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod world;

use std::time::{Duration, Instant};

use labtower_store::{NightFilter, NightSort};

use world::{World, at};

const DAY: i64 = 86_400;
const PROJECTS: i64 = 10_000;
const NIGHTS: i64 = 100;

/// A million nightly pipelines, one in twenty of them failed with one or two jobs; written by SQL, as the writer would.
fn fill(world: &World) {
    let conn = rusqlite::Connection::open(world.path()).unwrap();
    let end = at(0).as_second();
    conn.execute_batch(&format!(
        "BEGIN;
         INSERT INTO words (id, text) VALUES (101, 'main'), (102, 'schedule'), (103, 'test'), (104, 'build'), (105, 'code');
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PROJECTS})
         INSERT INTO projects (id, path_with_namespace, name, default_branch, archived, topics, web_url, hash)
         SELECT i, 'group/sub' || (i % 97) || '/project' || i, 'project' || i, 'main', 0, '[]', 'https://x/' || i, 1 FROM n;
         INSERT INTO sync_projects (project_id, state, watermark, backfill_from)
         SELECT id, 'live', {end}, {end} - {NIGHTS} * {DAY} FROM projects;
         INSERT INTO pipeline_schedules (id, project_id, ref, cron, cron_timezone, active, created_at)
         SELECT id, id, 'main', '0 2 * * *', 'UTC', 1, 0 FROM projects;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {NIGHTS} - 1)
         INSERT INTO pipelines (id, iid, project_id, ref, ref_kind, source, status, created_at, updated_at, duration,
                                read_at, hash, jobs_hash)
         SELECT n.i * {PROJECTS} + p.id, 1, p.id, 101, 0, 102, CASE WHEN abs(random()) % 20 = 0 THEN 8 ELSE 7 END,
                {end} - ({NIGHTS} - n.i) * {DAY} + 50400 + p.id % 3600, 0, 60, 0, 1, 1
         FROM n JOIN projects p;
         INSERT INTO failure_groups (id, pattern, category, whose, first_seen, last_seen, created_at)
         SELECT id, 'pattern ' || id, 103, 105, {end} - 80 * {DAY}, {end}, 0 FROM projects WHERE id <= 2000;
         INSERT INTO failed_jobs SELECT id * 2, id, project_id, 102, 101, created_at, created_at, 103, 4, 103,
                                        1 + abs(random()) % 2000 FROM pipelines WHERE status = 8;
         INSERT INTO failed_jobs SELECT id * 2 + 1, id, project_id, 102, 101, created_at, created_at, 104, 4, 104,
                                        1 + abs(random()) % 2000 FROM pipelines WHERE status = 8 AND id % 2 = 0;
         INSERT INTO reasons SELECT job_id, 0, 105, category, 105, 'something failed in ' || job_id, 1, 105, 105, 105,
                                    'why', 1, zeroblob(16), 105, zeroblob(400) FROM failed_jobs;
         INSERT INTO issue_links (group_id, project_path, iid, how, actor, at)
         SELECT id, 'g/p', id, 'person', 'ada', 0 FROM failure_groups WHERE id % 3 = 0;
         COMMIT;",
    ))
    .unwrap();
}

#[test]
#[ignore = "writes a million pipelines; a figure, not a promise"]
fn windows_of_the_grid_over_a_million_pipelines() {
    let world = World::new();
    fill(&world);
    let time = |filter: &NightFilter, offset| -> Duration {
        let began = Instant::now();
        let grid = world
            .store
            .read(|reader| reader.grid(filter, offset, 200))
            .unwrap();
        assert_eq!(grid.rows.len(), 200);
        began.elapsed()
    };
    for sort in [
        NightSort::Recent,
        NightSort::Failures,
        NightSort::Streak,
        NightSort::NewestError,
        NightSort::Name,
    ] {
        for days in [30, 90] {
            let filter = NightFilter {
                days,
                sort,
                ..NightFilter::new(at(0))
            };
            let mut times: Vec<Duration> = (0..8).map(|n| time(&filter, n * 200)).collect();
            times.sort_unstable();
            // With the order kept.
            let plan = world
                .store
                .read(|reader| reader.grid_plan(&filter))
                .unwrap();
            let mut kept: Vec<Duration> = (0..20)
                .map(|n| {
                    let began = Instant::now();
                    let window = world
                        .store
                        .read(|reader| reader.grid_window(&filter, &plan, n % 8 * 200, 200));
                    assert_eq!(window.unwrap().rows.len(), 200);
                    began.elapsed()
                })
                .collect();
            kept.sort_unstable();
            println!(
                "{sort:?}, {days} nights: median {:?}, p95 {:?}; with the order kept {:?}, {:?}",
                times[4], times[7], kept[10], kept[18]
            );
        }
    }
    let overview = NightFilter {
        days: 8,
        ..NightFilter::new(at(0))
    };
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let began = Instant::now();
            let plan = world.store.read(|reader| reader.grid_plan(&overview));
            assert_eq!(plan.unwrap().red_projects().len(), 8);
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "the overview's nights: median {:?}, p95 {:?}",
        times[10], times[18]
    );
}
