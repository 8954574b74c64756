# What the set-up scripts share; they source it from the top of the checkout.
# shellcheck shell=sh

# die TEXT: one line of why, and the end.
die() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# step TEXT COMMAND...: run the command quietly, say what it is and how long it took.
# Its whole output is shown if it fails, and `step` returns its status.
step() {
    step_text=$1
    shift
    step_log=$(mktemp)
    step_start=$(date +%s)
    if [ -t 1 ]; then
        tick "$step_text" "$step_start" &
        step_ticker=$!
        trap 'kill "$step_ticker" 2>/dev/null; printf "\n"; rm -f "$step_log"; exit 130' INT TERM
    fi
    step_status=0
    "$@" >"$step_log" 2>&1 </dev/null || step_status=$?
    if [ -t 1 ]; then
        kill "$step_ticker" 2>/dev/null
        wait "$step_ticker" 2>/dev/null || true
        trap - INT TERM
        printf '\r'
    fi
    if [ "$step_status" -eq 0 ]; then
        printf '%s … done in %s s\n' "$step_text" "$(($(date +%s) - step_start))"
    else
        printf '%s … failed\n' "$step_text"
        cat "$step_log" >&2
    fi
    rm -f "$step_log"
    return "$step_status"
}

# tick TEXT START: count the seconds on one line of a terminal, for as long as the script lives.
tick() {
    while kill -0 $$ 2>/dev/null; do
        printf '\r%s … %s s' "$1" "$(($(date +%s) - $2))"
        sleep 1
    done
}

# choose_python: set $python to the first interpreter that is new enough, or die.
# $PYTHON comes first; after it the names under which a newer one may lie beside an old python3.
choose_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            # The real file, so that an environment outlives a shim, a changed PATH, or another environment
            # that happens to be active (and might be the one that we are about to remove).
            python=$("$candidate" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')
            return
        fi
    done
    found=$("${PYTHON:-python3}" -c 'import platform; print("is " + platform.python_version())' 2>/dev/null)
    die "Python 3.11 or newer is needed; ${PYTHON:-python3} ${found:-was not found}. Say where it is: make PYTHON=/path/to/python3"
}

# need_pip: die unless $python has a pip that can install into another environment.
need_pip() {
    "$python" -c 'import pip' 2>/dev/null ||
        die "pip is missing for $python; on Debian: apt install python3-pip"
    "$python" -c 'import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))' ||
        die "the pip of $python is too old, 22.3 or newer is needed: $python -m pip install --upgrade pip"
}

# need_venv: die unless $python can make environments (Debian splits this in two; the half we use is always there).
need_venv() {
    "$python" -c 'import venv' 2>/dev/null ||
        die "the venv module is missing for $python; on Debian: apt install python3-venv"
}

# one_at_a_time: two set-ups in one checkout wait for each other where flock exists.
one_at_a_time() {
    mkdir -p .tools
    exec 9>.tools/setup.lock
    if command -v flock >/dev/null 2>&1; then flock 9; fi
}

# fingerprint FILE...: what an environment was made from: the files, the interpreter, and where it lies
# (an environment does not survive a move of the checkout).
fingerprint() {
    printf '%s %s %s\n' "$(cat "$@" | cksum)" "$("$python" -c 'import sys; print(sys.version)' | cksum)" "$(pwd -P)"
}

# same STAMP TEXT: is this what the stamp says?
same() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# pip_into ENVIRONMENT ARGUMENTS...: the interpreter's own pip, working on an environment that has none.
pip_into() {
    environment=$1
    shift
    "$python" -m pip --python "$environment/bin/python" --disable-pip-version-check install "$@"
}

# by_pip ENVIRONMENT LOCK: an empty environment, and the locked packages by pip.
by_pip() {
    rm -rf "$1"
    "$python" -m venv --without-pip "$1" && pip_into "$1" --require-hashes -r "$2"
}

# get_uv: have .tools/bin/uv, by pip.
get_uv() {
    .tools/bin/uv --version || "$python" -m pip --disable-pip-version-check install --upgrade --target .tools uv
}

# our_code ENVIRONMENT: the project itself, as links to this folder. The builder comes from the lock: no network.
our_code() {
    pip_into "$1" --no-index --no-build-isolation --no-deps -e .
}

# Personal settings that would send packages elsewhere than into the environment.
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
