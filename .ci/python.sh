#!/bin/sh
# Makes target/python, a virtual environment with python-gitlab, the client that proves the simulator's fidelity.
# Prints the path of its interpreter; does nothing if it is there already.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
venv="${CARGO_TARGET_DIR:-$root/target}/python"
version=8.6.0

if ! "$venv/bin/python" -c "import gitlab; assert gitlab.__version__ == '$version'" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "python-gitlab==$version" >&2
fi
echo "$venv/bin/python"
