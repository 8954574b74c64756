"""The one writer of a process: many units, one transaction, one commit.

While one group commits, the next gathers. Each unit reads and writes as if it were alone;
one that raises is dropped and harms no other. Nobody is answered before the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from approvals.errors import ApprovalError, StoreUnavailable
from approvals.model import ProjectId
from approvals.ports import Unit
from store import tables
from store.connections import Engines, WritingConnection
from store.flush import LostUpdate
from store.group import Committed, Group, Ticket
from store.projects import Project
from store.vault import Vault

T = TypeVar("T")

Job = Callable[[Connection, datetime], T]
"""Work on the writer's connection itself, for what belongs to no project. It runs on the writer's thread."""

GROUP = 128
"""How many units share one transaction at the most."""

TURNS = 8
"""How many turns of the loop a group gathers at the most."""

TRIES = 3
"""How often a group is run that lost against another replica."""

log = structlog.get_logger(__name__)


class Writer:
    """Takes work in, groups it, commits it, answers."""

    def __init__(
        self,
        engines: Engines,
        vault: Vault,
        clock: Callable[[], datetime] | None,
        committed: Callable[[Committed], None],
    ) -> None:
        self._engines = engines
        self._vault = vault
        self._clock = clock
        self._committed = committed
        self._queue: asyncio.Queue[Ticket] = asyncio.Queue()
        self._projects: dict[ProjectId, Project] = {}
        self._stale: set[ProjectId] = set()
        self._connection: WritingConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self.replica: str | None = None
        self.on_foreign: Callable[[ProjectId], None] = lambda _: None
        self.trace: Callable[[], str | None] = _no_trace

    async def write(self, project: ProjectId, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run a unit of a project; see `approvals.ports.Store.write`."""
        return await self._ask(project, work)  # type: ignore[no-any-return]

    async def run(self, job: Job[T]) -> T:
        """Run a plain job in the next transaction. It must be safe to run again."""
        return await self._ask(None, job)  # type: ignore[no-any-return]

    def project(self, project: ProjectId) -> Project | None:
        """The project as last committed here, None where this process has not touched it yet."""
        return None if project in self._stale else self._projects.get(project)

    def forget(self, project: ProjectId) -> None:
        """Read the project anew at the next write: somebody else has changed it."""
        # Not at once: the group that is being written may be in the middle of it.
        self._stale.add(project)

    def start(self) -> None:
        """Begin to take work."""
        self._task = asyncio.create_task(self._serve(), name="store-writer")

    async def stop(self) -> None:
        """Finish what was taken, then let go of the connection."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop_connection()

    async def _ask(self, project: ProjectId | None, work: Callable[..., Any]) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Ticket(project, work, future, self.trace()))
        return await future

    async def _serve(self) -> None:
        while True:
            tickets = await self._gather()
            try:
                await self._settle([t for t in tickets if not t.future.cancelled()])
            finally:
                for _ in tickets:
                    self._queue.task_done()

    async def _gather(self) -> list[Ticket]:
        """What waits, and what the next turns of the loop bring as long as they bring anything.

        Those who were answered together ask again together. Taken as they come in, a large group
        and a small one would alternate, and a small one costs nearly as much.
        """
        tickets = [await self._queue.get()]
        for _ in range(TURNS):
            waiting = self._queue.qsize()
            await asyncio.sleep(0)
            if self._queue.qsize() == waiting:
                break
        while len(tickets) < GROUP and not self._queue.empty():
            tickets.append(self._queue.get_nowait())
        return tickets

    async def _settle(self, tickets: list[Ticket]) -> None:
        """Commit a group; where it cannot be, its members alone, so that one bad one harms no other."""
        if not tickets:
            return
        error = await self._try(tickets)
        if error is None:
            return
        if len(tickets) > 1 and not _is_disconnect(error):
            for ticket in tickets:
                await self._settle([ticket])
            return
        log.error("write_failed", error=type(error).__name__, units=len(tickets))
        for ticket in tickets:
            _fail(ticket, error)

    async def _try(self, tickets: list[Ticket]) -> Exception | None:
        """Run the group until it is committed; the last error where it could not be."""
        error: Exception | None = None
        for _ in range(TRIES):
            try:
                group = await self._commit(tickets)
            except (SQLAlchemyError, LostUpdate, OSError) as failed:
                error = failed
            except Exception as failed:
                # A bug of ours costs this group its answer, and never the desk its only writer.
                log.exception("write_crashed")
                error = failed
            else:
                self._answer(group)
                return None
            await self._recover(tickets, error)
            if not _worth_again(error):
                return error
        return error

    async def _commit(self, tickets: list[Ticket]) -> Group:
        connection, group = self._open(), self._group()
        try:
            await connection.run(partial(group.perform, tickets, self.time, self.replica))
        except BaseException as error:
            # Where only the answer to COMMIT was lost, the commit need not be: look before saying so.
            lost = group.committing and isinstance(error, SQLAlchemyError)
            if not (lost and await self._landed(group)):
                await self._roll_back(connection)
                raise
        return group

    def _group(self) -> Group:
        for project in self._stale:
            self._projects.pop(project, None)
        self._stale.clear()
        return Group(self._vault, self._projects)

    async def _roll_back(self, connection: WritingConnection) -> None:
        try:
            await connection.run(_rollback)
        except (SQLAlchemyError, OSError) as error:
            log.warning("not_rolled_back", error=type(error).__name__)
            await self._drop_connection()

    def time(self, connection: Connection) -> datetime:
        """The time by which the database's transactions go."""
        if self._clock is not None:
            return self._clock()
        if self._engines.sqlite:
            return datetime.now(UTC)
        now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)

    def _answer(self, group: Group) -> None:
        for project in group.foreign:
            self.on_foreign(project)
        try:
            self._committed(group.committed)
        except Exception:
            log.exception("commit_not_told")
        for ticket, result, error in group.results:
            if ticket.future.cancelled():
                continue
            if error is not None:
                ticket.future.set_exception(error)
            else:
                ticket.future.set_result(result)

    async def _landed(self, group: Group) -> bool:
        await self._drop_connection()
        if group.last_hash is None:
            return False
        events = tables.events.c
        return bool(await self._engines.rows(select(events.n).where(events.hash == group.last_hash)))

    def _open(self) -> WritingConnection:
        if self._connection is None:
            self._connection = self._engines.writing()
        return self._connection

    async def _recover(self, tickets: list[Ticket], error: Exception) -> None:
        """Nothing held in memory is trusted after a failure."""
        for ticket in tickets:
            if ticket.project is not None:
                self.forget(ticket.project)
        if _is_disconnect(error) or not isinstance(error, DBAPIError):
            await self._drop_connection()

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.close()
        except (SQLAlchemyError, OSError) as error:
            log.warning("connection_not_closed", error=type(error).__name__)


def _rollback(connection: Connection) -> None:
    connection.rollback()


def _is_disconnect(error: Exception) -> bool:
    return isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _worth_again(error: Exception) -> bool:
    """Whether another replica was in the way, or the connection was: the same work may succeed now."""
    if isinstance(error, LostUpdate) or _is_disconnect(error):
        return True
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code in {"40001", "40P01"}


def _fail(ticket: Ticket, error: Exception) -> None:
    if ticket.future.cancelled():
        return
    refused = error if isinstance(error, ApprovalError) else StoreUnavailable()
    refused.__cause__ = error if refused is not error else None
    ticket.future.set_exception(refused)


def _no_trace() -> None:
    """What is known of whoever asks where nobody makes spans."""
