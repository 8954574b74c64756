"""The clock and the pump over a real database and a real receiver, woken by commits alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.clockwork import Clockwork
from approvals.events import Event, EventKind
from approvals.model import State
from approvals.outbox import Carrier, Outgoing
from approvals.ports import Unit
from scheduler import runner as clock_module
from scheduler.callback import CallbackSender
from scheduler.delivery import Pump
from scheduler.guard import Guard
from scheduler.runner import Runner
from store.engine import Store, open_store
from store.group import Committed
from store.migrations import migrate
from tests.auditing import sound
from tests.builders import PROJECT, a_request
from tests.fakes import RecordingAnnouncer
from tests.scheduler.receivers import Receiver, secrets, wall


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret="s" * 32) as store:
        yield store
    await sound(url)


async def test_a_commit_alone_sends_and_expires(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "TICK_S", 3600)
    monkeypatch.setattr(clock_module, "_FALLBACK_S", 3600)
    ended = asyncio.Event()
    async with Receiver() as receiver, CallbackSender(secrets, Guard(["127.0.0.0/8"]), wall) as sender:
        pump = Pump(store.outbox, {Carrier.HTTP: sender}, wall)
        runner = Runner(Clockwork(store, RecordingAnnouncer()), store.agenda, store.outbox, pump, wall)

        def committed(what: Committed) -> None:
            if what.mail or what.requests:
                runner.wake()
            if any(r.state is State.EXPIRED for r in what.requests):
                ended.set()

        store.on_commit.append(committed)
        async with runner:
            requests = [a_request(n, expires_at=wall() + timedelta(seconds=1)) for n in range(1, 11)]

            async def submit(unit: Unit) -> None:
                for request in requests:
                    unit.add(request, [Event(EventKind.SUBMITTED, request.id, unit.now, "agent")])
                    unit.send(
                        Outgoing(Carrier.HTTP, f"http:{request.number % 3}", "t", request.id, receiver.url,
                                 "key:k1", b"%d" % n)
                        for n in range(3)
                    )  # fmt: skip

            await store.write(PROJECT, submit)
            seen = await receiver.wait_for(30)
            async with asyncio.timeout(10):
                await ended.wait()
            # The one slack card per expiry has no sender here and stays, without keeping anybody busy.
        assert len(seen) == len({s.headers["webhook-id"] for s in seen}) == 30
        states = [(await store.request(PROJECT, r.id)).state for r in requests]
        assert set(states) == {State.EXPIRED}
