"""`make setup` and `make setup-dev` on machines that are not like ours, played by a fake interpreter.

The true installs, from a clean clone and by several Pythons, are tried by `scripts/try-fresh.sh`.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMES = ["python3", "python3.11", "python3.12", "python3.13", "python3.14"]

# Answers like a Python that FAKE_WITHOUT this and FAKE_FAILS at that; writes down what it is asked to do.
FAKE = """#!/bin/sh
case "$*" in
    *version_info*) case "$FAKE_OLD" in *" $(basename "$0") "*) exit 1 ;; esac ; exit ;;
    *_base_executable*) echo "$0"; exit ;;
    *platform*) echo "is 3.9.2"; exit ;;
    -c*"import $FAKE_WITHOUT"*) exit 1 ;;
    -c*) echo "an answer"; exit ;;
esac
echo "$*" >>"$FAKE_LOG"
case "$*" in *"$FAKE_FAILS"*) echo "the index does not answer"; exit 1 ;; esac
case "$*" in *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin" ;; esac
"""


class Machine:
    """A checkout in a folder with a space in its name, and a PATH on which every Python is the fake."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a desk"
        self.log = folder / "log"
        shutil.copytree(ROOT / "scripts", self.checkout / "scripts")
        for name in ["Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"]:
            shutil.copy(ROOT / name, self.checkout)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in NAMES:
            (self.bin / name).write_text(FAKE)
            (self.bin / name).chmod(0o755)

    def make(
        self, target: str, *, old: str = "", without: str = "nothing", fails: str = "(nothing)"
    ) -> subprocess.CompletedProcess[str]:
        """Run a target. `old`: interpreters below 3.11; `without`: a module; `fails`: installer's words."""
        self.log.write_text("")
        fake = {
            "FAKE_OLD": f" {old} ",
            "FAKE_WITHOUT": without,
            "FAKE_FAILS": fails,
            "FAKE_LOG": str(self.log),
        }
        return self.run(["make", "--no-print-directory", target], fake)

    def run(self, command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))
        }
        environment = {**inherited, **more, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        return subprocess.run(command, cwd=self.checkout, env=environment, capture_output=True, text=True)

    def asked(self) -> list[str]:
        """What the last run wanted installed, in short words."""
        words = {"-m venv": "venv", "--require-hashes": "packages", "--target": "uv", "-e .": "project"}
        lines = self.log.read_text().splitlines()
        return [short for line in lines for long, short in words.items() if long in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def errors(ran: subprocess.CompletedProcess[str]) -> list[str]:
    """What a person reads of a failed run, without make's own closing line."""
    assert ran.returncode != 0
    return [line for line in ran.stderr.splitlines() if not line.startswith("make: ***")]


def test_a_second_setup_does_nothing(machine: Machine) -> None:
    assert machine.make("setup").returncode == 0
    assert machine.asked() == ["venv", "packages", "project"]
    again = machine.make("setup")
    assert (again.returncode, again.stdout, machine.asked()) == (0, "", [])


def test_only_what_changed_is_installed_again(machine: Machine) -> None:
    machine.make("setup")
    with (machine.checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    machine.make("setup")
    assert machine.asked() == ["project"]
    with (machine.checkout / "requirements.lock").open("a") as file:
        file.write("# changed\n")
    machine.make("setup")
    assert machine.asked() == ["venv", "packages", "project"]


@pytest.mark.parametrize("target", ["setup", "setup-dev"])
def test_an_interrupted_setup_starts_over(machine: Machine, target: str) -> None:
    stopped = machine.make(target, fails="install")
    assert stopped.returncode != 0
    assert machine.make(target).returncode == 0
    assert machine.asked()[-1] == "project"


def test_a_moved_checkout_is_set_up_anew(machine: Machine) -> None:
    machine.make("setup")
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    machine.make("setup")
    assert machine.asked() == ["venv", "packages", "project"]


def test_without_uv_the_tests_environment_is_made_by_pip(machine: Machine) -> None:
    assert machine.make("setup-dev", fails="--target").returncode == 0
    assert machine.asked() == ["uv", "venv", "packages", "project"]


def test_a_failed_install_shows_why(machine: Machine) -> None:
    lines = errors(machine.make("setup", fails="--require-hashes"))
    assert lines[0] == "the index does not answer"
    assert lines[-1].startswith("error: the packages could not be installed")


@pytest.mark.parametrize("target", ["setup", "setup-dev"])
def test_an_old_python_is_refused_in_one_line(machine: Machine, target: str) -> None:
    (line,) = errors(machine.make(target, old=" ".join(NAMES).replace(" ", "  ")))
    assert re.match(r"error: Python 3\.11 or newer is needed; python3 is 3\.9\.2\. .*make PYTHON=", line)
    assert machine.asked() == []


def test_a_newer_python_beside_an_old_one_is_taken(machine: Machine) -> None:
    assert machine.make("setup", old="python3  python3.13").returncode == 0
    assert (
        "python3.12"
        in machine.run(
            ["sh", "-c", ". scripts/common.sh; choose_python; echo $python"],
            {"FAKE_OLD": " python3  python3.13 "},
        ).stdout
    )


@pytest.mark.parametrize(
    ("without", "says"), [("pip", "apt install python3-pip"), ("venv", "apt install python3-venv")]
)
def test_a_missing_part_of_python_is_named_in_one_line(machine: Machine, without: str, says: str) -> None:
    (line,) = errors(machine.make("setup", without=without))
    assert line.startswith("error: ")
    assert says in line


def test_help_explains_each_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True).stdout
    assert re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE) == phony.split()
    assert {"run", "test", "check", "bench", "demo", "setup", "lock", "screenshots"} < set(phony.split())


@pytest.mark.parametrize(
    "script", [".ci/run", *sorted(f"scripts/{path.name}" for path in (ROOT / "scripts").glob("*.sh"))]
)
def test_a_script_is_read_by_its_shell(script: str) -> None:
    first = (ROOT / script).read_text().splitlines()[0]
    shell = "bash" if "bash" in first else "sh"
    assert subprocess.run([shell, "-n", ROOT / script], capture_output=True).stderr == b""
