"""The network between the desk and its database, and to its receivers: cut, late, lost, silent."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from approvals.outbox import Carrier
from scheduler.callback import CallbackSender
from scheduler.delivery import Pump
from scheduler.guard import Guard
from store.engine import open_store
from store.migrations import migrate
from tests.builders import NOW
from tests.fakes import Clock
from tests.faults.fleet import flapping, fleet, hasten
from tests.faults.proxy import Harm, Streams, proxy, too_many
from tests.scheduler.receivers import Receiver, secrets
from tests.store.contract import a_message, sends


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


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

PLEAS = {
    "seconds": ("120", 2 * MINUTE, 2 * MINUTE),
    "http-date": (format_datetime(NOW + HOUR, usegmt=True), HOUR - timedelta(seconds=1), HOUR),
    "a-week": ("604800", 24 * HOUR, 24 * HOUR),
    "the-next-century": ("Fri, 01 Jan 2100 00:00:00 GMT", 24 * HOUR, 24 * HOUR),
    "absurd": ("9" * 40, timedelta(seconds=4), MINUTE),
    "now": ("0", timedelta(seconds=4), MINUTE),
    "negative": ("-120", timedelta(seconds=4), MINUTE),
    "words": ("later, please", timedelta(seconds=4), MINUTE),
}
"""What a receiver asks for, and how long the desk leaves it alone at least and at most."""


@pytest.mark.parametrize(("asked", "least", "most"), PLEAS.values(), ids=PLEAS)
async def test_a_receiver_that_has_too_much_to_do(
    asked: str, least: timedelta, most: timedelta, tmp_path: Path
) -> None:
    """It is left alone for as long as it asks, within reason, and hears of everything once, in order."""
    database, clock = f"sqlite+aiosqlite:///{tmp_path}/desk.db", Clock()
    await migrate(database)

    def time_passes(due: datetime) -> None:
        clock.now = max(clock.now, due)
        pump.kick()

    async with (
        Receiver() as receiver,
        proxy(lambda: asyncio.open_connection("127.0.0.1", receiver.port)) as wire,
        CallbackSender(secrets, Guard(["127.0.0.0/8"]), clock) as sender,
        open_store(database, secret="s" * 32, clock=clock) as store,
    ):
        pump = Pump(store.outbox, {Carrier.HTTP: sender}, clock)
        pump.on_due_again(time_passes)
        wire.expect(Harm.ANSWER, b"POST", too_many(asked))
        words = [b'{"n":1}', b'{"n":2}', b'{"n":3}']
        url = f"http://127.0.0.1:{wire.port}/"
        messages = (a_message("end", "lane", "r1", url=url, body=body, signer="key:k") for body in words)
        await sends(store, *messages)
        pump.start()
        try:
            seen = await receiver.wait_for(len(words))
        finally:
            await pump.stop()
    assert [one.body for one in seen] == words
    ids = [one.headers["webhook-id"] for one in seen]
    assert len(set(ids)) == len(words)
    assert f"webhook-id: {ids[0]}".encode() in wire.struck
    assert least <= clock.now - NOW <= most
