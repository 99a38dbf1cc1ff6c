//! Which projects: `projects` and `wildcards` into groups, projects and patterns.

use super::document::Entry;
use super::draft::{About, Draft, File, Item};

/// The wildcards and projects of the file.
pub(super) fn translate(file: &File<'_>, draft: &mut Draft) {
    let items = file.items();
    let of = |scope: &str| -> Vec<Item> {
        let matching = items.iter().filter(|item| item.scope == scope);
        matching.copied().collect()
    };
    let mut projects: Vec<String> = Vec::new();
    for item in of("projects[]") {
        if let Some(name) = file.own(item, "name").and_then(|name| draft.text(name)) {
            push(&mut projects, name);
        }
    }
    let wildcards: Vec<Wildcard<'_>> = of("wildcards[]")
        .into_iter()
        .filter_map(|item| wildcard(file, item, draft))
        .collect();
    groups(&wildcards, &projects, draft);
    patterns(&wildcards, &projects, draft);
    archived(file, &of("wildcards[]"), draft);
    if !projects.is_empty() {
        draft.set("gitlab.projects", projects, "projects[].name");
    }
}

/// A wildcard that names a group.
struct Wildcard<'a> {
    owner: &'a Entry,
    group: String,
    subgroups: bool,
    search: Option<String>,
}

fn wildcard<'a>(file: &File<'a>, item: Item, draft: &mut Draft) -> Option<Wildcard<'a>> {
    let Some(owner) = file.own(item, "owner.name") else {
        draft.notes.push(super::Note {
            about: About::NotSupported,
            line: file.line_of(item),
            key: "wildcards[]".to_owned(),
            text: "a wildcard without an owner is every project the token sees; name the groups in `gitlab.monitor_groups`".to_owned(),
        });
        return None;
    };
    let group = draft.text(owner)?.trim_matches('/').to_owned();
    // The remark that users are not supported comes with the key itself.
    let kind = file
        .own(item, "owner.kind")
        .and_then(|kind| draft.text(kind));
    if kind.is_some_and(|kind| kind != "group") {
        return None;
    }
    let subgroups = file.own(item, "owner.include_subgroups");
    let search = file.own(item, "search");
    if let Some(search) = search {
        draft.note(
            About::Differs,
            search,
            "GitLab searches names and descriptions, in any case of letters; labtower's pattern is for the path",
        );
    }
    Some(Wildcard {
        owner,
        group,
        subgroups: subgroups
            .and_then(|entry| draft.bool(entry))
            .unwrap_or(false),
        search: search
            .and_then(|entry| draft.text(entry))
            .map(str::to_owned),
    })
}

fn groups(wildcards: &[Wildcard<'_>], projects: &[String], draft: &mut Draft) {
    let mut groups = Vec::new();
    for wildcard in wildcards {
        push(&mut groups, &wildcard.group);
    }
    if groups.is_empty() {
        return;
    }
    let from = "wildcards[].owner.include_subgroups";
    let recursive = wildcards.iter().any(|wildcard| wildcard.subgroups);
    draft.set("gitlab.recursive", recursive, from);
    // Recursion is one setting for all groups, so those without it exclude what is below them.
    let mut below = Vec::new();
    for wildcard in wildcards {
        let group = &wildcard.group;
        let mut same = wildcards.iter().filter(|other| other.group == *group);
        if !recursive || same.any(|other| other.subgroups) {
            continue;
        }
        let prefix = format!("{group}/");
        let needed = groups.iter().any(|other| other.starts_with(&prefix))
            || projects.iter().any(|project| {
                project
                    .strip_prefix(&prefix)
                    .is_some_and(|rest| rest.contains('/'))
            });
        if needed {
            draft.note(
                About::Differs,
                wildcard.owner,
                format!(
                    "`{group}` is read with its subgroups, because others of the file lie in them"
                ),
            );
        } else {
            push(&mut below, &format!("{group}/*/**"));
        }
    }
    if !below.is_empty() {
        draft.set("gitlab.exclude", below, from);
    }
    draft.set("gitlab.monitor_groups", groups, "wildcards[].owner.name");
}

/// Patterns are needed only if a wildcard searches; then everything else that is wanted has to be among them.
fn patterns(wildcards: &[Wildcard<'_>], projects: &[String], draft: &mut Draft) {
    if wildcards.iter().all(|wildcard| wildcard.search.is_none()) {
        return;
    }
    let mut include = projects.to_vec();
    for wildcard in wildcards {
        let group = &wildcard.group;
        match &wildcard.search {
            None => push(&mut include, &format!("{group}/**")),
            Some(search) => {
                // `**/` stands for no directory too.
                push(&mut include, &format!("{group}/**/*{}*", escaped(search)));
            }
        }
    }
    draft.set("gitlab.include", include, "wildcards[].search");
}

/// A text in which no character means anything to a pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if "*?[]{}\\".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn archived(file: &File<'_>, wildcards: &[Item], draft: &mut Draft) {
    let entries: Vec<Option<&Entry>> = wildcards
        .iter()
        .map(|item| file.own(*item, "archived"))
        .collect();
    let wanted: Vec<bool> = entries
        .iter()
        .map(|entry| entry.and_then(|entry| draft.bool(entry)).unwrap_or(false))
        .collect();
    if wanted.contains(&true) {
        draft.set("gitlab.archived", true, "wildcards[].archived");
        if let (true, Some(entry)) = (wanted.contains(&false), entries.iter().flatten().next()) {
            draft.note(
                About::Differs,
                entry,
                "archived projects are read of all groups; `gitlab.exclude` leaves some out",
            );
        }
    }
}

/// Adds what is not there yet.
fn push(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}
