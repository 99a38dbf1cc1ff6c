//! Counting everything anew, in bulk.

use rusqlite::Connection;

use super::bounds::{DURATION_BOUNDS, QUEUE_BOUNDS, bucket_sql};
use super::contribution::Measure;
use super::heads::is_own;
use super::job_fact::ENDED;
use crate::{StoreError, settle};

/// Version of what is counted where; a file with another one is counted anew when it is opened.
const VERSION: i64 = 1;

/// Columns of the key that some measures leave 0.
const PROPERTIES: [&str; 9] = [
    "ref",
    "ref_kind",
    "source",
    "stage",
    "name",
    "tags",
    "status",
    "failure_reason",
    "bucket",
];

/// Counts everything if the file was written before there were totals, or by a version that counted otherwise.
pub(crate) fn settle(conn: &mut Connection) -> Result<(), StoreError> {
    settle::settle(conn, "totals_version", VERSION, rebuild)
}

/// Replaces what is a recount of the rows by one; `gone` stays.
pub(crate) fn rebuild(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "DELETE FROM totals WHERE gone = 0 AND gone_sum = 0;
         UPDATE totals SET count = 0, sum = 0;
         DELETE FROM ref_heads;",
    )?;
    for count in counts() {
        conn.execute(&count.sql(), [])?;
    }
    conn.execute(
        &format!(
            "INSERT INTO ref_heads (project_id, ref, ref_kind, pipeline_id, created_at)
             SELECT project_id, ref, ref_kind, id, created_at FROM (
               SELECT project_id, ref, ref_kind, id, created_at,
                      row_number() OVER (PARTITION BY project_id, ref, ref_kind ORDER BY created_at DESC, id DESC) AS n
               FROM pipelines WHERE ref IS NOT NULL AND {})
             WHERE n = 1",
            is_own("source")
        ),
        [],
    )?;
    Ok(())
}

/// How one measure is counted.
struct Count {
    measure: Measure,
    /// Tables, and the project's column.
    from: (&'static str, &'static str),
    filter: String,
    /// Properties it tells apart, each with its expression.
    by: Vec<(&'static str, String)>,
    /// Milliseconds; NULL for none.
    millis: Option<&'static str>,
}

impl Count {
    fn sql(&self) -> String {
        let property = |name: &&str| {
            self.by
                .iter()
                .find(|(known, _)| known == name)
                .map_or("0", |(_, expression)| expression)
        };
        let places: Vec<&str> = PROPERTIES.iter().map(property).collect();
        let groups: Vec<&str> = self.by.iter().map(|(_, sql)| sql.as_str()).collect();
        let sum = self.millis.unwrap_or("NULL");
        let (tables, project) = self.from;
        format!(
            "INSERT INTO totals (measure, project_id, {}, count, gone, sum, gone_sum)
             SELECT {}, {project}, {}, count(*), 0, coalesce(sum({sum}), 0), 0
             FROM {tables} WHERE {} GROUP BY {project}, {}
             ON CONFLICT DO UPDATE SET count = excluded.count, sum = excluded.sum",
            PROPERTIES.join(", "),
            self.measure as i64,
            places.join(", "),
            self.filter,
            groups.join(", "),
        )
    }
}

fn counts() -> Vec<Count> {
    let pipelines = ("pipelines p", "p.project_id");
    let jobs = (
        "jobs j JOIN pipelines p ON p.id = j.pipeline_id",
        "p.project_id",
    );
    // Where nothing of the pipeline is asked for, the job knows the project.
    let jobs_alone = ("jobs j", "j.project_id");
    let finished = "p.status IN (7, 8, 10, 11)";
    let [passed, failed, canceled] = ENDED;
    let ended = format!("j.kind = 0 AND j.status IN ({passed}, {failed}, {canceled})");
    let by = |properties: &[(&'static str, &str)]| {
        properties
            .iter()
            .map(|(name, sql)| (*name, (*sql).to_owned()))
            .collect::<Vec<_>>()
    };
    let bucket = |mut list: Vec<(&'static str, String)>, bounds: &[i64], millis: &str| {
        list.push(("bucket", bucket_sql(bounds, millis)));
        list
    };
    let (duration, queued) = (
        "p.duration * 1000",
        "CAST(round(p.queued_duration * 1000) AS INTEGER)",
    );
    let (job_duration, job_queued) = (
        "j.duration * 1000",
        "CAST(round(j.queued_duration * 1000) AS INTEGER)",
    );
    let (ref_kind, source) = (
        ("ref_kind", "p.ref_kind"),
        ("source", "coalesce(p.source, 0)"),
    );
    let (stage, name) = (("stage", "coalesce(j.stage, 0)"), ("name", "j.name"));
    let tags = ("tags", "coalesce(j.tags, 0)");
    let reason = ("failure_reason", "coalesce(j.failure_reason, 0)");
    let reference = ("ref", "coalesce(p.ref, 0)");
    vec![
        Count {
            measure: Measure::PipelinesByRef,
            from: pipelines,
            filter: "true".to_owned(),
            by: by(&[reference, ref_kind, source]),
            millis: None,
        },
        Count {
            measure: Measure::PipelinesEnded,
            from: pipelines,
            filter: finished.to_owned(),
            by: bucket(
                by(&[ref_kind, source, ("status", "p.status")]),
                &DURATION_BOUNDS,
                duration,
            ),
            millis: Some(duration),
        },
        Count {
            measure: Measure::PipelinesWaited,
            from: pipelines,
            filter: format!("{finished} AND p.queued_duration IS NOT NULL"),
            by: bucket(by(&[ref_kind, source]), &QUEUE_BOUNDS, queued),
            millis: Some(queued),
        },
        Count {
            measure: Measure::PipelinesFailed,
            from: pipelines,
            filter: "p.status = 8 AND p.failure_reason IS NOT NULL".to_owned(),
            by: by(&[("failure_reason", "p.failure_reason")]),
            millis: None,
        },
        Count {
            measure: Measure::JobsByRef,
            from: jobs,
            filter: ended.clone(),
            by: by(&[reference, ref_kind, source, stage, name, tags, reason]),
            millis: None,
        },
        Count {
            measure: Measure::JobsEnded,
            from: jobs,
            filter: ended.clone(),
            by: bucket(
                by(&[ref_kind, stage, tags, ("status", "j.status"), reason]),
                &DURATION_BOUNDS,
                job_duration,
            ),
            millis: Some(job_duration),
        },
        Count {
            measure: Measure::JobsWaited,
            from: jobs_alone,
            filter: format!("{ended} AND j.queued_duration IS NOT NULL"),
            by: bucket(by(&[tags]), &QUEUE_BOUNDS, job_queued),
            millis: Some(job_queued),
        },
        Count {
            measure: Measure::JobsRetried,
            from: jobs_alone,
            filter: format!("{ended} AND j.retried"),
            by: by(&[stage, name]),
            millis: None,
        },
        Count {
            measure: Measure::JobsFlaky,
            from: jobs_alone,
            filter: "j.kind = 0 AND j.status = 8 AND j.retried AND EXISTS (
                SELECT 1 FROM jobs s WHERE s.pipeline_id = j.pipeline_id AND s.name = j.name
                  AND s.kind = 0 AND s.status = 7)"
                .to_owned(),
            by: by(&[stage, name]),
            millis: None,
        },
    ]
}
