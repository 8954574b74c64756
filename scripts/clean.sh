#!/bin/sh
# Remove environments, caches and left-overs. The desk's data (.desk) stays: delete that by hand.
set -eu
cd "$(dirname "$0")/.."
rm -rf .venv .venv-dev .tools mutants build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
    .hypothesis .coverage ./*.egg-info
find . -name __pycache__ -type d -prune -exec rm -rf {} +
[ ! -d .desk ] || echo "kept: .desk, the desk's data"
