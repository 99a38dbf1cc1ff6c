//! What a run would do.

use std::collections::{BTreeMap, BTreeSet};

use labtower_extract::{CATALOGUE, Parent, Reading, Stream};
use labtower_gitlab::Client;
use serde::Serialize;

use super::parents::Parents;
use super::places::places_now;
use super::{CopyError, CopyOptions};
use crate::sink::Sink;

/// Most lists whose cursors are asked for at once, 32 bytes of memory and one line of an answer each.
const MOST_LISTS: usize = 100_000;

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Lists by stream.
    pub streams: BTreeMap<&'static str, PlannedStream>,
    /// Requests that are needed even if nothing has changed.
    pub least_requests: u64,
}

/// Lists of one stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlannedStream {
    /// Lists in all, one for each parent.
    pub lists: u64,
    /// Lists that were never read: their whole history comes.
    pub new: u64,
}

/// Looks what a run would do. Writes nothing; the sink is asked how far it is, if it is there.
///
/// # Errors
/// The roots cannot be read, a stream does not exist.
pub async fn plan<S: Sink>(
    client: &Client,
    sink: &S,
    options: &CopyOptions,
) -> Result<Plan, CopyError> {
    let streams = options.streams()?;
    let parents = Parents::of(client, &options.roots).await?;
    let mut plan = Plan::default();
    for group in groups(families(&streams), &parents) {
        let group: Vec<&'static Stream> = group.into_iter().flatten().collect();
        // A sink that has no tables yet knows nothing.
        let places = places_now(sink, &group, &parents).await.unwrap_or_default();
        for stream in group {
            let is_known = |parent: &&Parent| {
                let place = places.get(stream.name);
                place.is_some_and(|place| place.cursors.has(**parent))
            };
            let lists = parents.of_kind(stream.parent);
            let planned = PlannedStream {
                lists: lists.len() as u64,
                new: lists.iter().filter(|parent| !is_known(parent)).count() as u64,
            };
            if !matches!(stream.reading, Reading::Each { .. }) {
                plan.least_requests += planned.lists;
            }
            if planned.lists > 0 {
                plan.streams.insert(stream.name, planned);
            }
        }
    }
    Ok(plan)
}

/// Families whose places are asked for together: as many as have [`MOST_LISTS`], and a larger one alone.
pub(super) fn groups(
    families: Vec<Vec<&'static Stream>>,
    parents: &Parents,
) -> Vec<Vec<Vec<&'static Stream>>> {
    let mut groups: Vec<Vec<Vec<&'static Stream>>> = Vec::new();
    let mut waiting = 0;
    for family in families {
        let of = |stream: &&Stream| parents.of_kind(stream.parent).len();
        let lists: usize = family.iter().map(of).sum();
        match groups.last_mut() {
            Some(group) if waiting + lists <= MOST_LISTS => group.push(family),
            _ => {
                waiting = 0;
                groups.push(vec![family]);
            }
        }
        waiting += lists;
    }
    groups
}

/// Streams that read the same lists, in the catalogue's order: a list's own stream, what belongs to its rows, and what
/// its rows lead to.
pub(super) fn families(streams: &[&'static Stream]) -> Vec<Vec<&'static Stream>> {
    let mut families: Vec<Family> = Vec::new();
    for (at, stream) in streams.iter().enumerate() {
        let mut family = Family::of(at, stream);
        families.retain_mut(|other| {
            let is_apart = other.lists.is_disjoint(&family.lists);
            if !is_apart {
                family.lists.append(&mut other.lists);
                family.streams.append(&mut other.streams);
            }
            is_apart
        });
        families.push(family);
    }
    families.sort_by_key(|family| family.streams.first().copied());
    let streams_of = |family: Family| family.streams.into_iter().map(|at| streams[at]).collect();
    families.into_iter().map(streams_of).collect()
}

/// Streams that read the same lists.
struct Family {
    /// Names of the lists.
    lists: BTreeSet<&'static str>,
    /// Places of the streams among all.
    streams: BTreeSet<usize>,
}

impl Family {
    /// A stream alone, with the lists it reads.
    fn of(at: usize, stream: &'static Stream) -> Self {
        let mut lists = BTreeSet::from([stream.name]);
        let mut read = vec![stream];
        while let Some(stream) = read.pop() {
            let (Reading::Each { of, .. }
            | Reading::Ids { of, .. }
            | Reading::History { tips: of, .. }) = stream.reading
            else {
                continue;
            };
            for name in of {
                if lists.insert(name) {
                    read.extend(CATALOGUE.iter().find(|it| it.name == *name));
                }
            }
        }
        Self {
            lists,
            streams: BTreeSet::from([at]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<Vec<&'static str>> {
        let all = CATALOGUE.iter().copied();
        let streams: Vec<_> = all.filter(|it| only.contains(&it.name)).collect();
        let name = |family: Vec<&'static Stream>| family.iter().map(|it| it.name).collect();
        families(&streams).into_iter().map(name).collect()
    }

    #[test]
    fn small_families_are_asked_for_together() {
        let all = |only: &[&str]| {
            let all = CATALOGUE.iter().copied();
            families(&all.filter(|it| only.contains(&it.name)).collect::<Vec<_>>())
        };
        let families = all(&[
            "project_labels",
            "issues",
            "issue_notes",
            "branches",
            "groups",
        ]);
        let sizes = |projects: i64| -> Vec<usize> {
            let parents = Parents::these((1..=projects).map(Parent::project));
            let groups = groups(families.clone(), &parents);
            groups.iter().map(Vec::len).collect()
        };
        assert_eq!(families.len(), 4);
        assert_eq!(sizes(1), [4]);
        assert_eq!(sizes(20_000), [4]);
        assert_eq!(sizes(30_000).iter().sum::<usize>(), 4);
        assert_eq!(sizes(30_000).len(), 2);
        // `issues` and its notes stay together.
        assert_eq!(sizes(100_000).len(), 3);
    }

    #[test]
    fn what_reads_the_same_lists_is_one_family() {
        assert_eq!(
            names(&["issue_notes", "project_labels", "issue_links"]),
            [vec!["project_labels"], vec!["issue_notes", "issue_links"]]
        );
        assert_eq!(
            names(&["commits", "issues", "branches", "tags"]),
            [vec!["issues"], vec!["commits", "branches", "tags"]]
        );
    }
}
