//! The failed jobs that a filter of nights means: one sweep over an index.

use std::collections::HashSet;

use rusqlite::{CachedStatement, Row};

use super::Roots;
use super::marks::Marks;
use super::nights::{IssueFilter, Mark, NightFilter, Nights, RefChoice};
use crate::read::scope::holds;
use crate::{Reader, StoreError};

/// Bit of `flags`: allowed to fail.
pub(super) const ALLOWED: i64 = 1;
/// Bit of `flags`: a newer run replaced it.
pub(super) const RETRIED: i64 = 2;
/// Bit of `flags`: on the project's default branch.
pub(super) const ON_DEFAULT: i64 = 4;

/// More projects than this are found in one sweep over all.
const FEW: usize = 1_000;

/// A failed job of a night.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    /// Negative: the pipeline itself.
    pub(super) job: i64,
    pub(super) project: i64,
    pub(super) night_at: i64,
    pub(super) flags: i64,
    /// Words.
    pub(super) name: i64,
    /// Words; absent without a reason.
    pub(super) category: Option<i64>,
    /// As people know it.
    pub(super) group: Option<i64>,
}

/// A filter with every text resolved.
pub(super) struct Selection {
    /// Words, 0 for an unknown one; `None` for all.
    pub(super) sources: Option<Vec<i64>>,
    /// Ids, sorted; `None` for all.
    pub(super) projects: Option<Vec<i64>>,
    /// Words; `None` for no condition.
    pub(super) refs: Option<Vec<i64>>,
    pub(super) default_only: bool,
    /// Project and ref (word) of schedules; `None` for no condition.
    pub(super) schedules: Option<HashSet<(i64, i64)>>,
    categories: Option<Vec<i64>>,
    unexplained: bool,
    skip: i64,
    issue: Issues,
    text: Option<Text>,
    marks: Vec<Mark>,
}

enum Issues {
    Any,
    /// Groups and jobs with an issue; whether those are wanted or the others.
    Of(HashSet<i64>, HashSet<i64>, bool),
}

/// What a text was found in.
struct Text {
    names: HashSet<i64>,
    projects: HashSet<i64>,
    groups: HashSet<i64>,
    jobs: HashSet<i64>,
}

impl Selection {
    /// Whether a pipeline is meant. Source and ref are words; `default` is the project's default branch.
    pub(super) fn holds_pipeline(
        &self,
        project: i64,
        reference: i64,
        default: Option<i64>,
    ) -> bool {
        (!self.default_only || Some(reference) == default)
            && holds(self.refs.as_deref(), reference)
            && self
                .schedules
                .as_ref()
                .is_none_or(|refs| refs.contains(&(project, reference)))
    }

    fn holds(&self, row: &Failed, reference: i64) -> bool {
        row.flags & self.skip == 0
            && (!self.default_only || row.flags & ON_DEFAULT != 0)
            && holds(self.refs.as_deref(), reference)
            && holds(self.projects.as_deref(), row.project)
            && self
                .schedules
                .as_ref()
                .is_none_or(|refs| refs.contains(&(row.project, reference)))
            && self.holds_category(row.category)
            && match &self.issue {
                Issues::Any => true,
                Issues::Of(groups, jobs, wanted) => {
                    let linked = row.group.is_some_and(|group| groups.contains(&group))
                        || jobs.contains(&row.job);
                    linked == *wanted
                }
            }
            && self.text.as_ref().is_none_or(|text| {
                text.names.contains(&row.name)
                    || text.projects.contains(&row.project)
                    || row.group.is_some_and(|group| text.groups.contains(&group))
                    || text.jobs.contains(&row.job)
            })
    }

    fn holds_category(&self, category: Option<i64>) -> bool {
        let Some(categories) = &self.categories else {
            return true;
        };
        category.map_or(self.unexplained, |category| {
            categories.binary_search(&category).is_ok()
        })
    }
}

