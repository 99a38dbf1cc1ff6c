//! Names of all projects and how their last pipelines ended, kept for as long as the data stands still.
//!
//! Thousands of rows that hardly ever change would otherwise be half the work of every table of projects.

use std::sync::{Arc, Mutex, PoisonError};

use crate::rollup::chunk;
use crate::{Reader, StoreError};

/// What a table says of a project besides its figures.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) id: i64,
    pub(super) name: Arc<str>,
    pub(super) path: Arc<str>,
    /// Empty when it has no pipeline.
    pub(super) last_status: Arc<str>,
}

impl Description {
    /// Orders projects as the rows of `spans` hold them: by chunk and id.
    pub(super) fn place(id: i64) -> (i64, i64) {
        (chunk(id), id)
    }
}

/// The descriptions of one generation of the data; shared by all readers of a store.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(Mutex<Option<(i64, Arc<Vec<Description>>)>>);

impl Reader<'_> {
    /// All projects that are stored, in the order of [`Description::place`].
    pub(super) fn descriptions(&self) -> Result<Arc<Vec<Description>>, StoreError> {
        let generation: i64 = self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = 'data_generation'")?
            .query_row([], |row| row.get(0))?;
        let kept = || {
            self.descriptions
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((of, descriptions)) = &*kept()
            && *of == generation
        {
            return Ok(Arc::clone(descriptions));
        }
        let descriptions = Arc::new(self.describe_all()?);
        *kept() = Some((generation, Arc::clone(&descriptions)));
        Ok(descriptions)
    }

    fn describe_all(&self) -> Result<Vec<Description>, StoreError> {
        let mut statuses: Vec<(i64, Arc<str>)> = vec![(0, Arc::from(""))];
        let mut all = self.conn.prepare_cached(
            "SELECT id, name, path_with_namespace, coalesce(latest_status, 0) FROM projects",
        )?;
        let mut rows = all.query([])?;
        let mut descriptions = Vec::new();
        while let Some(row) = rows.next()? {
            let status = row.get(3)?;
            let known = statuses.iter().find(|(id, _)| *id == status);
            let last_status = if let Some((_, text)) = known {
                Arc::clone(text)
            } else {
                let text: Arc<str> = self.word(status)?.into();
                statuses.push((status, Arc::clone(&text)));
                text
            };
            descriptions.push(Description {
                id: row.get(0)?,
                name: row.get(1)?,
                path: row.get(2)?,
                last_status,
            });
        }
        descriptions.sort_unstable_by_key(|project| Description::place(project.id));
        Ok(descriptions)
    }
}
