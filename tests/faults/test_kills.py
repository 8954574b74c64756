"""Killed at random moments, the desk has everything that it ever acknowledged, and tells everybody of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.faults.effort import Figures, scaled
from tests.faults.fleet import PATIENCE_S, Flapping, Fleet, flapping, fleet, hasten, meanwhile, quiet
from tests.faults.gallery import APPROVE, DESK_YML, ENDS, Gallery, standing
from tests.journeys.process import DeskProcess
from tests.journeys.world import World, world
from workspace.driver import NeverSeen

CLIENTS = 8
SOME_ACKNOWLEDGED = 3
REVIEWING = 6

CASES = [
    pytest.param("sqlite", 1, 16, id="sqlite"),
    pytest.param("postgresql", 1, 8, id="postgresql", marks=pytest.mark.postgres),
    pytest.param("postgresql", 3, 12, id="three-replicas", marks=pytest.mark.postgres),
]


@dataclass
class Oracle:
    """What clients were told: request ids by the words they sent, and how each of these ended."""

    created: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, number: int) -> None:
        """Wait until so many creates have been acknowledged in all."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.created) < number:
                self.more.clear()
                await self.more.wait()


async def client(desk: Fleet, oracle: Oracle, receiver: Flapping, n: int) -> None:
    """Ask, decide and cancel for ever, trying again under the same key until there is an answer."""
    for turn in count():
        words = f"client {n} asks for the {turn}. time"
        hook = receiver.url(n + turn * CLIENTS)
        request_id = await desk.create(words, at=n, callback_url=hook)
        # The same once more: whether the first answer was lost or not is all the same.
        assert await desk.create(words, at=n + 1, callback_url=hook) == request_id
        oracle.created[words] = request_id
        oracle.more.set()
        if turn % 3 == 0:
            verdict = random.choice(["approved", "rejected"])
            answer = await desk.decide(request_id, verdict, f"decide {words}", at=n)
            assert (answer.status, answer.said["verdict"]) == (200, verdict)
            oracle.ended[request_id] = verdict
        elif turn % 3 == 1:
            answer = await desk.cancel(request_id, at=n)
            # A cancel has no key: where its answer was lost, the repeat is told that it was done.
            assert answer.status == 200 or "cancelled" in str(answer.said).lower(), answer
            oracle.ended[request_id] = "cancelled"


async def commands(desk: DeskProcess, stop: asyncio.Event) -> None:
    """Somebody writes beside the server, over and over."""
    while not stop.is_set():
        await desk.run("sentinels", "away", "claire@example.com", "--until", "2100-01-01T00:00:00Z")
        await desk.run("sentinels", "back", "claire@example.com")


async def check(desk: Fleet, oracle: Oracle, receiver: Flapping) -> None:
    """Everything acknowledged is there once, as acknowledged, and its receiver has heard of its end."""
    rows = {row["id"]: row for row in await desk.rows("SELECT id, summary, status FROM requests")}
    assert len(set(oracle.created.values())) == len(oracle.created)
    assert {words: rows[i]["summary"] for words, i in oracle.created.items() if i in rows} == {
        words: words for words in oracle.created
    }
    assert {i: rows[i]["status"] for i in oracle.ended} == oracle.ended
    twice = Counter(row["summary"] for row in rows.values())
    assert [words for words, times in twice.items() if times > 1] == []
    ends = {i for i, row in rows.items() if row["status"] in {"approved", "rejected", "cancelled"}}
    await hasten(desk.first.database_url)
    receiver.steady = True
    await desk.start()
    await receiver.until(ends)
    receiver.check()
    assert receiver.ids.keys() == ends


