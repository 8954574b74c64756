"""A whole desk and the monitor outside: pinged while all is well, and not once something is wrong."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

import app
from api.metrics import Meter
from scheduler.auditor import Auditor
from settings import Settings
from tests.builders import a_wanted, wanting
from tests.scheduler.receivers import Receiver


async def test_the_monitor_hears_of_a_desk_until_its_rows_contradict_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pings: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(app, "Auditor", partial(Auditor, every_s=0.01))
    monkeypatch.setattr(Meter, "pinged", lambda _, outcome: pings.put_nowait(outcome))
    async with asyncio.timeout(20), Receiver() as monitor:
        settings = Settings(
            slack="off",
            secret=SecretStr("a secret of tests only"),
            port=0,
            database_url=f"sqlite:///{tmp_path}/desk.db",
            deadman_url=SecretStr(monitor.url),
        )
        async with app.open_desk(settings) as desk:
            await desk.clockwork.apply(wanting(a_wanted(1)))
        async with app.running(settings):
            await monitor.wait_for(2)
            assert await pings.get() == "arrived"
            with sqlite3.connect(tmp_path / "desk.db") as past_the_desk:
                past_the_desk.execute("UPDATE sentinels SET load = 7")
            while await pings.get() != "withheld":
                pass
            heard = len(monitor.seen)
            assert [await pings.get() for _ in range(3)] == ["withheld"] * 3
            assert len(monitor.seen) == heard
