"""What the documents show: code that parses, with names that exist."""

import ast
import asyncio
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import sentinel_desk
from sentinel_desk.drafts import Wanted
from tests.sdk.front import PATIENCE_S
from tests.sdk.real import RealDesk

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "docs" / "README.fr.md"]
DOCUMENTS = [ROOT / "docs" / "sdk.md", ROOT / "sdk" / "python" / "README.md", *READMES]


def blocks(path: Path) -> list[str]:
    """The Python in a document; what stands in a coroutine there is put into one."""
    found = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
    return ["async def shown():\n" + textwrap.indent(code, "    ") for code in found]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_in_documents(path: Path) -> None:
    assert blocks(path)
    for code in blocks(path):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module == "sentinel_desk":
                assert {alias.name for alias in node.names} <= set(sentinel_desk.__all__)


def test_every_argument_and_error_is_explained() -> None:
    text = DOCUMENTS[0].read_text()
    errors = [name for name in sentinel_desk.__all__ if isinstance(getattr(sentinel_desk, name), type)]
    errors = [name for name in errors if issubclass(getattr(sentinel_desk, name), Exception)]
    assert [name for name in [*Wanted.__annotations__, *errors] if f"`{name}`" not in text] == []


@pytest.mark.parametrize("readme", [readme.read_text() for readme in READMES], ids=["en", "fr"])
async def test_the_lines_in_the_readme_run(
    readme: str, real: RealDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(code.strip().replace("\n\n", "\n").splitlines()) <= 5
    monkeypatch.setenv("SENTINEL_DESK_URL", real.url)
    monkeypatch.setenv("SENTINEL_DESK_API_KEY", real.key)
    names: dict[str, Any] = {}
    running = asyncio.create_task(asyncio.to_thread(exec, code, names))
    await real.until_held(1)
    (request,) = await real.made()
    await real.decide(request["id"], "approved")
    await asyncio.wait_for(running, PATIENCE_S)
    names["desk"].close()
    assert capsys.readouterr().out in {"refund it\n", "rembourser\n"}
