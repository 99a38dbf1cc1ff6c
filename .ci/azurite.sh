#!/bin/sh
# Puts Azurite, which stands in for Azure Blob Storage in tests, into target/azurite; cheap when it is there already.
set -eu
version=3.37.0
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
directory="${CARGO_TARGET_DIR:-$root/target}/azurite"

if [ "$(cat "$directory/version" 2>/dev/null)" != "$version" ]; then
    mkdir -p "$directory"
    npm install --silent --no-audit --no-fund --prefix "$directory" "azurite@$version" >/dev/null
    echo "$version" >"$directory/version"
fi
