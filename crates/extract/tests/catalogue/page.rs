//! `docs/streams.md`.

use std::path::Path;

#[test]
fn docs_streams_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/streams.md");
    let expected = labtower_extract::streams_reference();
    if std::env::var_os("LABTOWER_UPDATE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == expected,
        "docs/streams.md is stale; `make generate` rewrites it"
    );
}
