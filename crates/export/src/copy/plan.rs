//! What a run would do.

use std::collections::BTreeMap;

use labtower_extract::{Reading, Stream};
use labtower_gitlab::Client;
use serde::Serialize;

use super::parents::Parents;
use super::{CopyError, CopyOptions};
use crate::sink::Sink;

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
    for stream in streams {
        // A sink that has no tables yet knows nothing.
        let position = sink.position(stream.name).await.unwrap_or_default();
        let mut planned = PlannedStream::default();
        for parent in parents.of_kind(stream.parent) {
            planned.lists += 1;
            planned.new += u64::from(!position.cursors.contains_key(&parent.to_string()));
        }
        if !matches!(stream.reading, Reading::Each { .. }) {
            plan.least_requests += planned.lists;
        }
        if planned.lists > 0 {
            plan.streams.insert(stream.name, planned);
        }
    }
    Ok(plan)
}

/// Streams that read the same list, in the catalogue's order: that list's own stream, and what belongs to its rows.
pub(super) fn families(streams: &[&'static Stream]) -> Vec<Vec<&'static Stream>> {
    let mut families: Vec<(&'static str, Vec<&'static Stream>)> = Vec::new();
    for stream in streams {
        let root = root(stream);
        match families.iter_mut().find(|(name, _)| *name == root) {
            Some((_, family)) => family.push(stream),
            None => families.push((root, vec![stream])),
        }
    }
    families.into_iter().map(|(_, family)| family).collect()
}

/// Name of the list at the bottom of a stream.
fn root(stream: &'static Stream) -> &'static str {
    let (Reading::Each { of, .. } | Reading::Ids { of, .. }) = stream.reading else {
        return stream.name;
    };
    let first = of.first().copied().unwrap_or(stream.name);
    let outer = labtower_extract::CATALOGUE
        .iter()
        .find(|it| it.name == first);
    outer.map_or(first, |outer| root(outer))
}
