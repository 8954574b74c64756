"""The settings as a command needs them: read, complete, and with the desk's secret found."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

import settings
from cli.failure import CommandFailed
from settings import Settings, SettingsError
from store import served

_NO_SECRET = (
    f"DESK_SECRET is not set: give it at least {settings.SHORTEST_SECRET} characters,"
    " as `openssl rand -hex 32` makes them"
)


def for_serving() -> Settings:
    """The environment for `serve`. Raises SettingsError with all that is wrong or missing."""
    found = settings.load()
    mistakes = settings.lacking(found)
    if found.secret is None and found.slack not in {"local", None}:
        mistakes.append(_NO_SECRET)
    if mistakes:
        raise SettingsError(mistakes)
    return complete(found)


def for_commands(*, fresh: bool) -> Settings:
    """The environment for a command beside a server; `fresh` allows a database that is not there yet.

    What it does not say is as the server has it.
    """
    found = settings.load()
    file = found.database_file
    if file is not None and not fresh and not file.exists():
        raise CommandFailed(f"there is no desk at {file}; DESK_DATABASE_URL says where it is")
    return beside(complete(found))


def beside(found: Settings) -> Settings:
    """The same settings, and where the environment says nothing, how the server of this file has them."""
    told = served.noted(found.database_file) if found.database_file else {}
    # What it says may not go with what the server had; then it stands alone.
    with suppress(SettingsError):
        return settings.load(**told).model_copy(update={"secret": found.secret})
    return found


def complete(found: Settings) -> Settings:
    """The settings with a secret: the given one, or the one beside the database.

    Only `DESK_SLACK=local` makes a new one. Raises SettingsError where there is none.
    """
    if found.database_file is not None:
        _make_folder(found.database_file.parent)
    if found.secret is not None:
        return found
    file = secret_file(found)
    if file is not None and found.slack == "local":
        _make(file)
    if file is None or not file.exists():
        raise SettingsError([_NO_SECRET])
    return found.model_copy(update={"secret": SecretStr(_read(file))})


def secret_file(found: Settings) -> Path | None:
    """Where the secret lies that the desk made itself; None where the database is no file."""
    database = found.database_file
    return database.with_name(f"{database.name}.secret") if database else None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([f"DESK_DATABASE_URL: {folder} cannot be made: {error.strerror}"]) from error


def _make(file: Path) -> None:
    """Write a fresh secret, unless there is one. Whole or not at all, whoever else does the same."""
    if file.exists():
        return
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(secrets.token_hex(32) + "\n")
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


def _read(file: Path) -> str:
    if file.stat().st_mode & 0o077:
        raise SettingsError([f"{file} can be read by others; `chmod 600 {file}` or set DESK_SECRET"])
    text = file.read_text().strip()
    if len(text) < settings.SHORTEST_SECRET:
        raise SettingsError([f"{file} holds no secret of {settings.SHORTEST_SECRET} characters"])
    return text
