"""Renders the chart, with the engine of Helm itself, and the kustomization, with that of kubectl.

Takes the path of the packaging; reads from standard input a list of values to render the chart with. Checks every
manifest against the schemas of Kubernetes, strictly, and prints, as JSON, a list of manifests for each of them, and one
for the kustomization.
"""

import json
import pathlib
import subprocess
import sys

import helm_python
import kubernetes_validate
import yaml

# The oldest that the chart says it is for, and the newest there is a schema of.
VERSIONS = ["1.25", kubernetes_validate.latest_version()]
# Kinds of others, which Kubernetes has no schema of.
FOREIGN = "monitoring.coreos.com/v1"

packaging = pathlib.Path(sys.argv[1])


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def check(manifest):
    if manifest["apiVersion"] == FOREIGN:
        return
    for version in VERSIONS:
        kubernetes_validate.validate(manifest, version, strict=True)


def chart(values):
    rendered = []
    with helm_python.Chart.load(packaging / "helm/labtower") as loaded:
        for name, text in loaded.render(values=values, name="labtower", namespace="ci").items():
            if not name.endswith("NOTES.txt"):
                rendered.extend(documents(text))
    return rendered


def kustomization():
    kubectl = pathlib.Path(sys.executable).with_name("kubectl")
    command = [kubectl, "kustomize", packaging / "kubernetes"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return documents(text) + [
        document
        for name in ("servicemonitor.yaml", "secret.example.yaml")
        for document in documents((packaging / "kubernetes" / name).read_text())
    ]


def refused(values):
    try:
        chart(values)
    except helm_python.HelmError as error:
        return str(error)
    return None


wanted = json.load(sys.stdin)
report = helm_python.lint(packaging / "helm/labtower", values=wanted["rendered"][0])
assert not report["errors"], report
rendered = [chart(values) for values in wanted["rendered"]] + [kustomization()]
for manifest in sum(rendered, []):
    check(manifest)
refusals = [refused(values) for values in wanted["refused"]]
json.dump({"rendered": rendered, "refusals": refusals}, sys.stdout)
