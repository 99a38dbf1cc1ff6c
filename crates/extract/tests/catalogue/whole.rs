//! What holds of every stream, whatever GitLab says.

use std::collections::BTreeSet;

use labtower_extract::{CATALOGUE, ParentKind, Reading, Stream};

fn named(name: &str) -> Option<(usize, &'static Stream)> {
    let mut all = CATALOGUE.iter().copied().enumerate();
    all.find(|(_, stream)| stream.name == name)
}

/// The placeholders of a path or query.
fn placeholders(text: &str) -> Vec<&str> {
    let parts = text.split(':').skip(1);
    parts
        .map(|part| {
            let end = part.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            &part[..end.unwrap_or(part.len())]
        })
        .collect()
}

#[test]
fn names_are_unique_and_fit_for_tables() {
    let mut names = BTreeSet::new();
    for stream in CATALOGUE {
        let name = stream.name;
        assert!(names.insert(name), "`{name}` is there twice");
        assert!(!name.is_empty() && name.len() <= 40, "`{name}`");
        let fits = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        assert!(name.chars().all(fits), "`{name}`");
    }
    assert!(names.len() > 100, "only {} streams", names.len());
}

#[test]
fn rows_have_a_key_and_columns_have_one_name_each() {
    for stream in CATALOGUE {
        let name = stream.name;
        assert!(!stream.key.is_empty(), "`{name}` has no key");
        let mut columns = BTreeSet::new();
        for column in stream.columns {
            assert_eq!(column.name, column.path.replace('.', "_"), "`{name}`");
            assert!(
                columns.insert(column.name),
                "`{name}` has `{}` twice",
                column.name
            );
        }
        for secret in stream.secrets {
            let shown = stream.columns.iter().any(|column| column.path == *secret);
            assert!(
                !shown && !stream.key.contains(secret),
                "`{name}` shows `{secret}`"
            );
        }
    }
}

#[test]
fn a_stream_follows_those_whose_rows_it_belongs_to() {
    for (at, stream) in CATALOGUE.iter().enumerate() {
        let Reading::Each { of, .. } = stream.reading else {
            continue;
        };
        assert!(!of.is_empty(), "`{}`", stream.name);
        for owner in of {
            let (before, owner) = named(owner).unwrap_or_else(|| panic!("no `{owner}`"));
            assert!(before < at, "`{}` comes before its owner", stream.name);
            assert_eq!(owner.parent, stream.parent, "`{}`", stream.name);
            assert!(
                stream.off || !owner.off,
                "`{}` needs what is off",
                stream.name
            );
        }
    }
}

#[test]
fn placeholders_have_values() {
    for stream in CATALOGUE {
        let name = stream.name;
        let owners = match stream.reading {
            Reading::Each { of, .. } => of.iter().map(|owner| named(owner).unwrap().1).collect(),
            _ => Vec::new(),
        };
        let known = |placeholder: &str| match placeholder {
            "id" => true,
            "row_id" => {
                !owners.is_empty()
                    && owners
                        .iter()
                        .all(|owner| owner.key.contains(&"id") || has(owner, "id"))
            }
            field => !owners.is_empty() && owners.iter().all(|owner| has(owner, field)),
        };
        let keys = stream.key.iter().filter(|key| key.starts_with(':'));
        for text in [stream.path, stream.query].into_iter().chain(keys.copied()) {
            for placeholder in placeholders(text) {
                assert!(known(placeholder), "`{name}`: `:{placeholder}` in `{text}`");
            }
        }
        let named = stream.path.contains("/:id") || stream.path.starts_with(":id");
        assert_eq!(named, stream.parent != ParentKind::Instance, "`{name}`");
    }
}

fn has(stream: &Stream, field: &str) -> bool {
    stream.columns.iter().any(|column| column.path == field)
}
