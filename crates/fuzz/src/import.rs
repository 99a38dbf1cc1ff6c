//! Configurations of another exporter, which `labtower config import` translates.

use labtower_cli::import::import;

/// The input is the file.
pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Ok(imported) = import(&text) else {
        return;
    };
    let _ = imported.report("config.yml");
    // What was made can be read, whatever its values say.
    crate::config::readable(&imported.toml("config.yml"));
}
