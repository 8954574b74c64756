"""API keys, held in memory and read anew when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from time import monotonic
from typing import Any

from sqlalchemy import Connection, insert, select, update

from approvals.keys import Key, Rate, Scope, digest, key_id_of
from approvals.model import KeyId, ProjectId
from approvals.restrictions import Restrictions
from store import meta, projects, signing, tables
from store.connections import Engines, reading
from store.queries import read_used
from store.vault import Vault
from store.writer import Writer

LOOK_EVERY_S = 0.1

CHANGED = "keys"
"""The counter that tells other processes that keys have changed."""

_k = tables.keys.c
_e = tables.endpoints.c


class SqlKeys:
    """The store's `Keys` (see `approvals.ports.Keys`)."""

    def __init__(
        self,
        writer: Writer,
        engines: Engines,
        vault: Vault,
        pepper: str,
        clock: Callable[[], datetime] | None,
    ) -> None:
        self._writer = writer
        self._engines = engines
        self._vault = vault
        self._pepper = pepper
        self._clock = clock or _utc_now
        self._by_digest: dict[str, Key] = {}
        self._looked_at = 0.0
        self._look: asyncio.Task[None] | None = None

    async def find(self, text: str) -> Key | None:
        # A key that is not even shaped like one of ours costs no hash.
        if key_id_of(text) is None:
            return None
        hashed = digest(text, self._pepper)
        if hashed not in self._by_digest:
            await self._look_again()
        key = self._by_digest.get(hashed)
        return key if key is not None and key.live(self._clock()) else None

    async def used(self, key: Key, period: str) -> int:
        return await reading(self._engines.read(lambda connection: read_used(connection, key.id, period)))

    async def list(self, project: ProjectId | None) -> Sequence[Key]:
        await self.reload()
        found = [k for k in self._by_digest.values() if project is None or k.project == project]
        return sorted(found, key=lambda k: k.created_at)

    async def create(self, key: Key, text: str, webhook_secret: str) -> None:
        row = _to_row(key) | {
            "digest": digest(text, self._pepper),
            "webhook_secrets": [self._vault.seal(webhook_secret)],
        }

        def job(connection: Connection, now: datetime) -> None:
            if not projects.lock_rows(connection, {key.project}):
                projects.create(connection, key.project, now)
            connection.execute(insert(tables.keys), row)
            # Before anything can be signed: who checks with the public half has to know it first.
            signing.ensure(connection, key.project, now, self._vault)
            meta.bump(connection, CHANGED)

        await self._writer.run(job)
        self._by_digest[row["digest"]] = key

    async def revoke(self, key_id: KeyId, at: datetime) -> bool:
        return await self._change(key_id, revoked_at=at)

    async def expire(self, key_id: KeyId, at: datetime) -> bool:
        """Let a key end at a time to come (rotation); False where there is no such key."""
        return await self._change(key_id, expires_at=at)

    async def adopt_secrets(self, heir: KeyId, old: KeyId) -> None:
        """Let callbacks of a rotated key's requests be signed with both keys' secrets."""
        fresh, former = await self.sealed(f"key:{heir}"), await self.sealed(f"key:{old}")
        await self._change(old, webhook_secrets=[*fresh[:1], *former[:1]])

    async def secrets(self, signer: str) -> Sequence[str]:
        return [self._vault.unseal(sealed) for sealed in await self.sealed(signer)]

    async def sealed(self, signer: str) -> Sequence[str]:
        """The sealed secrets of a signer, the newest first; empty where there is none."""
        kind, _, named = signer.partition(":")
        column, own = (_e.secrets, _e.id) if kind == "endpoint" else (_k.webhook_secrets, _k.id)
        rows = await self._engines.rows(select(column.label("secrets")).where(own == named))
        return rows[0]["secrets"] if rows else []

    async def check_secret(self) -> None:
        """Raise WrongSecret where the keys were made under another secret: no key would open anything."""
        newest = select(_k.webhook_secrets).order_by(_k.created_at.desc()).limit(1)
        for row in await self._engines.rows(newest):
            for sealed in row["webhook_secrets"][:1]:
                self._vault.unseal(sealed)

    async def reload(self) -> None:
        """Read all keys anew."""
        rows = await self._engines.rows(select(tables.keys))
        self._by_digest = {row["digest"]: _from_row(row) for row in rows}

    async def _look_again(self) -> None:
        """A key made a moment ago beside this process counts at once; a flood of guesses costs little.

        All who ask before a look begins share it: whoever did not wait for it would be refused for good.
        """
        if self._look is None:
            self._look = asyncio.create_task(self._next_look())
        await asyncio.shield(self._look)

    async def _next_look(self) -> None:
        await asyncio.sleep(self._looked_at + LOOK_EVERY_S - monotonic())
        self._look, self._looked_at = None, monotonic()
        await self.reload()

    async def _change(self, key_id: KeyId, **values: Any) -> bool:
        def job(connection: Connection, now: datetime) -> bool:
            done = connection.execute(update(tables.keys).where(_k.id == key_id).values(values))
            meta.bump(connection, CHANGED)
            return done.rowcount == 1

        changed = await self._writer.run(job)
        await self.reload()
        return changed


def _utc_now() -> datetime:
    return datetime.now(UTC)


def rotated(key: Key, key_id: KeyId, now: datetime) -> Key:
    """The successor of a key: the same rights under a new id."""
    return replace(key, id=key_id, created_at=now, expires_at=None, revoked_at=None)


DEFAULT_OVERLAP = timedelta(hours=24)
"""How long a rotated key lives on."""


def _to_row(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "project_id": key.project,
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "owner": key.owner,
        "speaks_for": list(key.speaks_for),
        "rate_count": key.rate.count if key.rate else None,
        "rate_seconds": key.rate.seconds if key.rate else None,
        "quota": key.quota,
        "max_open": key.max_open,
        "domains": list(key.restrictions.domains),
        "jurisdictions": list(key.restrictions.jurisdictions),
        "agents": list(key.restrictions.agents),
        "networks": list(map(str, key.networks)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _from_row(row: Any) -> Key:
    rate = None if row["rate_count"] is None else Rate(row["rate_count"], row["rate_seconds"])
    return Key(
        id=KeyId(row["id"]),
        project=ProjectId(row["project_id"]),
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"])),
        created_at=row["created_at"],
        owner=row["owner"],
        speaks_for=tuple(row["speaks_for"]),
        rate=rate,
        quota=row["quota"],
        max_open=row["max_open"],
        restrictions=Restrictions(*(tuple(row[name]) for name in ("domains", "jurisdictions", "agents"))),
        networks=tuple(map(ip_network, row["networks"])),
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
