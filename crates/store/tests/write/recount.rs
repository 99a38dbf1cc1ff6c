//! A second, slow implementation of everything derived: plain loops over the rows.

use std::collections::BTreeMap;
use std::path::Path;

use labtower_model::Histogram;
use rusqlite::{Connection, Row};

/// Count, count with duration, sum of durations, durations.
type Sums = (i64, i64, i64, Vec<i64>);

struct Fact {
    id: i64,
    project: i64,
    reference: Option<i64>,
    created_at: i64,
    status: i64,
    kind: i64,
    source: Option<i64>,
    duration: Option<i64>,
}

/// Fails unless rollups, spans and the newest pipelines equal a recount of the rows.
pub(crate) fn assert_exact(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let facts = rows(
        &conn,
        "SELECT id, project_id, ref, created_at, status, ref_kind, source, duration FROM pipelines",
        |row| {
            Ok(Fact {
                id: row.get(0)?,
                project: row.get(1)?,
                reference: row.get(2)?,
                created_at: row.get(3)?,
                status: row.get(4)?,
                kind: row.get(5)?,
                source: row.get(6)?,
                duration: row.get(7)?,
            })
        },
    );
    assert_eq!(stored_rollups(&conn), counted_rollups(&facts));
    assert_eq!(stored_spans(&conn), counted_spans(&facts));
    assert_latest(&conn, &facts);
}

fn rows<T>(
    conn: &Connection,
    query: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut select = conn.prepare(query).unwrap();
    select
        .query_map([], read)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn add(sums: &mut Sums, duration: Option<i64>) {
    sums.0 += 1;
    if let Some(duration) = duration {
        sums.1 += 1;
        sums.2 += duration;
        sums.3.push(duration);
    }
}

type Cells<const N: usize> = BTreeMap<[i64; N], (i64, i64, i64, Option<Vec<u8>>)>;

fn counted_rollups(facts: &[Fact]) -> Cells<6> {
    let mut cells: BTreeMap<[i64; 6], Sums> = BTreeMap::new();
    for fact in facts {
        let day = fact.created_at.div_euclid(86_400);
        let mut places = vec![(fact.project, 0), (0, 0)];
        places.extend(fact.reference.map(|reference| (0, reference)));
        for (project, reference) in places {
            let key = [
                project,
                reference,
                day,
                fact.status,
                fact.kind,
                fact.source.unwrap_or(0),
            ];
            add(cells.entry(key).or_default(), fact.duration);
        }
    }
    let finish = |(key, sums): ([i64; 6], Sums)| {
        let mut histogram = Histogram::default();
        for duration in &sums.3 {
            histogram.add(*duration as f64);
        }
        let bytes = (!sums.3.is_empty()).then(|| histogram.to_bytes());
        (key, (sums.0, sums.1, sums.2, bytes))
    };
    cells.into_iter().map(finish).collect()
}

fn stored_rollups(conn: &Connection) -> Cells<6> {
    let cells = rows(
        conn,
        "SELECT project_id, ref, day, status, ref_kind, source, count, duration_count, duration_sum, histogram
         FROM rollups",
        |row| {
            let key = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((key, (row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?)))
        },
    );
    cells.into_iter().collect()
}

fn counted_spans(facts: &[Fact]) -> Cells<5> {
    let mut cells: BTreeMap<[i64; 5], Sums> = BTreeMap::new();
    for fact in facts {
        let day = fact.created_at.div_euclid(86_400);
        for days in [1, 7, 28] {
            let start = day.div_euclid(days) * days;
            let mut places = vec![(0, 0), (0, fact.status)];
            places.extend(fact.reference.map(|reference| (reference, 0)));
            for (reference, status) in places {
                let key = [reference, status, days, start, fact.project];
                add(cells.entry(key).or_default(), fact.duration);
            }
        }
    }
    cells
        .into_iter()
        .map(|(key, sums)| (key, (sums.0, sums.1, sums.2, None)))
        .collect()
}

fn stored_spans(conn: &Connection) -> Cells<5> {
    let rows = rows(
        conn,
        "SELECT ref, status, days, start, chunk, projects FROM spans",
        |row| {
            let key: [i64; 5] = [
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ];
            Ok((key, row.get::<_, Vec<u8>>(5)?))
        },
    );
    let mut cells = Cells::new();
    for ([reference, status, days, start, chunk], bytes) in rows {
        let numbers = numbers(&bytes);
        let mut project = 0;
        for four in numbers.chunks(4) {
            project += four[0];
            assert_eq!(project % 128, chunk);
            let sum = (four[1], four[1] - four[2], four[3] / 2, None);
            cells.insert([reference, status, days, start, project], sum);
        }
    }
    cells
}

/// Numbers of seven bits to a byte, low ones first.
fn numbers(bytes: &[u8]) -> Vec<i64> {
    let (mut numbers, mut number, mut shift) = (Vec::new(), 0, 0);
    for byte in bytes {
        number |= i64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    assert_eq!(shift, 0, "the last number has an end");
    numbers
}

/// Project, and its newest pipeline's creation time, id and status.
type Latest = (i64, Option<i64>, Option<i64>, Option<i64>);

fn assert_latest(conn: &Connection, facts: &[Fact]) {
    let projects: Vec<Latest> = rows(
        conn,
        "SELECT id, latest_created_at, latest_pipeline_id, latest_status FROM projects",
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    );
    for (project, created_at, id, status) in projects {
        let latest = facts
            .iter()
            .filter(|fact| fact.project == project)
            .max_by_key(|fact| (fact.created_at, fact.id))
            .map(|fact| (fact.created_at, fact.id, fact.status));
        assert_eq!(
            created_at.zip(id).zip(status).map(|((a, b), c)| (a, b, c)),
            latest
        );
    }
}
