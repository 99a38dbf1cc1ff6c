//! A sink by its address.

#[cfg(feature = "bigquery")]
use crate::bigquery::{BigQueryOptions, BigQuerySink, CompatSink};
#[cfg(feature = "clickhouse")]
use crate::clickhouse::{ClickHouseOptions, ClickHouseSink};
#[cfg(feature = "files")]
use crate::files::{Files, FilesOptions};
#[cfg(feature = "postgres")]
use crate::postgres::{Postgres, PostgresOptions};

use super::{AnySink, SinkError};

/// The sink at an address, for the data of one instance. Nothing is asked of it yet.
///
/// `bigquery` takes all its settings from variables; `gitlab-data-export` does so too, and keeps some streams in that
/// tool's tables; `clickhouse://` is ClickHouse over HTTP, `clickhouses://` over TLS;
/// `postgres://` is PostgreSQL; everything else is files: a path, `file://`, `s3://`, `gs://` or `az://`.
///
/// `lookup` tells variables of the environment: some sinks take names and credentials from them, and
/// `LABTOWER_EXPORT_FORMAT` says how files are written, as `ndjson` or as `parquet`.
///
/// # Errors
/// An address that no sink has, or a setting that cannot be used.
#[cfg_attr(
    not(any(feature = "bigquery", feature = "clickhouse", feature = "files")),
    expect(unused_variables, reason = "the other sinks need no lookup")
)]
pub fn open(
    target: &str,
    instance: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<AnySink, SinkError> {
    #[cfg(feature = "bigquery")]
    if target == "bigquery" {
        let options = BigQueryOptions::from_env(lookup)?;
        return Ok(BigQuerySink::new(&options, instance)?.into());
    }
    #[cfg(feature = "bigquery")]
    if target == "gitlab-data-export" {
        let job = lookup("CHECKPOINT_JOB_ID").unwrap_or_default();
        let options = BigQueryOptions::from_env(lookup)?;
        return Ok(CompatSink::new(&options, instance, &job)?.into());
    }
    let scheme = target.split_once("://").map_or("", |(scheme, _)| scheme);
    match scheme {
        #[cfg(feature = "files")]
        "" | "file" | "s3" | "gs" | "az" => {
            let mut options = FilesOptions::new(target, instance)?;
            let format = lookup("LABTOWER_EXPORT_FORMAT").filter(|format| !format.is_empty());
            if let Some(format) = format {
                options.format = format.parse()?;
            }
            Ok(Files::new(options)?.into())
        }
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => {
            let options = PostgresOptions::new(target, instance)?;
            Ok(Postgres::new(options)?.into())
        }
        #[cfg(feature = "clickhouse")]
        "clickhouse" | "clickhouses" => {
            // Spoken over HTTP; user, password and database may be variables instead.
            let address = target.replacen("clickhouse", "http", 1);
            let variable = |name: &str| match name {
                "CLICKHOUSE_URL" => Some(address.clone()),
                name => lookup(name),
            };
            let options = ClickHouseOptions::from_env(variable)?;
            Ok(ClickHouseSink::new(&options, instance)?.into())
        }
        other => {
            let detail = format!("there is no sink for `{other}:`");
            Err(SinkError::config("to", detail))
        }
    }
}