@pytest.mark.parametrize(("kind", "replicas", "kills"), CASES)
async def test_nothing_acknowledged_is_lost(
    kind: str, replicas: int, kills: int, tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    dice, oracle, kills = random.Random(20), Oracle(), scaled(kills)
    async with flapping(20) as receiver, fleet(tmp_path, replicas, url) as desk:
        await desk.start()
        stop = asyncio.Event()
        beside = asyncio.create_task(commands(desk.first, stop))
        async with meanwhile(*(client(desk, oracle, receiver, n) for n in range(CLIENTS))):
            for _ in range(kills):
                await oracle.until(len(oracle.created) + dice.randint(1, SOME_ACKNOWLEDGED * CLIENTS))
                victim = dice.choice(desk.replicas)
                await victim.kill()
                await victim.start()
            await oracle.until(len(oracle.created) + CLIENTS)
        stop.set()
        await beside
        await desk.kill()
        await check(desk, oracle, receiver)
        figures.note(
            kills=kills,
            acknowledged=2 * len(oracle.created) + len(oracle.ended),
            callbacks=len(receiver.ids),
            tries=receiver.tries,
        )


SLACK_CASES = [
    pytest.param("sqlite", 1, "http", 5, id="sqlite"),
    pytest.param("postgresql", 3, "socket", 4, id="three-replicas", marks=pytest.mark.postgres),
]

REVIEWED_WITHIN_S = 2
"""How long a reviewer waits for a card: what was on its way at a kill comes when its lease is over."""


async def reviewed(desk: Fleet, oracle: Oracle, gallery: Gallery, leave: asyncio.Semaphore, n: int) -> None:
    """Ask when there is leave to; it is left open, taken back, decided past Slack, or by a click there."""
    for turn in count():
        await leave.acquire()
        words = f"client {n} asks for the {turn}. time"
        request_id = await desk.create(words, at=n)
        oracle.created[words] = request_id
        oracle.more.set()
        if turn % 4 == 1:
            await desk.cancel(request_id, at=n)
            oracle.ended[request_id] = "cancelled"
            continue
        reviewer = gallery.reviewer((await desk.look_up(request_id))["assigned_to"])
        if turn % 4 == 3:
            await desk.decide(request_id, "rejected", f"decide {words}", at=n, who=reviewer.user)
            oracle.ended[request_id] = "rejected"
        elif turn % 4 == 2:
            with suppress(NeverSeen):
                card = await reviewer.wait_for(
                    lambda m: m.button(APPROVE) is not None,
                    text=words,
                    where="dm",
                    timeout=REVIEWED_WITHIN_S,
                )
                told = await reviewer.click(card, APPROVE)
                assert told.kinds, "a click that nobody answered"


async def started(around: World, desk: Fleet) -> None:
    """Start the replicas, and tell Slack where they are."""
    await desk.start()
    if desk.first.environment["DESK_SLACK"] == "http":
        around.workspace.request_url = f"{desk.first.url}/slack/events"
    else:
        await asyncio.wait_for(around.workspace.sockets.wait_for(1), PATIENCE_S)


@pytest.mark.parametrize(("kind", "replicas", "transport", "kills"), SLACK_CASES)
async def test_each_request_has_one_card_in_slack(
    kind: str,
    replicas: int,
    transport: str,
    kills: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figures: Figures,
) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    dice, oracle, kills = random.Random(21), Oracle(), scaled(kills)
    async with world() as around, fleet(tmp_path, replicas, url, DESK_YML, **around.slack(transport)) as desk:
        gallery = Gallery(around)
        await started(around, desk)
        leave = asyncio.Semaphore(0)
        clients = (reviewed(desk, oracle, gallery, leave, n) for n in range(REVIEWING))
        async with meanwhile(*clients):
            for _ in range(kills):
                for _ in range(REVIEWING):
                    leave.release()
                await oracle.until(len(oracle.created) + dice.randint(1, REVIEWING - 1))
                await gallery.until_called(dice.randint(1, 3 * REVIEWING))
                victim = dice.choice(desk.replicas)
                await victim.kill()
                await victim.start()
        await desk.kill()
        await hasten(desk.first.database_url)
        await started(around, desk)
        await quiet(desk)

        clicked = Counter((await standing(desk)).values())["approved"]
        copies = await gallery.close_copies(desk)
        await gallery.check(desk)
        found = await standing(desk)
        assert found.keys() >= set(oracle.created.values())
        assert {i: found[i] for i in oracle.ended} == oracle.ended
        # Whatever is open is decided by the card that is left.
        for cards in (await gallery.cards()).values():
            for card in cards:
                if card.button(APPROVE):
                    told = await gallery.click(card)
                    assert told is not None
                    assert told.warning is None, told
        await gallery.decide_lines()
        await quiet(desk)
        await gallery.check(desk)
        assert not [i for i, one in (await standing(desk)).items() if one not in ENDS]
        figures.note(kills=kills, acknowledged=len(oracle.created), clicked=clicked, copies=copies)
