"""Idempotency keys of calls whose answer is made outside the transaction, beside those of requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, select, update

from approvals.model import ProjectId
from approvals.ports import FirstAnswer
from store import tables
from store.flush import upsert
from store.vault import Vault
from store.writer import Writer

UNDER_WAY = b""
"""In place of an answer that there is not yet."""

NO_REQUEST = ""

_i = tables.idempotency.c


class SqlPromises:
    """The store's `Promises` (see `approvals.ports.Promises`)."""

    def __init__(self, writer: Writer, vault: Vault) -> None:
        self._writer = writer
        self._vault = vault

    async def claim(self, project: ProjectId, scope: str, key: str, body_sha256: str) -> FirstAnswer | None:
        def job(connection: Connection, now: datetime) -> RowMapping | None:
            row = {
                "project_id": project,
                "scope": scope,
                "key": key,
                "body_sha256": body_sha256,
                "request_id": NO_REQUEST,
                "answer": UNDER_WAY,
                "created_at": now,
            }
            # Two replicas may try at once: the second finds what the first has claimed.
            taken = connection.execute(upsert(connection, tables.idempotency).on_conflict_do_nothing(), row)
            if taken.rowcount == 1:
                return None
            mine = select(tables.idempotency).where(_named(project, scope, key))
            return connection.execute(mine).mappings().one()

        row = await self._writer.run(job)
        return None if row is None else FirstAnswer(row["body_sha256"], self._opened(row["answer"]))

    async def keep(self, project: ProjectId, scope: str, key: str, answer: str) -> None:
        sealed = self._vault.seal(answer).encode()

        def job(connection: Connection, now: datetime) -> None:
            mine = update(tables.idempotency).where(_named(project, scope, key))
            connection.execute(mine.values(answer=sealed))

        await self._writer.run(job)

    async def drop(self, project: ProjectId, scope: str, key: str) -> None:
        def job(connection: Connection, now: datetime) -> None:
            mine = and_(_named(project, scope, key), _i.answer == UNDER_WAY)
            connection.execute(delete(tables.idempotency).where(mine))

        await self._writer.run(job)

    def _opened(self, answer: bytes) -> str | None:
        return None if answer == UNDER_WAY else self._vault.unseal(answer.decode())


def _named(project: ProjectId, scope: str, key: str) -> Any:
    return and_(_i.project_id == project, _i.scope == scope, _i.key == key)
