"""What the documents show: code that parses, with names that exist."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

import sentinel_desk
from sentinel_desk.drafts import Wanted

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "docs" / "sdk.md", ROOT / "sdk" / "python" / "README.md"]


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
