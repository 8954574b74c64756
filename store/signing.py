"""The key pairs with which webhooks of a project are signed, so that anybody can check them.

A receiver that checks with the public key holds nothing that could sign. Each project has pairs of
its own: a signature of one says nothing to another's receivers.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, and_, insert, or_, select, update

from approvals.keys import PRIVATE_PREFIX, PUBLIC_PREFIX, mint_private_key
from approvals.model import ProjectId, PublicKey
from store import projects, tables
from store.connections import Engines
from store.vault import Vault
from store.writer import Writer

_s = tables.signing_keys.c
_NEWEST_FIRST = (_s.ends_at.is_not(None), _s.created_at.desc())


class SqlSigningKeys:
    """The store's `SigningKeys` (see `approvals.ports.SigningKeys`)."""

    def __init__(self, writer: Writer, engines: Engines, vault: Vault) -> None:
        self._writer = writer
        self._engines = engines
        self._vault = vault

    async def private(self, project: ProjectId) -> Sequence[str]:
        """The `whsk_…` keys that sign now, the newest first; the first is made where there is none."""
        found = await self._sealed(project)
        if not found:
            await self._writer.run(lambda connection, now: ensure(connection, project, now, self._vault))
            found = await self._sealed(project)
        return [self._vault.unseal(sealed) for sealed in found]

    async def public(self, project: ProjectId) -> Sequence[PublicKey]:
        statement = select(tables.signing_keys).where(_s.project_id == project)
        rows = await self._engines.rows(statement.order_by(*_NEWEST_FIRST))
        return [PublicKey(row["id"], row["public"], row["created_at"], row["ends_at"]) for row in rows]

    async def rotate(self, project: ProjectId, overlap: timedelta) -> PublicKey:
        def job(connection: Connection, now: datetime) -> PublicKey:
            ensure(connection, project, now, self._vault)
            current = and_(_s.project_id == project, _s.ends_at.is_(None))
            connection.execute(update(tables.signing_keys).where(current).values(ends_at=now + overlap))
            return _add(connection, project, now, self._vault)

        return await self._writer.run(job)

    async def _sealed(self, project: ProjectId) -> list[str]:
        def work(connection: Connection) -> list[str]:
            # Whether a pair still signs is said by the database's clock, on every replica alike.
            lives = or_(_s.ends_at.is_(None), _s.ends_at > self._writer.time(connection))
            mine = select(_s.sealed).where(_s.project_id == project, lives)
            return list(connection.execute(mine.order_by(*_NEWEST_FIRST)).scalars())

        return await self._engines.read(work)


def ensure(connection: Connection, project: ProjectId, now: datetime, vault: Vault) -> None:
    """Make a project's first pair, unless it has one. Its row is locked, so that it gets no two."""
    if not projects.lock_rows(connection, {project}):
        return
    if connection.execute(select(_s.id).where(_s.project_id == project).limit(1)).first() is None:
        _add(connection, project, now, vault)


def _add(connection: Connection, project: ProjectId, now: datetime, vault: Vault) -> PublicKey:
    private = mint_private_key()
    made = PublicKey(f"key_{token_hex(8)}", public_of(private), now, None)
    row = {
        "id": made.id,
        "project_id": project,
        "public": made.text,
        "sealed": vault.seal(private),
        "created_at": now,
        "ends_at": None,
    }
    connection.execute(insert(tables.signing_keys), row)
    return made


def public_of(private: str) -> str:
    """The `whpk_…` of a `whsk_…`."""
    seed = base64.b64decode(private.removeprefix(PRIVATE_PREFIX))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return PUBLIC_PREFIX + base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
