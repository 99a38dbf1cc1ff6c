//! The simulator's GET routes, read from its source, so that a new one cannot be forgotten.

use std::path::Path;

/// Paths below `/api/v4` of all GET routes, sorted.
pub(crate) fn routes() -> Vec<String> {
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["rest", "resources"] {
        read_folder(&source.join(folder), &mut found);
    }
    found.sort();
    found
}

fn read_folder(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_folder(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            found.extend(of_text(&text));
        }
    }
}

/// Every `.route("path", get(handler))` of a source text.
fn of_text(text: &str) -> Vec<String> {
    let calls = text.split(".route(").skip(1);
    calls
        .filter_map(|call| {
            let (path, rest) = call.trim_start().strip_prefix('"')?.split_once('"')?;
            rest.trim_start_matches([',', ' ', '\n'])
                .starts_with("get(")
                .then(|| path.to_owned())
        })
        .collect()
}

#[test]
fn routes_are_found_in_both_layouts_of_the_formatter() {
    let text = ".route(\"/a/{id}\", get(one)).route(\n    \"/b\",\n    get(list),\n) .route(\"/c\", post(make))";
    assert_eq!(of_text(text), ["/a/{id}", "/b"]);
}
