#!/bin/sh
# Everything cheap that can be wrong without running the product. All of it runs; any failure fails.
set -u
cd "$(dirname "$0")/.."
python=.venv-dev/bin/python
failed=

# check NAME COMMAND...: silent when right, its whole output when not.
check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        printf 'ok    %s\n' "$name"
    else
        printf 'wrong %s\n%s\n' "$name" "$output"
        failed="$failed $name"
    fi
}

check lint "$python" -m ruff check .
check format "$python" -m ruff format --check .
check types "$python" -m mypy
check imports .venv-dev/bin/lint-imports --no-logo
check repository "$python" -m pytest -q -p no:cacheprovider tests/test_repository.py tests/test_arrows.py tests/bot/test_manifest.py tests/bot/test_language.py

if [ -n "$failed" ]; then
    printf 'error: make check:%s\n' "$failed" >&2
    exit 1
fi
