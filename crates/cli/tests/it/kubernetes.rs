//! The chart and the manifests: rendered by Helm and kubectl themselves, valid for Kubernetes, restricted, and about
//! the binary there is.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use clap::CommandFactory as _;
use labtower_cli::{Cli, config};
use serde_json::{Value, json};

use crate::process::{labtower, stderr, stdout};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The interpreter that `.ci/python.sh` made, if the libraries are there.
fn interpreter() -> Option<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let python = target.join("python/bin/python");
    let importable = Command::new(&python)
        .args(["-c", "import helm_python, kubernetes_validate"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
    assert!(
        importable || !required,
        "helm-python-sdk and kubernetes-validate are required: run .ci/python.sh"
    );
    if !importable {
        eprintln!("skipped: helm-python-sdk is not installed (.ci/python.sh installs it)");
    }
    importable.then_some(python)
}

/// Values to render the chart with: the least there is, everything there is, and a claim that is there.
fn values() -> Value {
    let gitlab = json!({ "url": "https://gitlab.example.com", "groups": ["my-group", 7] });
    json!([
        { "gitlab": gitlab, "secret": { "existing": "labtower" } },
        {
            "gitlab": gitlab,
            "image": { "repository": "registry.example.com/labtower", "tag": "1" },
            "imagePullSecrets": [{ "name": "registry" }],
            "secret": { "create": { "gitlab_token": "glpat-x", "api_token": "y" } },
            "config": "[server.auth]\ntoken_file = \"/run/secrets/labtower/api_token\"\nrequire_auth_for_read = true\n",
            "env": [{ "name": "RUST_LOG", "value": "debug" }],
            "persistence": { "storageClass": "fast", "size": "1Ti" },
            "service": { "type": "LoadBalancer", "port": 443, "annotations": { "a": "b" } },
            "tls": { "secret": "labtower-tls" },
            "ingress": { "enabled": true, "className": "nginx", "tlsSecret": "ingress-tls" },
            "serviceMonitor": { "enabled": true, "tokenKey": "api_token", "labels": { "release": "x" } },
            "prometheusRule": { "enabled": true },
            "dashboards": { "enabled": true },
            "networkPolicy": { "enabled": true, "from": [{ "podSelector": {} }] },
            "podAnnotations": { "a": "b" }, "podLabels": { "a": "b" }, "nodeSelector": { "a": "b" },
            "tolerations": [{ "operator": "Exists" }], "priorityClassName": "high",
        },
        { "secret": { "existing": "other" }, "persistence": { "existingClaim": "old" } },
    ])
}

/// What the chart refuses, and a word of why.
fn refused() -> Vec<(Value, &'static str)> {
    let secret = json!({ "existing": "labtower" });
    vec![
        (json!({}), "gitlab_token"),
        (json!({ "secret": secret, "replicas": 2 }), "replicas"),
        (
            json!({ "secret": secret, "service": { "port": 0 } }),
            "port",
        ),
        (
            json!({ "secret": secret, "gitlab": { "url": "gitlab" } }),
            "url",
        ),
    ]
}

/// Manifests of each rendering, those of the kustomization last. They are rendered once for all tests.
fn manifests() -> Option<&'static [Vec<Value>]> {
    static RENDERED: OnceLock<Option<Vec<Vec<Value>>>> = OnceLock::new();
    RENDERED
        .get_or_init(|| interpreter().map(|python| render(&python)))
        .as_deref()
}

fn render(python: &Path) -> Vec<Vec<Value>> {
    let refused = refused();
    let wanted = json!({
        "rendered": values(),
        "refused": refused.iter().map(|(values, _)| values).collect::<Vec<_>>(),
    });
    let mut child = Command::new(python)
        .arg(root().join("crates/cli/tests/it/kubernetes.py"))
        .arg(root().join("packaging"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(wanted.to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    for ((values, word), refusal) in refused.iter().zip(answer["refusals"].as_array().unwrap()) {
        let said = refusal
            .as_str()
            .unwrap_or_else(|| panic!("rendered in spite of {values}"));
        assert!(said.contains(word), "{said}");
    }
    serde_json::from_value(answer["rendered"].clone()).unwrap()
}

fn of<'m>(manifests: &'m [Value], kind: &str) -> Vec<&'m Value> {
    manifests.iter().filter(|it| it["kind"] == kind).collect()
}

fn only<'m>(manifests: &'m [Value], kind: &str) -> &'m Value {
    let found = of(manifests, kind);
    assert_eq!(found.len(), 1, "{kind}: {found:?}");
    found[0]
}

