//! Processes that write and are killed.

use labtower_export::files::Format;

use crate::places::database::Database;
use crate::places::files::FilesPlace;
use crate::places::postgres::{DSN, Schema};
use crate::shared::writers::{nothing_is_lost_or_doubled_by_kills, write_until_killed};

/// The test that is a writer.
const WRITER: &str = "kill::writes_until_killed";
/// Environment variable with the directory or schema that a writer writes to.
const PLACE: &str = "LABTOWER_TEST_PLACE";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run and killed by other tests"]
async fn writes_until_killed() {
    let Ok(name) = std::env::var(PLACE) else {
        return;
    };
    if let Ok(dsn) = std::env::var(DSN) {
        write_until_killed(Schema { dsn, name }).await;
    } else {
        let mut place = FilesPlace::directory(Format::Ndjson);
        place.target = name;
        write_until_killed(place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_in_files_by_kills() {
    let place = FilesPlace::directory(Format::Ndjson);
    let variables = [(PLACE, place.target.clone())];
    nothing_is_lost_or_doubled_by_kills(&place, WRITER, &variables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_in_postgresql_by_kills() {
    let Some(database) = Database::start() else {
        return;
    };
    let place = Schema {
        dsn: database.dsn(),
        name: "killed".to_owned(),
    };
    let variables = [(PLACE, place.name.clone()), (DSN, place.dsn.clone())];
    nothing_is_lost_or_doubled_by_kills(&place, WRITER, &variables).await;
}
