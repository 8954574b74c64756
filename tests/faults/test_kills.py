"""Killed at random moments, the desk has everything that it ever acknowledged."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.faults.effort import Figures, scaled
from tests.journeys.process import DeskProcess, desk_process

KILLS = 20
CLIENTS = 8
SOME_ACKNOWLEDGED = 5
PATIENCE_S = 30


@dataclass
class Oracle:
    """What clients were told: request ids by the summary they sent, and the verdicts they were given."""

    created: dict[str, str] = field(default_factory=dict)
    decided: dict[str, str] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many creates have been acknowledged in all."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.created) < count:
                self.more.clear()
                await self.more.wait()


@dataclass
class Client:
    """Asks and decides for ever, trying again with the same key until it is answered."""

    desk: DeskProcess
    http: aiohttp.ClientSession
    agent: str
    judge: str
    oracle: Oracle
    name: str

    async def run(self) -> None:
        """One request after the other."""
        turn = 0
        while True:
            turn += 1
            words = f"{self.name} asks for the {turn}. time"
            request_id = await self.insist(
                "/ai-request",
                self.agent,
                words,
                {
                    "agent_id": self.name,
                    "request_type": "compliance",
                    "domain": "legal",
                    "jurisdiction": "FR",
                    "summary": words,
                },
            )
            self.oracle.created[words] = request_id
            self.oracle.more.set()
            if turn % 3 == 0:
                verdict = random.choice(["approved", "rejected"])
                body = {"as": "marie@example.com", "verdict": verdict, "reasoning": words}
                await self.insist(f"/desk/v1/requests/{request_id}/decide", self.judge, f"d {words}", body)
                self.oracle.decided[request_id] = verdict

    async def insist(self, path: str, key: str, once: str, body: dict[str, str]) -> str:
        """POST until there is an answer; the request's id in it."""
        headers = {"x-api-key": key, "Idempotency-Key": once}
        while True:
            try:
                async with self.http.post(f"{self.desk.url}{path}", json=body, headers=headers) as answer:
                    if answer.status == 503:
                        continue
                    assert answer.status == 200, await answer.text()
                    said = await answer.json()
                    return str(said.get("request_id") or said["id"])
            except aiohttp.ClientError:
                await self.desk.answering.wait()


async def check(desk: DeskProcess, http: aiohttp.ClientSession, key: str, oracle: Oracle) -> None:
    """Everything acknowledged is there, once, as acknowledged."""
    assert len(set(oracle.created.values())) == len(oracle.created)
    for words, request_id in oracle.created.items():
        async with http.get(
            f"{desk.url}/ai-request", params={"id": request_id}, headers={"x-api-key": key}
        ) as answer:
            assert answer.status == 200, f"{words} was acknowledged and is lost"
            request = (await answer.json())["request"]
        assert request["summary"] == words
        if request_id in oracle.decided:
            assert (request["status"], request["verdict"]) == ("decided", oracle.decided[request_id])


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_nothing_acknowledged_is_lost(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    kills = scaled(KILLS if kind == "sqlite" else KILLS // 4)
    dice = random.Random(20)
    async with desk_process(tmp_path, url, DESK_RATE_LIMIT="off") as desk, aiohttp.ClientSession() as http:
        await desk.start()
        agent = await desk.key("requests")
        judge = await desk.key("decide", **{"as": "marie@example.com"})
        oracle = Oracle()
        clients = [
            asyncio.create_task(Client(desk, http, agent, judge, oracle, f"client {n}").run())
            for n in range(CLIENTS)
        ]
        for _ in range(kills):
            await oracle.until(len(oracle.created) + dice.randint(1, SOME_ACKNOWLEDGED * CLIENTS))
            await desk.kill()
            await desk.start()
        await oracle.until(len(oracle.created) + CLIENTS)
        for client in clients:
            client.cancel()
        ended = await asyncio.gather(*clients, return_exceptions=True)
        assert [e for e in ended if not isinstance(e, asyncio.CancelledError)] == []
        await check(desk, http, agent, oracle)
        chains = (await desk.run("verify"))["projects"]
        assert chains[0]["events"] >= 2 * len(oracle.created)
        figures.note(kills=kills, acknowledged=len(oracle.created) + len(oracle.decided))
