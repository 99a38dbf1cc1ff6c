//! The body of one request.

use std::collections::BTreeMap;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use std::io::Write as _;

use super::attributes::Attributes;
use super::ids::Ids;
use super::map::Unit;
use super::options::OtlpOptions;
use super::proto::{Resource, ResourceSpans, Scope, ScopeSpans, TracesRequest};

/// Version of the semantic conventions that the attributes follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.37.0";

/// A request ready to be sent.
#[derive(Debug)]
pub(super) struct Body {
    /// The protobuf, compressed if so configured.
    pub(super) bytes: Vec<u8>,
    /// Spans in it.
    pub(super) spans: u64,
}

/// Puts the units into one request, by project.
pub(super) fn body(units: &[Unit], ids: &Ids, options: &OtlpOptions) -> Body {
    let request = request(units, ids, options);
    let count = |resource: &ResourceSpans| {
        resource
            .scope_spans
            .iter()
            .map(|s| s.spans.len())
            .sum::<usize>()
    };
    let spans = request.resource_spans.iter().map(count).sum::<usize>() as u64;
    let plain = request.encode_to_vec();
    let bytes = if options.gzip {
        compressed(&plain)
    } else {
        plain
    };
    Body { bytes, spans }
}

fn request(units: &[Unit], ids: &Ids, options: &OtlpOptions) -> TracesRequest {
    let mut projects: BTreeMap<_, Vec<&Unit>> = BTreeMap::new();
    for unit in units {
        projects
            .entry(unit.pipeline.project_id)
            .or_default()
            .push(unit);
    }
    let resource_spans = projects.into_values().map(|units| ResourceSpans {
        resource: units.first().map(|unit| resource(unit, options)),
        scope_spans: vec![ScopeSpans {
            scope: Some(Scope {
                name: "labtower".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            }),
            spans: units.iter().flat_map(|unit| unit.spans(ids)).collect(),
            schema_url: SCHEMA.to_owned(),
        }],
        schema_url: SCHEMA.to_owned(),
    });
    TracesRequest {
        resource_spans: resource_spans.collect(),
    }
}

/// The project; what is configured wins over what we would say.
fn resource(unit: &Unit, options: &OtlpOptions) -> Resource {
    let row = &unit.pipeline;
    let path = row.project_full_path.as_str();
    let page = row
        .web_url
        .as_deref()
        .and_then(|url| url.split("/-/").next());
    let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
    let service = options.service_name.as_deref().unwrap_or(path);
    let mut own = vec![
        ("service.name", service.to_owned()),
        ("vcs.provider.name", "gitlab".to_owned()),
        ("vcs.repository.name", name.to_owned()),
        ("vcs.owner.name", owner.to_owned()),
        (
            "vcs.repository.url.full",
            page.unwrap_or_default().to_owned(),
        ),
        ("gitlab.project.id", row.project_id.to_string()),
    ];
    own.retain(|(key, value)| {
        let configured = options
            .resource_attributes
            .iter()
            .any(|(name, _)| name == key);
        !value.is_empty() && !configured
    });
    let mut attributes = Attributes::default();
    for (key, value) in own {
        attributes.text(key, value);
    }
    for (key, value) in &options.resource_attributes {
        attributes.text(key, value.as_str());
    }
    Resource {
        attributes: attributes.done(),
    }
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
    let written = encoder.write_all(plain);
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    encoder.finish().unwrap_or_default()
}
