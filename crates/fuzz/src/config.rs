//! Configurations: files that people write, and environments.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Seek as _, Write as _};

use labtower_cli::config::{Source, load};

/// A token; no other part of an input has it.
const SECRET: &str = "glpat-PlantedPlantedPlant3d";
/// What stands for it in seeds.
const HERE: &str = "$TOKEN$";

thread_local! {
    /// A file to write configurations to, and its path.
    static PLACE: RefCell<Option<(File, tempfile::TempPath)>> = const { RefCell::new(None) };
}

/// Variables, a line each, then a NUL, then the file.
pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (variables, file) = text.split_once('\0').unwrap_or(("", &text));
    let mut environment: Vec<(String, String)> = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.push(("GITLAB_TOKEN".to_owned(), SECRET.to_owned()));
    let Some(path) = written(&file.replace(HERE, SECRET)) else {
        return;
    };
    let loaded = load(&Source {
        file: Some(path),
        environment,
    });
    for problem in &loaded.problems {
        let said = problem.to_string();
        // What is written where no secret belongs may be repeated; a line that cannot be read may hold any.
        let may_repeat = !problem.message.starts_with("not TOML") && file.contains(HERE);
        assert!(
            may_repeat || !said.contains(SECRET),
            "a secret shows: {said}"
        );
    }
    let shown = format!("{:?}", loaded.config);
    assert!(
        file.contains(HERE) || !shown.contains(SECRET),
        "a secret shows: {shown}"
    );
}

/// Panics unless this is TOML.
pub(crate) fn readable(text: &str) {
    let Some(path) = written(text) else { return };
    let loaded = load(&Source {
        file: Some(path),
        environment: Vec::new(),
    });
    let broken = |message: &str| message.starts_with("not TOML");
    let problem = loaded.problems.iter().find(|it| broken(&it.message));
    assert!(problem.is_none(), "{problem:?} in\n{text}");
}

/// The text in a file that is there already: making one takes longer than reading it.
fn written(text: &str) -> Option<std::path::PathBuf> {
    PLACE.with_borrow_mut(|place| {
        if place.is_none() {
            *place = Some(tempfile::NamedTempFile::new().ok()?.into_parts());
        }
        let (file, path) = place.as_mut()?;
        file.set_len(0).ok()?;
        file.rewind().ok()?;
        file.write_all(text.as_bytes()).ok()?;
        Some(path.to_path_buf())
    })
}
