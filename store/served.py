"""What the server of a SQLite file tells commands beside it: a small file of settings, no secret in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


def note(database: Path, settings: Mapping[str, str]) -> None:
    """Write down how this file is served, whole or not at all. Only its owner reads it."""
    file, draft = _beside(database), database.with_name(f"{database.name}.served.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(dict(settings), handle)
    draft.replace(file)


def noted(database: Path) -> dict[str, str]:
    """How this file is served, or was last; empty where it never was."""
    try:
        found = json.loads(_beside(database).read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.served")
