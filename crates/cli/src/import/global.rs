//! The keys that stand once: address, pace, port.

use super::draft::{About, Draft, File, number};

/// The exporter's address when its file has none.
const DEFAULT_PORT: u16 = 8080;
/// The GitLab it reads when its file names none.
const DEFAULT_URL: &str = "https://gitlab.com";

/// Translates them.
pub(super) fn translate(file: &File<'_>, draft: &mut Draft) {
    listen(file, draft);
    gitlab(file, draft);
    let intervals = [
        ("pull.metrics.interval_seconds", "poller.interval_seconds"),
        (
            "pull.projects_from_wildcards.interval_seconds",
            "poller.discovery_interval_seconds",
        ),
    ];
    for (path, key) in intervals {
        if let Some(seconds) = file.get(path).and_then(|entry| draft.positive(entry)) {
            draft.set(key, number(seconds), path);
        }
    }
}

fn listen(file: &File<'_>, draft: &mut Draft) {
    let path = "server.listen_address";
    let Some(entry) = file.get(path) else {
        // Scrapers of the exporter know it under this port.
        draft.set(
            "server.port",
            i64::from(DEFAULT_PORT),
            "server.listen_address, by default",
        );
        return;
    };
    let Some(address) = draft.text(entry) else {
        return;
    };
    let parts = address.rsplit_once(':');
    let Some((host, port)) = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
    else {
        draft.note(About::Wrong, entry, "expected an address such as `:8080`");
        return;
    };
    draft.set("server.port", i64::from(port), path);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if !host.is_empty() {
        draft.set("server.host", host, path);
    }
}

fn gitlab(file: &File<'_>, draft: &mut Draft) {
    let path = "gitlab.url";
    match file.get(path) {
        None => draft.set(path, DEFAULT_URL, "gitlab.url, by default"),
        Some(entry) => {
            if let Some(url) = draft.text(entry) {
                draft.set(path, url, path);
            }
        }
    }
    let path = "gitlab.enable_tls_verify";
    if let Some(entry) = file.get(path)
        && draft.bool(entry) == Some(false)
    {
        draft.set("gitlab.skip_invalid_certs", true, path);
        draft.note(
            About::Differs,
            entry,
            "the certificate authority in `gitlab.ca_file` is the safe way",
        );
    }
    let path = "gitlab.maximum_requests_per_second";
    if let Some(entry) = file.get(path)
        && let Some(rate) = draft.positive(entry)
    {
        draft.set("gitlab.requests_per_second", number(rate), path);
        draft.note(
            About::Differs,
            entry,
            "labtower keeps to the limits GitLab announces; without this setting a first backfill is faster",
        );
    }
}
