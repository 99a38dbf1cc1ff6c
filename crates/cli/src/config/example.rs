//! The commented `config.toml` that `labtower config init` writes.

use super::section::{Config, Key};

/// Settings everybody has to look at; they are not commented out.
const LIVE: [&str; 7] = [
    "server.host",
    "server.port",
    "gitlab.url",
    "gitlab.monitor_groups",
    "gitlab.branch_filter_regex",
    "poller.interval_seconds",
    "poller.backfill_days",
];

/// The file: every setting with its explanation; those with a good default are commented out.
pub fn example() -> String {
    let mut lines = vec![
        "# Configuration of labtower.".to_owned(),
        "# Where a setting is commented out, the line shows its default, or an example if it has none.".to_owned(),
        "# Every setting can be given by an environment variable too: LABTOWER__SECTION__KEY.".to_owned(),
    ];
    for section in Config::default().sections() {
        lines.push(String::new());
        lines.push(format!("# {}", section.about().join(" ").trim()));
        lines.push(format!("[{}]", section.name()));
        for (position, key) in section.keys().iter().enumerate() {
            if position > 0 {
                lines.push(String::new());
            }
            lines.extend(entry(key));
        }
    }
    lines.join("\n") + "\n"
}

fn entry(key: &Key) -> Vec<String> {
    let about = key.about.iter().map(|line| line.trim());
    let mut lines: Vec<String> = about
        .filter(|line| !line.is_empty())
        .map(|line| format!("# {line}"))
        .collect();
    let comment = if LIVE.contains(&key.path().as_str()) {
        ""
    } else {
        "#"
    };
    let value = key
        .example
        .map(str::to_owned)
        .or_else(|| key.default.clone())
        .unwrap_or_default();
    lines.push(format!("{comment}{} = {value}", key.name));
    lines
}
