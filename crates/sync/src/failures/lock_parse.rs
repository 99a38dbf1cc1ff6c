//! Versions in lock files: enough of each format to tell what differs, and no more.

use serde_json::Value;

use super::lock_files::Versions;

/// Lock files that are known, at the root of a repository; the order in which they are tried.
pub(super) const PATHS: [&str; 11] = [
    "Cargo.lock",
    "package-lock.json",
    "poetry.lock",
    "uv.lock",
    "go.sum",
    "requirements.txt",
    "yarn.lock",
    "pnpm-lock.yaml",
    "Gemfile.lock",
    "composer.lock",
    "Manifest.toml",
];

/// The versions a lock file pins; `None` if it cannot be read.
pub(super) fn versions(path: &str, bytes: &[u8]) -> Option<Versions> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut found = Versions::new();
    let mut put = |name: &str, version: &str| {
        let (name, version) = (name.trim(), version.trim());
        if !name.is_empty() && !version.is_empty() {
            found
                .entry(name.to_owned())
                .or_default()
                .insert(version.to_owned());
        }
    };
    match path {
        "Cargo.lock" | "poetry.lock" | "uv.lock" | "Manifest.toml" => toml(text, &mut put),
        "package-lock.json" => package_lock(&serde_json::from_str(text).ok()?, &mut put),
        "composer.lock" => composer(&serde_json::from_str(text).ok()?, &mut put),
        "go.sum" => go_sum(text, &mut put),
        "Gemfile.lock" => gemfile(text, &mut put),
        "yarn.lock" => yarn(text, &mut put),
        "pnpm-lock.yaml" => pnpm(text, &mut put),
        _ => requirements(text, &mut put),
    }
    Some(found)
}

/// `[[package]]` with `name` and `version`; Julia's `[[deps.Name]]` with `version`.
fn toml(text: &str, put: &mut impl FnMut(&str, &str)) {
    let mut name = String::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(table) = line
            .strip_prefix("[[")
            .and_then(|rest| rest.strip_suffix("]]"))
        {
            let julia = table.strip_prefix("deps.").unwrap_or(table);
            name = if table == "package" {
                String::new()
            } else {
                julia.to_owned()
            };
        } else if line.starts_with('[') {
            // A table inside the package: its keys are not the package's.
            name = String::new();
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim().trim_matches('"');
            match key.trim() {
                "name" => value.clone_into(&mut name),
                "version" => put(&name, value),
                _ => {}
            }
        }
    }
}

fn package_lock(value: &Value, put: &mut impl FnMut(&str, &str)) {
    let entries = |key: &str| value[key].as_object().into_iter().flatten();
    for (path, package) in entries("packages") {
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        put(name, package["version"].as_str().unwrap_or_default());
    }
    // The older format, which newer ones repeat.
    if value["packages"].is_null() {
        for (name, package) in entries("dependencies") {
            put(name, package["version"].as_str().unwrap_or_default());
        }
    }
}

fn composer(value: &Value, put: &mut impl FnMut(&str, &str)) {
    for list in ["packages", "packages-dev"] {
        for package in value[list].as_array().into_iter().flatten() {
            let text = |key: &str| package[key].as_str().unwrap_or_default();
            put(text("name"), text("version"));
        }
    }
}

fn go_sum(text: &str, put: &mut impl FnMut(&str, &str)) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        // Sums of go.mod files are there for modules that are not built.
        if !version.ends_with("/go.mod") {
            put(name, version);
        }
    }
}

/// `    rails (7.1.2)`; deeper lines are what a gem asks for.
fn gemfile(text: &str, put: &mut impl FnMut(&str, &str)) {
    for line in text.lines() {
        let Some(gem) = line
            .strip_prefix("    ")
            .filter(|gem| !gem.starts_with(' '))
        else {
            continue;
        };
        if let Some((name, version)) = gem.split_once(" (") {
            put(name, version.trim_end_matches(')'));
        }
    }
}

/// `"left-pad@^1.0.0", left-pad@~1:` and below it `  version "1.3.0"` or `  version: 1.3.0`.
fn yarn(text: &str, put: &mut impl FnMut(&str, &str)) {
    let mut name = String::new();
    for line in text.lines() {
        if !line.starts_with([' ', '#']) && line.ends_with(':') {
            let first = line
                .trim_end_matches(':')
                .split(',')
                .next()
                .unwrap_or_default();
            let first = first.trim().trim_matches('"');
            // A scope begins with the sign that parts name and range.
            let end = first
                .char_indices()
                .skip(1)
                .find(|(_, letter)| *letter == '@');
            first[..end.map_or(first.len(), |(at, _)| at)].clone_into(&mut name);
        } else if let Some(version) = line.trim().strip_prefix("version") {
            put(
                &name,
                version.trim_start_matches(':').trim().trim_matches('"'),
            );
        }
    }
}

