//! `docs/streams.md`, from the catalogue itself.

use std::fmt::Write as _;

use crate::{CATALOGUE, ParentKind, Reading, Shape, Stream, Tier};

const INTRODUCTION: &str = "\
# Streams

<!-- Generated from crates/extract/src/catalogue by `make generate`; edit there. -->

Every list of GitLab's REST API that the export reads, in the order in which it is read.

- **Endpoint**: below `/api/v4`; `:id` is the id of the group or project, `:row_id` and other names are fields of the row that a stream belongs to.
- **Read**: *updated*: what changed since; *by id*: newest first to the last known, and unfinished rows again; *newest*: newest first until nothing is new, and from where other lists lead to; *scan*: whole, with tombstones for what is gone; *each*: for every new version of a row of another stream; *one*: one object.
- **Key**: what names a row within its group or project; `:row_id` is the row it belongs to, `:id` the parent.
- **Removed**: fields that hold secrets and are taken out before a row goes anywhere.
- Below its tier GitLab answers 403 or 404: the stream is then skipped.
";

/// The page: a table of all streams for each kind of parent.
pub fn streams_reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for (parent, title) in [
        (ParentKind::Instance, "Of the instance"),
        (ParentKind::Group, "Of every group"),
        (ParentKind::Project, "Of every project"),
    ] {
        let streams = || CATALOGUE.iter().filter(|stream| stream.parent == parent);
        let on = streams().filter(|stream| !stream.off).count();
        let _ = write!(
            page,
            "\n## {title}\n\n{} streams, {on} of them by default.\n\n\
             | Stream | Endpoint | Read | Key | Time | Tier | By default | Removed |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |\n",
            streams().count()
        );
        for stream in streams() {
            page.push_str(&row(stream));
        }
    }
    page
}

fn row(stream: &Stream) -> String {
    let query = if stream.query.is_empty() {
        String::new()
    } else {
        format!("?{}", stream.query)
    };
    format!(
        "| `{}` | `{}{query}` | {} | {} | {} | {} | {} | {} |\n",
        stream.name,
        stream.path,
        reading(stream.reading),
        code(stream.key),
        code(stream.time.as_slice()),
        match stream.tier {
            Tier::Free => "Free",
            Tier::Premium => "Premium",
            Tier::Ultimate => "Ultimate",
        },
        if stream.off { "off" } else { "on" },
        code(stream.secrets),
    )
}

fn reading(reading: Reading) -> String {
    match reading {
        Reading::Updated { .. } => "updated".to_owned(),
        Reading::Ids { .. } => "by id".to_owned(),
        Reading::Newest { since: "" } => "newest".to_owned(),
        Reading::Newest { since } => format!("newest, `{since}`"),
        Reading::History { since, tips, .. } => {
            format!("newest, `{since}`, and what {} lead to", code(tips))
        }
        Reading::Scan => "scan".to_owned(),
        Reading::Each { of, shape } => format!(
            "each of {}{}",
            code(of),
            match shape {
                Shape::List => "",
                Shape::One => ", one object",
                Shape::Text => ", text",
            }
        ),
        Reading::One => "one".to_owned(),
    }
}

fn code(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
