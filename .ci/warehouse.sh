#!/bin/sh
# Makes target/warehouse: servers/, a BigQuery and a ClickHouse to test the sinks with, and seed/, the tool whose tables
# the compatibility mode writes. Needs Python 3.13 or newer; cheap when it is there already. Half a gigabyte to download.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
target="${CARGO_TARGET_DIR:-$root/target}/warehouse"

# The first Python that is new enough: by name, or among those of pyenv.
find_python() {
    for python in python3.13 python3.14 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[3-9]*/bin/python; do
        if "$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "warehouse.sh: no Python 3.13 or newer" >&2
    exit 1
}

install() {
    if ! cmp -s "$root/.ci/warehouse-$1.txt" "$target/$1/installed.txt"; then
        python=$(find_python)
        [ -x "$target/$1/bin/python" ] || "$python" -m venv "$target/$1"
        "$target/$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$root/.ci/warehouse-$1.txt" >&2
        if [ "$1" = servers ]; then
            # DuckDB looks for its extensions below HOME; the tests start the server with this one.
            mkdir -p "$target/home"
            HOME="$target/home" "$target/$1/bin/python" -c \
                "from duckdb_extensions import import_extension as add; [add(name) for name in ('icu', 'ducklake', 'json', 'spatial')]"
        fi
        cp "$root/.ci/warehouse-$1.txt" "$target/$1/installed.txt"
    fi
}

install servers
install seed
