"""The arrows that import-linter cannot draw: what the core imports at all, and what stands beside the rooms.

The others are the contracts in `.importlinter`.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ["approvals", "api", "bot", "store", "scheduler", "workspace"]

# Data and computation, without a socket, a file or a clock.
PURE = {"pycountry", "rfc8785", "orjson"}

# The part of the standard library through which the world would come in.
WORLD = {
    "http",
    "os",
    "pathlib",
    "shutil",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib.request",
}

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"}

# What stands beside the rooms leaves this to them. Only app and cli compose; settings reads words that the
# core gives a meaning (rates), and knows no other room.
LEFT_TO_ROOMS = {"aiosqlite", "alembic", "apscheduler", "asyncpg", "slackblocks", "sqlalchemy", "sqlmodel"}
FORBIDDEN_ON_TOP = {
    "app": LEFT_TO_ROOMS | {"cli"},
    "cli": LEFT_TO_ROOMS,
    "settings": LEFT_TO_ROOMS | {"app", "cli", *ROOMS} - {"approvals"},
    "deskfile": LEFT_TO_ROOMS | {"app", "cli", "settings", "api", "bot", "store", "scheduler", "workspace"},
}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, by its full name."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides an arrow"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(module: str, forbidden: set[str]) -> bool:
    """Is the module, or a package around it, forbidden?"""
    parts = module.split(".")
    return any(".".join(parts[: n + 1]) in forbidden for n in range(len(parts)))


CORE = sorted((ROOT / "approvals").rglob("*.py"))


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_imports_nothing_but_computation(path: Path) -> None:
    allowed = sys.stdlib_module_names | PURE | {"approvals"}
    foreign = {module for module in imported(path) if module.split(".")[0] not in allowed}
    assert foreign == set(), f"{path.name} reaches out of the core"
    assert {module for module in imported(path) if reaches(module, WORLD)} == set(), "the core has no I/O"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_has_no_clock(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls if ast.unparse(call.func) in CLOCKS] == []


@pytest.mark.parametrize("name", FORBIDDEN_ON_TOP)
def test_the_files_on_top_leave_the_rooms_their_libraries(name: str) -> None:
    files = [ROOT / f"{name}.py"] if (ROOT / f"{name}.py").exists() else sorted((ROOT / name).rglob("*.py"))
    assert files
    found = {m for path in files for m in imported(path) if reaches(m, FORBIDDEN_ON_TOP[name])}
    assert found == set()


# Messages leave through the outbox. A listener opens views, and answers the click that it was called for.
POSTING = {"post", "update", "chat_postMessage", "chat_update"}
LISTENERS = sorted((ROOT / "bot" / "listeners").rglob("*.py"))
FACING_PEOPLE = [*LISTENERS, *(ROOT / "bot" / name for name in ("front.py", "answering.py", "visits.py"))]


@pytest.mark.parametrize("path", FACING_PEOPLE, ids=lambda path: path.name)
def test_no_listener_posts_a_message(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in POSTING]
    assert [ast.unparse(call) for call in names] == []


SLACK_TESTS = [
    path
    for room in ("bot", "workspace", "journeys")
    for path in sorted((ROOT / "tests" / room).rglob("*.py"))
]
BREATH_S = 0.1
"""What a test may wait between two looks at something that cannot announce itself."""


def test_no_test_sleeps_for_real_time() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SLACK_TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}
        for seconds in [ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else None]
        if seconds is None or seconds > BREATH_S
    ]
    assert found == []


def test_the_core_is_looked_at() -> None:
    assert len(CORE) > 5
