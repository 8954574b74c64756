"""`backup` and `restore`: a copy of everything that the desk keeps, and putting one back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app import open_desk, utc_now
from cli import environment, output
from cli.failure import MISUSED, CommandFailed
from cli.options import AsJson
from settings import Settings
from store import backup as files
from store.chain import BrokenChain

OPEN = ("pending", "assigned", "started")

File = Annotated[Path, typer.Argument(help="The file of the backup.", metavar="FILE")]


def backup(file: File, as_json: AsJson = False) -> None:
    """Copy the database to FILE, also while it is served. Keep DESK_SECRET as well, elsewhere."""
    database = _database(environment.for_commands(fresh=False))
    try:
        files.back_up(database, file)
    except files.BackupError as error:
        raise CommandFailed(str(error)) from error
    size = file.stat().st_size
    if as_json:
        return output.json({"file": str(file), "bytes": size})
    output.say(f"{file}: {size:,} bytes")
    return output.remark("Without DESK_SECRET it opens to nobody: keep that too, in another place.")


def restore(file: File, as_json: AsJson = False) -> None:
    """Put a backup back. A database that is there is kept beside it; one that is served is left alone."""
    settings = environment.for_commands(fresh=True)
    database = _database(settings)
    try:
        with files.staged(file, database) as draft:
            requests, messages = asyncio.run(_looked_into(settings, draft))
            aside = files.put_back(draft, database, utc_now())
    except files.BackupError as error:
        raise CommandFailed(str(error)) from error
    if as_json:
        kept = str(aside) if aside else None
        return output.json({"database": str(database), "kept": kept, "open": requests, "queued": messages})
    output.say(f"{database} is what {file} holds: {requests} open requests, {messages} messages to send")
    if aside:
        output.say(f"what was there is kept as {aside}")
    return output.remark("What was decided or sent since the backup is open, or sent, once more.")


async def _looked_into(settings: Settings, draft: Path) -> tuple[int, int]:
    """Open requests and queued messages of a copy that this desk can use.

    Raises WrongSecret, DatabaseUnusable, or CommandFailed where its audit chain is broken.
    """
    copy = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{draft}"})
    async with open_desk(copy) as desk:
        for project in await desk.store.agenda.projects():
            try:
                await desk.store.verify(project)
            except BrokenChain as error:
                raise CommandFailed(f"the audit chain of project {project} is broken: {error}") from error
        found = await desk.store.figures()
    return sum(found.requests.get(status, 0) for status in OPEN), sum(found.queued.values())


def _database(settings: Settings) -> Path:
    file = settings.database_file
    if file is None:
        raise CommandFailed(
            "DESK_DATABASE_URL is no SQLite file; PostgreSQL has pg_dump and pg_restore for this", MISUSED
        )
    return file
