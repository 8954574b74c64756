"""The package as others get it: small, typed, and without anything of the desk."""

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import sentinel_desk

SDK = Path(__file__).parents[2] / "sdk" / "python"
PROJECT = tomllib.loads((SDK / "pyproject.toml").read_text())["project"]
MODULES = sorted((SDK / "src" / "sentinel_desk").glob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).split(".")[0])
    return names


def test_it_needs_one_http_library_and_pydantic() -> None:
    assert [name.split(">")[0] for name in PROJECT["dependencies"]] == ["httpx2", "pydantic"]
    allowed = sys.stdlib_module_names | {"sentinel_desk", "httpx2", "pydantic", "pydantic_core"}
    for path in MODULES:
        extra = {"mcp_server.py": {"mcp"}, "ed25519.py": {"cryptography"}}.get(path.name, set())
        assert imported(path) - allowed - extra == set(), path.name


def test_everything_public_is_named() -> None:
    assert sorted(sentinel_desk.__all__) == list(sentinel_desk.__all__)
    assert all(hasattr(sentinel_desk, name) for name in sentinel_desk.__all__)


def test_the_wheel(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(SDK, source, ignore=shutil.ignore_patterns("__pycache__"))
    for target in ("wheel", "sdist"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(tmp_path)],
            cwd=source,
            check=True,
            capture_output=True,
        )
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"sentinel_desk_client-{sentinel_desk.__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"sentinel_desk/{path.name}" for path in MODULES} <= names
    assert "sentinel_desk/py.typed" in names
    assert {name.split("/")[0] for name in names} == {
        "sentinel_desk",
        f"sentinel_desk_client-{sentinel_desk.__version__}.dist-info",
    }
