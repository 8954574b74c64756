"""Whether the desk can work: a write goes through, and this machine agrees with the database on the time.

What is decided is decided at the database's time; what a process tells others (deadlines, ages,
the time in a signature) is its own. Where the two differ, one of them lies to somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from approvals.errors import StoreUnavailable
from store import meta
from store.connections import Engines
from store.writer import Writer

MOST_SKEW = timedelta(seconds=2)
"""How far this machine's clock and the database's may be apart."""


class Readiness:
    """Looks at the database as one that is about to depend on it."""

    def __init__(self, writer: Writer, engines: Engines) -> None:
        self._writer = writer
        self._engines = engines

    async def reasons(self, clock: Callable[[], datetime]) -> list[str]:
        """What keeps the desk from working; empty: it works. Raises StoreUnavailable."""
        await self.prove()
        skew = await self.skew(clock)
        return [] if abs(skew) <= MOST_SKEW else [too_far_apart(skew)]

    async def prove(self) -> None:
        """Write something, to know that it can be done; raises StoreUnavailable."""

        def job(connection: Connection, now: datetime) -> None:
            # A transaction that writes nothing goes through on a full disk, and on a standby.
            meta.bump(connection, "proofs")

        await self._writer.run(job)

    async def skew(self, clock: Callable[[], datetime]) -> timedelta:
        """By how much `clock` is ahead of the database's, as far as the way there lets one tell."""
        if self._engines.sqlite:
            return timedelta()
        before = clock()
        try:
            theirs = await self._engines.read(_database_time)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error
        # It was read some time between `before` and now: within these nothing is said against anybody.
        ahead, behind = before - theirs, theirs - clock()
        return max(ahead, timedelta()) - max(behind, timedelta())


def too_far_apart(skew: timedelta) -> str:
    """The sentence for whoever has to set the clock."""
    direction = "ahead of" if skew > timedelta() else "behind"
    return (
        f"this machine's clock is {abs(skew).total_seconds():.1f} s {direction} the database's;"
        f" set it (NTP): they may be {MOST_SKEW.total_seconds():g} s apart"
    )


def _database_time(connection: Connection) -> datetime:
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC)
