#!/bin/sh
# Write both lock files anew, with the newest versions that pyproject.toml allows, for every Python and
# platform that we support. No index, no URL and no comment goes into them.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

# lock FILE ARGUMENTS...: uv takes an old output as a preference, so it works on a fresh name; the old lock
# stays until the new one is whole.
lock() {
    file=$1
    shift
    rm -f "$file.new"
    .tools/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --only-binary :all: \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        pyproject.toml "$@" -o "$file.new"
    mv "$file.new" "$file"
    echo "$file: $(grep -c '==' "$file") packages"
}

choose_python
need_pip
mkdir -p .tools
step "Getting uv into .tools" get_uv || die "uv could not be had; the reason stands above"
lock requirements.lock --extra postgres --group build
lock requirements-dev.lock --extra postgres --extra speed --extra mcp --extra otel --group build --group test --group lint
