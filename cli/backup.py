"""`backup` and `restore`: a copy of everything that the desk keeps, and putting one back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from app import Desk, open_desk, utc_now
from approvals.model import ProjectId
from approvals.restoring import OPEN, Head, Restoration
from cli import environment, output
from cli.failure import MISUSED, CommandFailed
from cli.options import AsJson
from settings import Settings
from store import backup as files
from store.chain import BrokenChain
from store.lock import only_server

File = Annotated[Path, typer.Argument(help="The file of the backup.", metavar="FILE")]
KeepOpen = Annotated[
    bool, typer.Option("--keep-open", help="Leave open requests open, also those that were decided since.")
]
Unserved = Annotated[bool, typer.Option("--yes", help="PostgreSQL: nobody serves this database now.")]
Lost = Mapping[ProjectId, Head]


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


def restore(file: File, keep_open: KeepOpen = False, as_json: AsJson = False) -> None:
    """Put a backup back, and void what it has open: people may have decided it since.

    A database that is there is kept beside it; one that is served is left alone.
    """
    settings = environment.for_commands(fresh=True)
    database = _database(settings)
    try:
        with files.staged(file, database) as draft:
            lost = files.heads(database)
            found = asyncio.run(_looked_into(settings, draft, lost, keep_open))
            aside = files.put_back(draft, database, utc_now())
    except files.BackupError as error:
        raise CommandFailed(str(error)) from error
    if as_json:
        kept = str(aside) if aside else None
        return output.json({"database": str(database), "kept": kept, **asdict(found)})
    output.say(f"{database} is what {file} holds: {found}")
    if aside:
        output.say(f"what was there is kept as {aside}")
    return output.remark("Messages that were sent since the backup are sent once more, under their old ids.")


def restored(keep_open: KeepOpen = False, yes: Unserved = False, as_json: AsJson = False) -> None:
    """Say that the database was put back by other means, such as pg_restore: what is open is void.

    To be run before the desk is served again; a SQLite file that is served is left alone.
    """
    settings = environment.for_commands(fresh=False)
    with _unserved(settings, yes):
        found = asyncio.run(_settled_in_place(settings, keep_open))
    if as_json:
        return output.json(asdict(found))
    return output.say(str(found))


@dataclass(frozen=True, slots=True)
class Found:
    """What a database that was put back holds: requests that are void, still open, messages to send."""

    voided: int
    open: int
    queued: int

    def __str__(self) -> str:
        void = f"{_counted(self.voided, 'request is', 'requests are')} void, " if self.voided else ""
        mail = _counted(self.queued, "message waits", "messages wait")
        return f"{void}{_counted(self.open, 'is', 'are')} open, {mail} to be sent"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@contextmanager
def _unserved(settings: Settings, told: bool) -> Iterator[None]:
    """While nobody serves the database: looked at where it is a file, else as the person says.

    Raises DatabaseBusy, or CommandFailed where it is not said.
    """
    if settings.database_file is not None:
        with only_server(settings.database_file):
            yield
    elif told:
        yield
    else:
        raise CommandFailed(
            "this voids every open request: stop every `serve` of this database, then say --yes", MISUSED
        )


async def _settled_in_place(settings: Settings, keep_open: bool) -> Found:
    async with open_desk(settings) as desk:
        return await _settled(desk, {}, keep_open)


async def _looked_into(settings: Settings, draft: Path, lost: Lost, keep_open: bool) -> Found:
    """What a copy holds that this desk can use, once it is settled.

    Raises WrongSecret, DatabaseUnusable, or CommandFailed where its audit chain is broken.
    """
    copy = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{draft}"})
    async with open_desk(copy) as desk:
        for project in await desk.store.agenda.projects():
            try:
                await desk.store.verify(project)
            except BrokenChain as error:
                raise CommandFailed(f"the audit chain of project {project} is broken: {error}") from error
        return await _settled(desk, lost, keep_open)


async def _settled(desk: Desk, lost: Lost, keep_open: bool) -> Found:
    """Note on each chain that time went back, and void what is open."""
    restoration = Restoration(desk.store, desk.store, desk.approvals)
    voided = 0
    for project in await desk.store.agenda.projects():
        await restoration.note(project, await desk.store.head(project), lost.get(project))
        voided += 0 if keep_open else await restoration.void(project)
    found = await desk.store.figures()
    still_open = sum(found.requests.get(status, 0) for status in OPEN)
    return Found(voided, still_open, sum(found.queued.values()))


def _database(settings: Settings) -> Path:
    file = settings.database_file
    if file is None:
        raise CommandFailed(
            "DESK_DATABASE_URL is no SQLite file; PostgreSQL has pg_dump and pg_restore for this,"
            " and `sentinel-desk restored` for what comes after",
            MISUSED,
        )
    return file
