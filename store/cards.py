"""The cards that were posted in Slack, and what else the bot has to remember."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, select, text, update

from approvals.cards import Astray, Card, dm
from approvals.model import ProjectId, RequestId, SentinelId, State
from approvals.outbox import Outgoing
from approvals.ports import Unit
from store import reconciling, tables
from store.connections import Engines
from store.flush import put, upsert
from store.reconciling import HELD
from store.retention import SIGHTINGS
from store.writer import Writer

_c = tables.cards.c
_r = tables.requests.c
_KEY = ("request_id", "surface")


class SqlCards:
    """The store's `Cards` (see `approvals.ports.Cards`)."""

    def __init__(self, writer: Writer, engines: Engines) -> None:
        self._writer = writer
        self._engines = engines

    async def card(self, request_id: RequestId, surface: str) -> Card | None:
        found = await self._select(_c.request_id == request_id, _c.surface == surface)
        return found[0] if found else None

    async def cards(self, request_id: RequestId) -> Sequence[Card]:
        return await self._select(_c.request_id == request_id)

    async def recent(self, project: ProjectId, surface: str, since: datetime) -> Sequence[Card]:
        there = and_(_c.project_id == project, _c.surface == surface, text(f"({tables.CARD_IS_OPEN})"))
        found = await self._select(there, _c.posted_at > since)
        return sorted(found, key=lambda card: (card.posted_at or since, card.request_id), reverse=True)

    async def together(self, channel: str, ts: str) -> Sequence[Card]:
        found = await self._select(_c.channel == channel, _c.ts == ts)
        return sorted(found, key=lambda card: card.request_id)

    async def unshown(self, project: ProjectId, sentinel: SentinelId, limit: int) -> Sequence[RequestId]:
        stands = exists().where(_c.request_id == _r.id, _c.surface == dm(sentinel), _c.ts.is_not(None))
        held = and_(_r.project_id == project, _r.assigned_to == sentinel, _r.status.in_(HELD))
        # A plain number would have SQLite walk through all requests in their order.
        query = select(_r.id).where(held, ~stands).order_by(_r.number + 0).limit(limit)
        return [RequestId(row["id"]) for row in await self._engines.rows(query)]

    async def put(self, project: ProjectId, *cards: Card) -> None:
        rows = [_to_row(project, card) for card in cards]

        def job(connection: Connection, now: datetime) -> None:
            put(connection, tables.cards, _KEY, *rows)

        if rows:
            await self._writer.run(job)

    async def settle(self, project: ProjectId, before: Card, after: Card) -> bool:
        mine = and_(_c.request_id == before.request_id, _c.surface == before.surface)
        # Whoever wrote the same version wrote the same message.
        known = (before.shown_version, after.shown_version)
        as_read = and_(mine, _c.shown_version.in_(known), _c.ts == before.ts)

        def job(connection: Connection, now: datetime) -> bool:
            done = connection.execute(update(tables.cards).where(as_read).values(_to_row(project, after)))
            if done.rowcount == 1:
                return True
            unknown = {"shown_version": 0, "shown_state": None}
            connection.execute(update(tables.cards).where(mine).values(unknown))
            return False

        return await self._writer.run(job)

    async def repair(
        self, project: ProjectId, channels: Collection[str], topic: str, word: Callable[[Astray], Outgoing]
    ) -> int:
        def job(connection: Connection, now: datetime) -> int:
            return reconciling.repair(connection, project, channels, topic, word, now)

        return await self._writer.run(job)

    async def pin(self, project: ProjectId, sentinel: SentinelId, team: str, user: str) -> None:
        async def work(unit: Unit) -> None:
            person = unit.roster.sentinels[sentinel]
            if person.slack_team is None:
                unit.change_sentinel(sentinel, slack_team=team, slack_user=user)

        await self._writer.write(project, work)

    async def first_sight(self, kind: str, mark: str) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            statement = upsert(connection, tables.sightings)
            # One that outlived its time, and was not pruned yet, is as good as forgotten.
            statement = statement.on_conflict_do_update(
                index_elements=["kind", "mark"],
                set_={"at": statement.excluded.at},
                where=tables.sightings.c.at < now - SIGHTINGS,
            )
            done = connection.execute(statement, {"kind": kind, "mark": mark, "at": now})
            return done.rowcount == 1

        return await self._writer.run(job)

    async def _select(self, *conditions: Any) -> list[Card]:
        rows = await self._engines.rows(select(tables.cards).where(*conditions).order_by(_c.surface))
        return [_from_row(row) for row in rows]


def _to_row(project: ProjectId, card: Card) -> dict[str, Any]:
    return {
        "request_id": card.request_id,
        "surface": card.surface,
        "project_id": project,
        "team": card.team,
        "channel": card.channel,
        "ts": card.ts,
        "shown_version": card.shown_version,
        "content_version": card.content_version,
        "shown_state": card.shown_state and card.shown_state.value,
        "shown_holder": card.shown_holder,
        "locale": card.locale,
        "digest": card.digest,
        "posted_at": card.posted_at,
    }


def _from_row(row: Any) -> Card:
    return Card(
        request_id=RequestId(row["request_id"]),
        surface=row["surface"],
        team=row["team"],
        channel=row["channel"],
        ts=row["ts"],
        shown_version=row["shown_version"],
        content_version=row["content_version"],
        shown_state=State(row["shown_state"]) if row["shown_state"] else None,
        shown_holder=row["shown_holder"],
        locale=row["locale"],
        digest=row["digest"],
        posted_at=row["posted_at"],
    )
