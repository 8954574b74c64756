"""The network between the desk and its database, and to its receivers: cut, late, lost, silent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.fleet import flapping, fleet, hasten
from tests.faults.proxy import Harm, Streams, proxy


@pytest.mark.postgres
async def test_a_connection_lost_in_commit(tmp_path: Path, postgres_empty_url: str) -> None:
    """Whether it arrived is looked up by what it wrote: never an answer without a row, nor two rows."""
    parts = urlsplit(postgres_empty_url)
    folder = parse_qs(parts.query).get("host", [""])[0]

    async def connect() -> Streams:
        if folder:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)

    async with proxy(connect) as wire, fleet(tmp_path, 1, postgres_empty_url) as desk:
        user = parts.netloc.rpartition("@")[0] or "postgres"
        through = f"postgresql+asyncpg://{user}@127.0.0.1:{wire.port}{parts.path}"
        await desk.start()
        direct = desk.first.environment
        await desk.kill()
        desk.first.environment = direct | {"DESK_DATABASE_URL": through}
        await desk.first.start()
        desk.first.environment = direct
        for harm in (Harm.CUT_BEFORE, Harm.LOSE_ANSWER, Harm.CUT_AMID):
            wire.expect(harm, b"COMMIT")
            ids = await asyncio.gather(*(desk.create(f"{harm} {n}") for n in range(4)))
            assert wire.done.is_set()
            rows = await desk.rows("SELECT id FROM requests WHERE summary LIKE '" + harm + "%'")
            assert sorted(row["id"] for row in rows) == sorted(ids)


async def test_what_happens_on_the_way_to_a_receiver(tmp_path: Path) -> None:
    """Each harm delays a callback, and none loses or changes it."""
    async with flapping(4) as receiver, fleet(tmp_path) as desk:
        receiver.steady = True

        async def connect() -> Streams:
            return await asyncio.open_connection("127.0.0.1", receiver.port)

        await desk.start()
        ids = []
        for harm in (Harm.CUT_BEFORE, Harm.CUT_AMID, Harm.LOSE_ANSWER, Harm.BLACK_HOLE, Harm.DELAY):
            async with proxy(connect) as wire:
                wire.expect(harm, b"POST")
                request_id = await desk.create(harm, callback_url=f"http://127.0.0.1:{wire.port}/callback")
                await desk.cancel(request_id)
                await asyncio.wait_for(wire.done.wait(), 20)
                arrives = harm in {Harm.LOSE_ANSWER, Harm.DELAY}
                if arrives:
                    await receiver.until({request_id})
                ids.append(request_id)
                await desk.kill()
                await hasten(desk.first.database_url)
                await desk.start()
                await receiver.until({request_id})
        receiver.check()
        assert receiver.tries >= len(ids)
