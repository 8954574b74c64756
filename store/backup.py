"""A copy of a SQLite database while it is served, and putting one back.

SQLite's online backup copies one snapshot, whole transactions only, and holds nobody up.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from approvals.model import ProjectId
from approvals.restoring import Head
from store.lock import only_server

_COMPANIONS = ("", "-wal", "-shm")


class BackupError(Exception):
    """The copy cannot be made, or is none. The text says why."""


def back_up(database: Path, target: Path) -> None:
    """Copy a database to a file that is not there yet, readable by its owner only.

    Raises BackupError; then there is no such file.
    """
    if target.exists():
        raise BackupError(f"{target} exists; a backup never overwrites one")
    with _draft(target) as draft:
        _copy(database, draft)
        _check(draft)
        _publish(draft, target)


@contextmanager
def staged(backup: Path, database: Path) -> Iterator[Path]:
    """A checked copy of a backup beside the database, to be looked into before `put_back`.

    The database is locked against servers meanwhile. Raises BackupError, or DatabaseBusy where
    one serves it.
    """
    if not backup.exists():
        raise BackupError(f"there is no file {backup}")
    with only_server(database), _draft(database) as draft:
        _copy(backup, draft)
        _check(draft)
        yield draft


def heads(database: Path) -> dict[ProjectId, Head]:
    """Where the audit chains of a database end, as far as it can still be read."""
    if not database.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            found = connection.execute("SELECT id, chain_n, chain_hash FROM projects").fetchall()
    except sqlite3.Error:
        # It may be restored because of that.
        return {}
    return {ProjectId(name): Head(n, sealed) for name, n, sealed in found}


def put_back(draft: Path, database: Path, now: datetime) -> Path | None:
    """Let a staged copy be the database; what was there is kept under the name that is returned."""
    _fold(draft)
    aside = None
    if database.exists():
        aside = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
        for end in _COMPANIONS:
            held = Path(f"{database}{end}")
            if held.exists():
                held.rename(f"{aside}{end}")
    _sync(draft)
    draft.rename(database)
    _sync(database.parent)
    return aside


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A private file beside the target, gone at the end unless it was renamed."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    try:
        yield draft
    finally:
        for end in _COMPANIONS:
            Path(f"{draft}{end}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    try:
        # Not read-only: a database that was closed in order lacks the files that a reader of it makes.
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
        _fold(target)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}") from error


def _fold(file: Path) -> None:
    """Make it one file, without a journal beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _check(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            known = connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0]
        except sqlite3.Error as error:
            raise BackupError(f"this is no database of a desk: {error}") from error
    if found != ["ok"] or not known:
        raise BackupError(f"the database is damaged: {found[0]}")


def _publish(draft: Path, target: Path) -> None:
    _sync(draft)
    try:
        os.link(draft, target)
    except FileExistsError as error:
        raise BackupError(f"{target} exists; a backup never overwrites one") from error
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