/// Under `packages:`, `  left-pad@1.3.0:`, `  '@scope/name@1.0.0':` or, older, `  /left-pad@1.3.0:`.
fn pnpm(text: &str, put: &mut impl FnMut(&str, &str)) {
    let mut inside = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            inside = line.trim_end() == "packages:";
            continue;
        }
        let entry = line
            .strip_prefix("  ")
            .filter(|entry| inside && !entry.starts_with(' '));
        let Some(entry) = entry.and_then(|entry| entry.trim_end().strip_suffix(':')) else {
            continue;
        };
        let entry = entry.trim_matches(['\'', '"']).trim_start_matches('/');
        // What follows in brackets are its peers.
        let entry = entry.split('(').next().unwrap_or_default();
        if let Some((name, version)) = entry.rsplit_once('@') {
            put(name, version);
        }
    }
}

/// `name==1.2.3 ; python_version > "3"`, with or without a comment.
fn requirements(text: &str, put: &mut impl FnMut(&str, &str)) {
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        if let Some((name, version)) = line.split_once("==") {
            let name = name.split('[').next().unwrap_or_default();
            let version = version.split_whitespace().next().unwrap_or_default();
            put(name, version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> String {
        let found = versions(path, text.as_bytes()).unwrap();
        let rows = found.iter().map(|(name, versions)| {
            let versions: Vec<_> = versions.iter().map(String::as_str).collect();
            format!("{name} {}", versions.join("|"))
        });
        rows.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_format_tells_names_and_versions() {
        for (path, text, wanted) in [
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"syn\"\nversion = \"1.0.1\"\n\n[[package]]\nname = \"syn\"\nversion = \"2.0.2\"\n",
                "syn 1.0.1|2.0.2",
            ),
            (
                "poetry.lock",
                "[[package]]\nname = \"attrs\"\nversion = \"25.4.0\"\n\n[package.extras]\nversion = \"x\"\n",
                "attrs 25.4.0",
            ),
            (
                "Manifest.toml",
                "julia_version = \"1.11\"\n[[deps.JuMP]]\nuuid = \"1\"\nversion = \"1.8.2\"\n",
                "JuMP 1.8.2",
            ),
            (
                "package-lock.json",
                r#"{"packages": {"": {"version": "0.1.0"}, "node_modules/a": {"version": "1.0.0"}, "node_modules/a/node_modules/@s/b": {"version": "2.0.0"}}}"#,
                "@s/b 2.0.0, a 1.0.0",
            ),
            (
                "composer.lock",
                r#"{"packages": [{"name": "a/b", "version": "v1.2"}], "packages-dev": [{"name": "c/d", "version": "3"}]}"#,
                "a/b v1.2, c/d 3",
            ),
            (
                "go.sum",
                "golang.org/x/sync v0.18.0 h1:x=\ngolang.org/x/sync v0.18.0/go.mod h1:y=\ngolang.org/x/text v0.1.0/go.mod h1:z=\n",
                "golang.org/x/sync v0.18.0",
            ),
            (
                "Gemfile.lock",
                "GEM\n  remote: https://rubygems.org/\n  specs:\n    rails (7.1.2)\n      activesupport (= 7.1.2)\n",
                "rails 7.1.2",
            ),
            (
                "yarn.lock",
                "# yarn lockfile v1\n\n\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":\n  version \"7.26.0\"\n\nleft-pad@~1:\n  version \"1.3.0\"\n",
                "@babel/core 7.26.0, left-pad 1.3.0",
            ),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\n\npackages:\n\n  '@babel/core@7.26.0':\n    resolution: {integrity: x}\n\n  left-pad@1.3.0(peer@1.0.0):\n    x: y\n\nsnapshots:\n  other@2.0.0:\n",
                "@babel/core 7.26.0, left-pad 1.3.0",
            ),
            (
                "requirements.txt",
                "# pinned\nhttpx[http2]==0.28.1 ; python_version > \"3.9\"\n-r other.txt\nrequests==2.32.5 --hash=sha256:x\n",
                "httpx 0.28.1, requests 2.32.5",
            ),
        ] {
            assert_eq!(read(path, text), wanted, "{path}");
        }
    }

    #[test]
    fn file_that_is_no_lock_file_is_none() {
        assert_eq!(versions("package-lock.json", b"<html>"), None);
        assert_eq!(versions("Cargo.lock", b"\xff\xfe"), None);
    }
}