#[test]
fn manifests_are_valid_and_whole() {
    let Some(all) = manifests() else { return };
    let kinds = |manifests: &[Value]| -> BTreeSet<String> {
        manifests
            .iter()
            .map(|it| it["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let least = ["ConfigMap", "Service", "StatefulSet"].map(str::to_owned);
    assert_eq!(kinds(&all[0]), BTreeSet::from(least));
    let more = [
        "Ingress",
        "NetworkPolicy",
        "PrometheusRule",
        "Secret",
        "ServiceMonitor",
    ];
    let most = kinds(&all[1]);
    assert!(more.iter().all(|kind| most.contains(*kind)), "{most:?}");
    assert_eq!(of(&all[1], "ConfigMap").len(), 2);
    assert!(kinds(&all[3]).contains("ServiceMonitor"));
    for manifests in all {
        let set = only(manifests, "StatefulSet");
        assert_eq!(set["spec"]["replicas"], 1, "SQLite has one writer");
        let labels = &set["spec"]["template"]["metadata"]["labels"];
        let service = only(manifests, "Service");
        for selector in [
            &service["spec"]["selector"],
            &set["spec"]["selector"]["matchLabels"],
        ] {
            for (name, value) in selector.as_object().unwrap() {
                assert_eq!(labels[name], *value, "{name}");
            }
        }
        assert_eq!(set["spec"]["serviceName"], service["metadata"]["name"]);
        for monitor in of(manifests, "ServiceMonitor") {
            let wanted = monitor["spec"]["selector"]["matchLabels"]
                .as_object()
                .unwrap();
            for (name, value) in wanted {
                assert_eq!(service["metadata"]["labels"][name], *value, "{name}");
            }
            assert_eq!(
                monitor["spec"]["endpoints"][0]["port"],
                service["spec"]["ports"][0]["name"]
            );
        }
        let claims = set["spec"]["volumeClaimTemplates"]
            .as_array()
            .map_or(0, Vec::len);
        let pod = &set["spec"]["template"]["spec"];
        let volumes = pod["volumes"].as_array().unwrap();
        let claimed = volumes
            .iter()
            .filter(|it| it["persistentVolumeClaim"].is_object());
        assert_eq!(claims + claimed.count(), 1);
    }
    let rules = &only(&all[1], "PrometheusRule")["spec"]["groups"];
    assert!(rules.as_array().is_some_and(|groups| !groups.is_empty()));
}

/// The profile "restricted" of the Pod Security Standards, rule by rule, and the root file system besides.
#[test]
fn pods_are_restricted() {
    let Some(all) = manifests() else { return };
    for manifests in all {
        let pod = &only(manifests, "StatefulSet")["spec"]["template"]["spec"];
        for host in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
            assert!(pod[host].is_null(), "{host}");
        }
        let kinds = ["configMap", "emptyDir", "secret", "persistentVolumeClaim"];
        for volume in pod["volumes"].as_array().unwrap() {
            assert!(
                kinds.iter().any(|kind| volume[kind].is_object()),
                "{volume}"
            );
        }
        let context = &pod["securityContext"];
        assert_eq!(context["runAsNonRoot"], true);
        assert_eq!(context["seccompProfile"]["type"], "RuntimeDefault");
        assert_eq!(pod["automountServiceAccountToken"], false);
        for kind in ["initContainers", "ephemeralContainers"] {
            assert!(pod[kind].is_null());
        }
        for container in pod["containers"].as_array().unwrap() {
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false);
            assert_eq!(context["readOnlyRootFilesystem"], true);
            assert_eq!(context["capabilities"], json!({ "drop": ["ALL"] }));
            for rule in [
                "privileged",
                "runAsUser",
                "procMount",
                "seccompProfile",
                "seLinuxOptions",
            ] {
                assert!(context[rule].is_null(), "{rule}");
            }
            let ports = container["ports"].as_array().unwrap();
            assert!(ports.iter().all(|port| port["hostPort"].is_null()));
        }
    }
}

/// The environment of the container, by name.
fn environment(container: &Value) -> BTreeMap<&str, &str> {
    let variables = container["env"].as_array().unwrap().iter();
    variables
        .map(|it| (it["name"].as_str().unwrap(), it["value"].as_str().unwrap()))
        .collect()
}

#[test]
fn the_container_is_the_image_and_the_binary_there_is() {
    let Some(all) = manifests() else { return };
    let dockerfile = std::fs::read_to_string(root().join("Dockerfile")).unwrap();
    for manifests in all {
        let pod = &only(manifests, "StatefulSet")["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let port = &container["ports"][0]["containerPort"];
        assert!(dockerfile.contains(&format!("EXPOSE {port}\n")));
        let user = &pod["securityContext"]["runAsUser"];
        assert!(dockerfile.contains(&format!("USER {user}:{user}\n")));
        assert_eq!(pod["securityContext"]["fsGroup"], *user);
        let mounts = container["volumeMounts"].as_array().unwrap();
        let is_mounted = |path: &str| {
            let mut paths = mounts
                .iter()
                .map(|mount| mount["mountPath"].as_str().unwrap());
            paths.any(|mounted| Path::new(path).starts_with(mounted))
        };
        assert!(dockerfile.contains("VOLUME /data\n") && is_mounted("/data"));
        let arguments = container["args"].as_array().unwrap();
        let command = arguments[0].as_str().unwrap();
        assert!(
            Cli::command().find_subcommand(command).is_some(),
            "{command}"
        );
        let keys: BTreeSet<String> = config::Config::default()
            .sections()
            .iter()
            .flat_map(|section| section.keys())
            .map(|key| format!("LABTOWER__{}", key.path().replace('.', "__").to_uppercase()))
            .collect();
        for (name, value) in environment(container) {
            let known = keys.contains(name)
                || matches!(name, "LABTOWER_CONFIG" | "LABTOWER_LOG_FORMAT" | "RUST_LOG");
            assert!(known, "{name}");
            if value.starts_with('/') {
                assert!(is_mounted(value), "{name}={value}");
            }
        }
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let http = &container[probe]["httpGet"];
            assert_eq!(http["port"], container["ports"][0]["name"]);
            let description = labtower_serve::openapi_json();
            let described: Value = serde_json::from_str(&description).unwrap();
            let path = http["path"].as_str().unwrap();
            assert!(described["paths"][path]["get"].is_object(), "{path}");
        }
    }
}

/// The container's own environment and files, moved to a directory, pass `labtower config check`.
#[test]
fn the_configuration_passes_the_check() {
    let Some(all) = manifests() else { return };
    for (at, manifests) in all.iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let here = |path: &str| directory.path().join(path.trim_start_matches('/'));
        let maps = of(manifests, "ConfigMap");
        let text = maps
            .iter()
            .find_map(|map| map["data"]["config.toml"].as_str())
            .unwrap();
        // Secrets and certificates that others make.
        let others = [
            (
                "/etc/labtower/config.toml",
                text.replace("/run/secrets", &here("/run/secrets").display().to_string()),
            ),
            ("/run/secrets/labtower/gitlab_token", "glpat-x".to_owned()),
            (
                "/run/secrets/labtower/api_token",
                "a long random text".to_owned(),
            ),
        ];
        for (path, text) in others {
            std::fs::create_dir_all(here(path).parent().unwrap()).unwrap();
            std::fs::write(here(path), text).unwrap();
        }
        let mut command = labtower(directory.path());
        command.args(["config", "check"]);
        let container =
            &only(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"][0];
        for (name, value) in environment(container) {
            // A certificate is looked at when it is served.
            if value.starts_with("/etc/labtower-tls") {
                continue;
            }
            let path = value.starts_with('/');
            let value = if path {
                here(value).display().to_string()
            } else {
                value.to_owned()
            };
            command.env(name, value);
        }
        // The third says nothing of a GitLab: it is in a configuration of its own.
        if at == 2 {
            command
                .env("GITLAB_URL", "https://x.example")
                .env("LABTOWER__GITLAB__MONITOR_GROUPS", "g");
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{at}: {}{}",
            stdout(&output),
            stderr(&output)
        );
        assert!(!stdout(&output).contains("warning") && !stderr(&output).contains("warning"));
    }
}
