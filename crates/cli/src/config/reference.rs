//! `docs/configuration.md`, from the same declaration that the program reads by.

use super::example::example;
use super::overlay::names;
use super::section::{Config, Key};

const INTRODUCTION: &str = "\
# Configuration

<!-- Generated from the doc comments in crates/cli/src/config; `LABTOWER_UPDATE=1 cargo test -p labtower-cli` rewrites it. -->

labtower reads `config.toml` from its working directory, or the file named with `--config`.
`labtower config init` writes the example at the end of this page.
`labtower config check` reports everything that is wrong at once, with file, line, key and a hint.
`labtower config show` prints every value in force and where it came from, with secrets masked.
`labtower doctor` tries the configuration against the real GitLab.

Every setting can be given by an environment variable as well, which wins over the file.
Lists are separated by commas there, and an empty variable counts as not set.
Without a file the environment alone is enough: `GITLAB_URL`, `GITLAB_TOKEN` and `LABTOWER__GITLAB__MONITOR_GROUPS`.

A setting that is not known is warned of and ignored.
Relative paths are relative to the working directory.
The sections `[server]`, `[gitlab]` and `[poller]` of a gitlab-ci-exporter work as they are.
Logging is set by the variable `RUST_LOG` (`info` by default) and the option `--log-format`.
";

/// The whole page.
pub fn reference() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    for section in Config::default().sections() {
        lines.push(format!("## [{}]\n", section.name()));
        lines.push(format!("{}\n", section.about().join(" ").trim()));
        for key in section.keys() {
            lines.extend(entry(&key));
        }
    }
    lines.push(format!("## Example\n\n```toml\n{}```\n", example()));
    lines.join("\n")
}

fn entry(key: &Key) -> Vec<String> {
    let about = key.about.iter().map(|line| line.trim());
    let default = match &key.default {
        Some(value) => format!("`{value}`"),
        None => "not set".to_owned(),
    };
    let variables: Vec<String> = names(key).iter().map(|name| format!("`{name}`")).collect();
    let mut lines = vec![format!("### `{}`\n", key.path())];
    lines.extend(about.filter(|line| !line.is_empty()).map(str::to_owned));
    lines.push(format!("\n- Type: {}", key.kind));
    lines.push(format!("- Default: {default}"));
    lines.extend(key.example.map(|value| format!("- Example: `{value}`")));
    lines.push(format!("- Environment: {}\n", variables.join(", ")));
    lines
}