impl Reader<'_> {
    /// Resolves a filter; `None` when nothing can match it.
    pub(super) fn night_selection(
        &self,
        filter: &NightFilter,
        nights: &Nights,
        roots: &Roots,
    ) -> Result<Option<Selection>, StoreError> {
        let projects = self.night_projects(filter)?;
        let refs = match &filter.refs {
            RefChoice::Named(names) => self.named_words(names)?,
            RefChoice::Default | RefChoice::All => None,
        };
        let mut categories = self.named_words(&filter.categories)?;
        if let Some(ids) = &mut categories {
            ids.sort_unstable();
        }
        let sources = self.named_words(&filter.sources)?;
        if [&projects, &refs, &sources]
            .into_iter()
            .flatten()
            .any(Vec::is_empty)
        {
            return Ok(None);
        }
        let mut skip = 0;
        if !filter.allowed_to_fail {
            skip |= ALLOWED;
        }
        if !filter.retried {
            skip |= RETRIED;
        }
        let text = match filter.text.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(self.night_text(text, nights, roots)?),
        };
        Ok(Some(Selection {
            sources,
            projects,
            refs,
            default_only: filter.refs == RefChoice::Default,
            schedules: self.schedule_refs(filter)?,
            categories,
            unexplained: filter.categories.iter().any(|name| name == "unexplained"),
            skip,
            issue: self.night_issues(&filter.issue, roots)?,
            text,
            marks: filter.marks.clone(),
        }))
    }

    /// Ids of the projects a filter names; `None` for all.
    fn night_projects(&self, filter: &NightFilter) -> Result<Option<Vec<i64>>, StoreError> {
        if filter.projects.is_empty() && filter.groups.is_empty() && filter.topics.is_empty() {
            return Ok(None);
        }
        let mut named: Option<HashSet<i64>> = None;
        if !filter.projects.is_empty() || !filter.groups.is_empty() {
            let mut ids: HashSet<i64> = self.project_ids(&filter.projects)?.into_iter().collect();
            for group in &filter.groups {
                let group = group.trim_matches('/');
                // '0' is the character after '/'.
                let below = self.column::<i64>(
                    "SELECT id FROM projects INDEXED BY projects_by_path
                     WHERE path_with_namespace >= ?1 || '/' AND path_with_namespace < ?1 || '0'",
                    [group],
                )?;
                ids.extend(below);
            }
            named = Some(ids);
        }
        if !filter.topics.is_empty() {
            let mut statement = self
                .conn
                .prepare_cached("SELECT id, topics FROM projects WHERE topics <> '[]'")?;
            let mut rows = statement.query([])?;
            let mut with = HashSet::new();
            while let Some(row) = rows.next()? {
                let topics: String = row.get(1)?;
                let topics: Vec<String> = super::json(&topics, "the topics of a project")?;
                if topics.iter().any(|topic| filter.topics.contains(topic)) {
                    with.insert(row.get(0)?);
                }
            }
            named = Some(match named {
                Some(named) => named.intersection(&with).copied().collect(),
                None => with,
            });
        }
        let mut ids: Vec<i64> = named.unwrap_or_default().into_iter().collect();
        ids.sort_unstable();
        Ok(Some(ids))
    }

    fn schedule_refs(
        &self,
        filter: &NightFilter,
    ) -> Result<Option<HashSet<(i64, i64)>>, StoreError> {
        if filter.schedules.is_empty() {
            return Ok(None);
        }
        let mut statement = self.conn.prepare_cached(
            "SELECT s.project_id, w.id FROM pipeline_schedules s JOIN words w ON w.text = s.ref WHERE s.id = ?1",
        )?;
        let mut refs = HashSet::new();
        for schedule in &filter.schedules {
            let rows =
                statement.query_map([schedule.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                refs.insert(row?);
            }
        }
        Ok(Some(refs))
    }

    fn night_issues(&self, filter: &IssueFilter, roots: &Roots) -> Result<Issues, StoreError> {
        let (condition, wanted, path, iid) = match filter {
            IssueFilter::Any => return Ok(Issues::Any),
            IssueFilter::Linked => ("?1 IS NULL AND ?2 IS NULL", true, None, None),
            IssueFilter::Unlinked => ("?1 IS NULL AND ?2 IS NULL", false, None, None),
            IssueFilter::Is(key) => (
                "project_path = ?1 AND iid = ?2",
                true,
                Some(key.project_path.as_str()),
                Some(key.iid),
            ),
        };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT group_id, job_id FROM issue_links WHERE removed_at IS NULL AND {condition}"
        ))?;
        let mut rows = statement.query((path, iid))?;
        let (mut groups, mut jobs) = (HashSet::new(), HashSet::new());
        while let Some(row) = rows.next()? {
            groups.extend(row.get::<_, Option<i64>>(0)?.map(|group| roots.of(group)));
            jobs.extend(row.get::<_, Option<i64>>(1)?);
        }
        Ok(Issues::Of(groups, jobs, wanted))
    }

    fn night_text(&self, text: &str, nights: &Nights, roots: &Roots) -> Result<Text, StoreError> {
        // `%`, `_` and `\` stand for themselves.
        let mut like = String::from("%");
        for letter in text.chars() {
            if matches!(letter, '%' | '_' | '\\') {
                like.push('\\');
            }
            like.push(letter);
        }
        like.push('%');
        let iid: Option<i64> = text.rsplit_once('#').and_then(|(_, iid)| iid.parse().ok());
        let path = text
            .rsplit_once('#')
            .map(|(path, _)| path)
            .filter(|path| !path.is_empty());
        let names = self.column::<i64>(
            "SELECT id FROM words WHERE text LIKE ?1 ESCAPE '\\'
               AND id IN (SELECT DISTINCT name FROM failed_jobs WHERE night_at >= ?2 AND night_at < ?3)",
            (&like, nights.begin(), nights.end()),
        )?;
        let projects = self.column::<i64>(
            "SELECT id FROM projects WHERE path_with_namespace LIKE ?1 ESCAPE '\\'",
            [&like],
        )?;
        let mut groups = self.column::<i64>(
            "SELECT id FROM failure_groups WHERE pattern LIKE ?1 ESCAPE '\\' OR title LIKE ?1 ESCAPE '\\'",
            [&like],
        )?;
        let mut jobs = self.column::<i64>(
            "SELECT r.job_id FROM reasons r JOIN failed_jobs f ON f.job_id = r.job_id
             WHERE r.headline LIKE ?1 ESCAPE '\\' AND f.night_at >= ?2 AND f.night_at < ?3",
            (&like, nights.begin(), nights.end()),
        )?;
        if let Some(iid) = iid {
            let links = "FROM issue_links WHERE removed_at IS NULL AND iid = ?1 AND (?2 IS NULL OR project_path = ?2)";
            groups.extend(self.column::<i64>(
                &format!("SELECT group_id {links} AND group_id IS NOT NULL"),
                (iid, path),
            )?);
            jobs.extend(self.column::<i64>(
                &format!("SELECT job_id {links} AND job_id IS NOT NULL"),
                (iid, path),
            )?);
        }
        Ok(Text {
            names: names.into_iter().collect(),
            projects: projects.into_iter().collect(),
            groups: groups.into_iter().map(|group| roots.of(group)).collect(),
            jobs: jobs.into_iter().collect(),
        })
    }

    /// The failed jobs of a selection, in no order.
    pub(super) fn failed_in(
        &self,
        selection: &Selection,
        nights: &Nights,
        roots: &Roots,
    ) -> Result<Vec<Failed>, StoreError> {
        let mut found = Vec::new();
        let take = |row: &Row<'_>| -> rusqlite::Result<(Failed, i64)> {
            let failed = Failed {
                job: row.get(0)?,
                project: row.get(1)?,
                night_at: row.get(2)?,
                flags: row.get(3)?,
                name: row.get(4)?,
                category: row.get(6)?,
                group: row.get::<_, Option<i64>>(7)?.map(|group| roots.of(group)),
            };
            Ok((failed, row.get(5)?))
        };
        let mut sweep = |statement: &mut CachedStatement<'_>, key: i64| -> Result<(), StoreError> {
            let mut rows = statement.query((key, nights.begin(), nights.end()))?;
            while let Some(row) = rows.next()? {
                let (failed, reference) = take(row)?;
                if selection.holds(&failed, reference) {
                    found.push(failed);
                }
            }
            Ok(())
        };
        let columns = "job_id, project_id, night_at, flags, name, ref, category, group_id";
        match &selection.projects {
            Some(projects) if projects.len() <= FEW => {
                let sources = selection.sources.as_ref().map(|sources| {
                    let ids: Vec<String> = sources.iter().map(ToString::to_string).collect();
                    format!("AND source IN ({})", ids.join(", "))
                });
                let mut statement = self.conn.prepare_cached(&format!(
                    "SELECT {columns} FROM failed_jobs INDEXED BY failed_jobs_by_project
                     WHERE project_id = ?1 AND night_at >= ?2 AND night_at < ?3 {}",
                    sources.unwrap_or_default()
                ))?;
                for project in projects {
                    sweep(&mut statement, *project)?;
                }
            }
            _ => {
                let sources = match &selection.sources {
                    Some(sources) => sources.clone(),
                    None => self.failed_sources()?,
                };
                let mut statement = self.conn.prepare_cached(&format!(
                    "SELECT {columns} FROM failed_jobs INDEXED BY failed_jobs_by_night
                     WHERE source = ?1 AND night_at >= ?2 AND night_at < ?3"
                ))?;
                for source in sources {
                    sweep(&mut statement, source)?;
                }
            }
        }
        self.keep_marked(selection, nights, roots, &mut found)?;
        Ok(found)
    }

    /// Every source that failed jobs have; one step down the index for each.
    fn failed_sources(&self) -> Result<Vec<i64>, StoreError> {
        self.column(
            "WITH RECURSIVE sources (id) AS (
               SELECT min(source) FROM failed_jobs
               UNION ALL
               SELECT (SELECT min(source) FROM failed_jobs WHERE source > sources.id) FROM sources
               WHERE sources.id IS NOT NULL)
             SELECT id FROM sources WHERE id IS NOT NULL",
            [],
        )
    }

    fn keep_marked(
        &self,
        selection: &Selection,
        nights: &Nights,
        roots: &Roots,
        found: &mut Vec<Failed>,
    ) -> Result<(), StoreError> {
        if selection.marks.is_empty() {
            return Ok(());
        }
        let mut marks = Marks::new(self, roots)?;
        let mut kept = Vec::new();
        for row in &*found {
            let Some(group) = row.group else { continue };
            let begins = nights.bounds[nights.index(row.night_at)];
            let mark = marks.of(self, group, begins)?;
            if mark.is_some_and(|mark| selection.marks.contains(&mark)) {
                kept.push(*row);
            }
        }
        *found = kept;
        Ok(())
    }
}
