"""Installations of the Slack app as rows, their tokens sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from approvals.errors import StoreUnavailable
from approvals.installations import Installation, Workspace
from store import tables
from store.connections import Engines
from store.flush import upsert
from store.vault import Vault
from store.writer import Writer

_i = tables.installations.c
_NO_TOKENS: dict[str, Any] = {"token": "", "refresh_token": None, "expires_at": None, "rotating_until": None}


class SqlInstallations:
    """The store's `Installations` (see `approvals.ports.Installations`)."""

    def __init__(self, writer: Writer, engines: Engines, vault: Vault) -> None:
        self._writer = writer
        self._engines = engines
        self._vault = vault

    async def listing(self) -> Sequence[Installation]:
        return await self._select()

    async def find(self, workspace: Workspace) -> Installation | None:
        keys = [key for key in (workspace.team, workspace.enterprise) if key is not None]
        fits: Any = _i.id.in_(keys)
        if workspace.team is None:
            fits = or_(fits, _i.enterprise == workspace.enterprise)
        found = await self._select(fits, _i.gone_at.is_(None))
        exact = [one for key in keys for one in found if one.key == key]
        return next(iter(exact + found), None)

    async def app(self) -> str | None:
        told = select(_i.app).where(_i.app.is_not(None), _i.gone_at.is_(None))
        try:
            rows = await self._engines.rows(told.order_by(_i.installed_at.desc()).limit(1))
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error
        return rows[0]["app"] if rows else None

    async def put(self, installation: Installation) -> None:
        row = self._to_row(installation)

        def job(connection: Connection, now: datetime) -> None:
            statement = upsert(connection, tables.installations)
            fresh = {name: statement.excluded[name] for name in row if name not in {"id", "turn"}}
            fresh["turn"] = _i.turn + 1
            statement = statement.on_conflict_do_update(index_elements=["id"], set_=fresh)
            connection.execute(statement, row)

        await self._writer.run(job)

    async def remove(self, key: str, at: datetime) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            mine = and_(_i.id == key, _i.gone_at.is_(None), _i.installed_at <= at)
            values = {**_NO_TOKENS, "gone_at": at}
            return connection.execute(update(tables.installations).where(mine).values(values)).rowcount == 1

        return await self._writer.run(job)

    async def begin_rotation(self, seen: Installation, lease: timedelta) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            free = or_(_i.rotating_until.is_(None), _i.rotating_until <= now)
            taken = update(tables.installations).where(_same(seen), free).values(rotating_until=now + lease)
            return connection.execute(taken).rowcount == 1

        return await self._writer.run(job)

    async def end_rotation(self, seen: Installation, fresh: Installation) -> bool:
        tokens = self._to_row(fresh)
        values = {name: tokens[name] for name in ("token", "refresh_token", "expires_at")}
        values |= {"turn": seen.turn + 1, "rotating_until": None}

        def job(connection: Connection, now: datetime) -> bool:
            changed = update(tables.installations).where(_same(seen)).values(values)
            return connection.execute(changed).rowcount == 1

        return await self._writer.run(job)

    async def _select(self, *conditions: Any) -> list[Installation]:
        statement = select(tables.installations).where(*conditions).order_by(_i.installed_at, _i.id)
        try:
            rows = await self._engines.rows(statement)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error
        return [self._from_row(row) for row in rows]

    def _to_row(self, one: Installation) -> dict[str, Any]:
        refresh = one.refresh_token
        return {
            "id": one.key,
            "team": one.team,
            "enterprise": one.enterprise,
            "name": one.name,
            "token": self._vault.seal(one.token) if one.token else "",
            "refresh_token": None if refresh is None else self._vault.seal(refresh),
            "scopes": list(one.scopes),
            "installed_by": one.installed_by,
            "installed_at": one.installed_at,
            "expires_at": one.expires_at,
            "gone_at": one.gone_at,
            "rotating_until": None,
            "turn": one.turn,
            "app": one.app,
        }

    def _from_row(self, row: Any) -> Installation:
        refresh = row["refresh_token"]
        return Installation(
            team=row["team"],
            enterprise=row["enterprise"],
            name=row["name"],
            token=self._vault.unseal(row["token"]) if row["token"] else "",
            scopes=tuple(row["scopes"]),
            installed_by=row["installed_by"],
            installed_at=row["installed_at"],
            refresh_token=None if refresh is None else self._vault.unseal(refresh),
            expires_at=row["expires_at"],
            gone_at=row["gone_at"],
            turn=row["turn"],
            app=row["app"],
        )


def _same(seen: Installation) -> Any:
    """The installation as it was seen: nobody has put another token there, nor taken it away."""
    return and_(_i.id == seen.key, _i.turn == seen.turn, _i.gone_at.is_(None))
