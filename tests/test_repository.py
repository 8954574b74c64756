"""What the repository itself promises: whole in a clean clone, without a trace of a machine or a registry."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED: list[str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]

# Files that say where a package came from have no place here; these tools write them unasked.
LOCKS_WITH_ADDRESSES = ["uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"]

MADE_BY_US = [".venv/x", ".venv-dev/x", ".tools/x", "mutants/x.py", ".desk/desk.db", "desk.db", "desk.db-wal"]

# A folder that exists on one machine only. In pieces, so that this file does not match itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.*-])/(?:" + "|".join(["work", "root", r"home/\w+", r"Users/\w+"]) + r")/\w"
)

# Where Slack's Web API is named: once, as the default of a setting.
SLACK_HOST = re.compile(r"slack\.com\b", re.IGNORECASE)
MAY_NAME_SLACK = {"settings.py"}
# It answers in Slack's name: the host stands in the claims of its tokens and in what it calls itself.
PLAYS_SLACK = "workspace/"


def git(*arguments: str, stdin: str | None = None) -> str:
    """Run git on this checkout, whoever owns it; skip where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False).stdout


def files() -> list[str]:
    """What a clone would hold after `git add --all`: tracked or new, never ignored, never deleted."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


def shipped_modules() -> list[str]:
    """The product's modules by dotted name; migrations are run by Alembic, not imported."""
    rooms = tuple(name if name.endswith(".py") else f"{name}/" for name in SHIPPED)
    paths = [
        Path(name)
        for name in files()
        if name.startswith(rooms)
        and name.endswith(".py")
        and not re.search(r"/(versions/|env\.py|__main__\.py)", name)
    ]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


def matches(pattern: re.Pattern[str], names: list[str]) -> list[str]:
    """`file:line: text` of each line that matches, in the text files among `names`."""
    found = []
    for name in names:
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            lines = content.decode(errors="replace").splitlines()
            found += [f"{name}:{n}: {line[:150]}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    traces = ["://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host", " @ ", "file:"]
    assert [trace for trace in traces if trace in text] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_each_package_with_its_hashes(name: str) -> None:
    requirements = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    assert len(requirements) > 50
    loose = [
        line[:80] for line in requirements if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert loose == []


def test_both_locks_agree() -> None:
    runtime, dev = (
        set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS
    )
    assert runtime - dev == set(), "make lock writes both"


def test_no_lock_with_addresses_is_or_can_be_committed() -> None:
    assert [name for name in files() if Path(name).name in LOCKS_WITH_ADDRESSES] == []
    assert git("check-ignore", "uv.lock", "poetry.lock", "Pipfile.lock").split() == LOCKS_WITH_ADDRESSES[:3]


def test_no_file_bears_a_path_of_a_machine() -> None:
    assert matches(MACHINE_PATH, files()) == []


def test_slacks_host_is_a_setting() -> None:
    code = [
        name
        for name in files()
        if name.startswith(tuple(SHIPPED))
        and name not in MAY_NAME_SLACK
        and not name.startswith(PLAYS_SLACK)
        and not name.endswith((".md", ".po", ".pot"))
    ]
    assert matches(SLACK_HOST, code) == []


def test_the_ignore_file_spares_every_source_folder() -> None:
    folders = (
        {str(Path(name).parent) for name in files()} | set(SHIPPED) | {"tests", "bench", "docs", "examples"}
    )
    probes = [f"{folder}/brand_new.py" for folder in sorted(folders) if not folder.endswith(".py")]
    assert git("check-ignore", "--no-index", "--stdin", stdin="\n".join(probes)) == ""


def test_the_ignore_file_knows_what_we_make() -> None:
    assert git("check-ignore", "--no-index", "--stdin", stdin="\n".join(MADE_BY_US)).split() == MADE_BY_US


def test_the_layout_is_the_one_on_the_card() -> None:
    top = {name.split("/")[0] for name in files()}
    assert {"pyproject.toml", "bot", "api", "store", "tests", "manifest.yml", "README.md", "Makefile"} <= top


def test_the_wheel_takes_every_room() -> None:
    not_the_product = {"tests", "bench", "examples", "scripts", "docs", "sdk"}
    code = {name.split("/")[0] for name in files() if name.endswith(".py")}
    assert code - not_the_product - set(SHIPPED) == set()


def test_each_folder_of_code_is_a_package() -> None:
    names = set(files())
    rooms = {name for name in SHIPPED if not name.endswith(".py")}
    folders = {Path(name).parent for name in names if name.split("/")[0] in rooms and name.endswith(".py")}
    missing = [
        str(folder)
        for folder in folders
        if f"{folder}/__init__.py" not in names and folder.name != "versions"
    ]
    assert missing == []


IMPORT_EACH = """
import importlib, json, sys, warnings
clone, names = json.loads(sys.argv[1])
sys.path.insert(0, clone)
warnings.simplefilter("ignore")
wrong = []
for name in names:
    try:
        module = importlib.import_module(name)
        if not module.__file__.startswith(clone):
            wrong.append(f"{name}: not in the clone, {module.__file__} stood in")
    except Exception as error:
        wrong.append(f"{name}: {error!r}")
print(json.dumps(wrong))
"""


def test_every_module_imports_in_a_clean_clone(tmp_path: Path) -> None:
    for name in files():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    modules = shipped_modules()
    assert {"app", "cli", "settings", "approvals", "api", "bot", "store", "scheduler", "workspace"} <= set(
        modules
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_EACH, json.dumps([str(tmp_path), modules])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []
