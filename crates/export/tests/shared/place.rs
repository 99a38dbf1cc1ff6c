//! Where sinks keep rows, and how a test looks at them.

use labtower_export::sink::{Commit, Sink, SinkError};

use super::kept::{Kept, all};
use super::world::{INSTANCE, STREAM, batch, cursors, table};

/// Where the sinks under test keep rows.
pub(crate) trait Place: Send + Sync + 'static {
    /// The sink under test.
    type Sink: Sink + 'static;

    /// Whether of two writers at once one may be told to try again.
    const CONTENDED: bool = false;

    /// Whether tables have to be prepared before anything is asked.
    const WANTS_TABLES: bool = false;

    /// How much is asked of it.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// A sink for an instance, as a new process has it.
    fn sink(&self, instance: &str) -> Self::Sink;

    /// The same for the instance of most tests.
    fn open(&self) -> Self::Sink {
        self.sink(INSTANCE)
    }

    /// All rows of a table or view, in the order of batches and places; `None` where there are no views.
    fn read(&self, name: &str) -> impl Future<Output = Option<Vec<Kept>>> + Send;

    /// Rows of a stream of an instance.
    fn rows_of(&self, instance: &str, stream: &str) -> impl Future<Output = Vec<Kept>> + Send {
        async move {
            let mut rows = self.read(stream).await.unwrap();
            rows.retain(|row| row.instance == instance);
            rows
        }
    }

    /// The same of the instance of most tests.
    fn rows(&self, stream: &str) -> impl Future<Output = Vec<Kept>> + Send {
        self.rows_of(INSTANCE, stream)
    }

    /// Rows of the stream's view of newest versions.
    fn latest(&self, stream: &str) -> impl Future<Output = Option<Vec<Kept>>> + Send {
        async move { self.read(&format!("latest_{stream}")).await }
    }

    /// As much of a row as there can be here.
    fn possible(&self, row: Kept) -> Kept {
        row
    }
}

/// How much is asked of a place: less where each batch takes long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Batches of a test that needs many.
    pub(crate) batches: u64,
    /// Commits that are aborted.
    pub(crate) aborts: u32,
    /// Polls before which they are.
    pub(crate) polls: u32,
    /// Rounds in which two writers are killed.
    pub(crate) kills: u64,
    /// Longest time until the next one is killed, in milliseconds.
    pub(crate) moment: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batches: 25,
            aborts: 200,
            polls: 16,
            kills: 25,
            moment: 200,
        }
    }
}

/// Makes tests of functions that take a place: `on!(Place::new => contract::this, writers::that)`.
///
/// After `perhaps`, there may be no place for want of a server; after `server`, the test that starts it runs them.
macro_rules! on {
    (perhaps $new:path => $($tests:tt)*) => {
        $crate::shared::place::on!(@all [] perhaps $new => $($tests)*);
    };
    (server $new:path => $($tests:tt)*) => {
        $crate::shared::place::on!(
            @all [#[ignore = "run by the test that starts the server"]] perhaps $new => $($tests)*
        );
    };
    ($new:path => $($tests:tt)*) => {
        $crate::shared::place::on!(@all [] surely $new => $($tests)*);
    };
    (@all $attributes:tt $how:ident $new:path => $($module:ident::$name:ident),* $(,)?) => {
        $($crate::shared::place::on!(@one $attributes $how $new => $module::$name);)*
    };
    (@one [$(#[$attribute:meta])*] $how:ident $new:path => $module:ident::$name:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        $(#[$attribute])*
        async fn $name() {
            $crate::shared::place::on!(@run $how $new(stringify!($name)) => $module::$name);
        }
    };
    (@run perhaps $place:expr => $module:ident::$name:ident) => {
        if let Some(place) = $place {
            $module::$name(place).await;
        }
    };
    (@run surely $place:expr => $module:ident::$name:ident) => {
        $module::$name($place).await;
    };
}
pub(crate) use on;

/// A sink with the table of most tests.
pub(crate) async fn prepared<P: Place>(place: &P) -> P::Sink {
    let sink = place.open();
    sink.prepare(&[table()]).await.unwrap();
    sink
}

/// Compares rows with what they have to be.
pub(crate) fn assert_rows(place: &impl Place, found: &[Kept], expected: Vec<Kept>) {
    assert_eq!(found.len(), expected.len(), "rows");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(*found, place.possible(expected));
    }
}

/// The batches 1 to `last` are there, and nothing else.
pub(crate) async fn assert_all(place: &impl Place, last: u64) {
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.number, last);
    assert_eq!(position.cursors, cursors(last));
    assert_rows(place, &place.rows(STREAM).await, all(last));
}

/// Commits one more batch, after which nothing that was abandoned can come any more; its number.
pub(crate) async fn settled<P: Place>(place: &P) -> u64 {
    let sink = place.open();
    loop {
        let number = sink.position(STREAM).await.unwrap().number;
        if done::<P>(sink.commit(&batch(number + 1)).await) {
            return number + 1;
        }
    }
}

/// Whether a commit was done; an error is one that the place may have.
pub(crate) fn done<P: Place>(commit: Result<Commit, SinkError>) -> bool {
    match commit {
        Err(error) => {
            assert!(P::CONTENDED && error.is_retryable(), "{error}");
            false
        }
        Ok(commit) => commit == Commit::Done,
    }
}
