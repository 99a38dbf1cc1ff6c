//! What tests need of the machine.

use std::path::{Path, PathBuf};

/// Whether a missing tool fails the test.
pub(crate) fn is_required() -> bool {
    std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1")
}

/// Where a program is; `None`, with a message, when it is not installed.
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        assert!(!is_required(), "`{program}` is not installed");
        eprintln!("skipped: `{program}` is not installed");
    }
    found
}

/// The directory of build results.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    )
}
