#!/bin/sh
# Puts axe-core, which the browser tests use, into target/axe; cheap when it is there already.
set -eu
version=4.14.1
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
directory="${CARGO_TARGET_DIR:-$root/target}/axe"

if [ "$(cat "$directory/version" 2>/dev/null)" != "$version" ]; then
    mkdir -p "$directory"
    cd "$directory"
    npm pack --silent "axe-core@$version" >/dev/null
    tar -xzf "axe-core-$version.tgz" package/axe.min.js
    rm "axe-core-$version.tgz"
    echo "$version" >version
fi
