"""Replicas of one desk, clients that insist on an answer, and a receiver that comes and goes."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import text

from store.connections import open_engines
from tests.journeys.process import DESK_YML, DeskProcess, desk_process

MARIE = "marie@example.com"
PATIENCE_S = 60
NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass
class Fleet:
    """All replicas, the keys of an agent and of a front end, and one HTTP session."""

    replicas: list[DeskProcess]
    http: aiohttp.ClientSession
    agent: str = ""
    judge: str = ""

    @property
    def first(self) -> DeskProcess:
        """The one that commands are run beside."""
        return self.replicas[0]

    async def start(self) -> None:
        """Start all at once, and make the keys."""
        await asyncio.gather(*(desk.start() for desk in self.replicas))
        if not self.agent:
            self.agent = await self.first.key("requests")
            self.judge = await self.first.key("decide", **{"as": "*"})

    async def kill(self) -> None:
        """SIGKILL to all."""
        await asyncio.gather(*(desk.kill() for desk in self.replicas))

    async def post(self, path: str, key: str, body: Any, once: str | None = None, at: int = 0) -> Answer:
        """One POST to one replica."""
        desk = self.replicas[at % len(self.replicas)]
        headers = {"x-api-key": key} | ({"Idempotency-Key": once} if once else {})
        async with self.http.post(f"{desk.url}{path}", json=body, headers=headers) as answer:
            return Answer(answer.status, await answer.json())

    async def insist(self, path: str, key: str, body: Any, once: str, at: int = 0) -> Answer:
        """POST until somebody answers, with the same key; a replica that is down is passed over."""
        for replica in count(at):
            desk = self.replicas[replica % len(self.replicas)]
            try:
                answer = await self.post(path, key, body, once, replica)
            except NO_ANSWER:
                await desk.answering.wait()
                continue
            if answer.status != 503:
                return answer
        raise AssertionError

    async def create(self, words: str, once: str | None = None, at: int = 0, **more: Any) -> str:
        """An agent asks; the request's id."""
        answer = await self.insist("/ai-request", self.agent, asked(words, **more), once or words, at)
        assert answer.status == 200, answer
        return str(answer.said["request_id"])

    async def decide(self, request_id: str, verdict: str, once: str, at: int = 0, who: str = MARIE) -> Answer:
        """A front end decides."""
        body = {"as": who, "verdict": verdict, "reasoning": once}
        return await self.insist(f"/desk/v1/requests/{request_id}/decide", self.judge, body, once, at)

    async def cancel(self, request_id: str, at: int = 0) -> Answer:
        """The agent takes it back; one that has ended already is an answer too."""
        while True:
            desk = self.replicas[at % len(self.replicas)]
            try:
                async with self.http.delete(
                    f"{desk.url}/ai-request", params={"id": request_id}, headers={"x-api-key": self.agent}
                ) as answer:
                    if answer.status != 503:
                        return Answer(answer.status, await answer.json())
            except NO_ANSWER:
                await desk.answering.wait()

    async def look(self, request_id: str, at: int = 0) -> dict[str, Any]:
        """The request as it stands."""
        desk = self.replicas[at % len(self.replicas)]
        async with self.http.get(
            f"{desk.url}/ai-request", params={"id": request_id}, headers={"x-api-key": self.agent}
        ) as answer:
            assert answer.status == 200, f"{request_id} is lost"
            found: dict[str, Any] = (await answer.json())["request"]
            return found

    async def look_up(self, request_id: str) -> dict[str, Any]:
        """The same of whichever replica answers."""
        for replica in count():
            try:
                return await self.look(request_id, replica)
            except NO_ANSWER:
                await self.replicas[replica % len(self.replicas)].answering.wait()
        raise AssertionError

    async def rows(self, statement: str) -> Sequence[Any]:
        """What the database says."""
        engines = open_engines(self.first.database_url)
        try:
            return await engines.rows(text(statement))
        finally:
            await engines.dispose()

    async def change(self, *statements: str) -> None:
        """Write past the desk, in one transaction."""
        await written(self.first.database_url, *statements)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    said: Any


def asked(words: str, **more: Any) -> dict[str, Any]:
    """The body of a create."""
    return {
        "agent_id": "my-agent",
        "request_type": "compliance",
        "domain": "legal",
        "jurisdiction": "FR",
        "summary": words,
    } | more


@asynccontextmanager
async def fleet(
    folder: Path,
    replicas: int = 1,
    database_url: str | None = None,
    desk_yml: str = DESK_YML,
    **settings: str,
) -> AsyncIterator[Fleet]:
    """Replicas over one database, not yet started; the auditor runs when they are gone."""
    settings = {"DESK_RATE_LIMIT": "off", "DESK_MAX_OPEN": "off"} | settings
    unlimited = aiohttp.TCPConnector(limit=0)
    async with (
        desk_process(folder, database_url, desk_yml, **settings) as first,
        aiohttp.ClientSession(connector=unlimited) as http,
    ):
        made = [
            first,
            *(DeskProcess(_made(folder / f"replica-{n}"), first.environment) for n in range(1, replicas)),
        ]
        everybody = Fleet(made, http)
        try:
            yield everybody
        finally:
            await everybody.kill()
        await first.run("verify")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def settled(desk: Fleet, statement: str, number: int) -> Sequence[Any]:
    """The rows of a query once there are so many; the database tells nobody here, so it is asked again."""
    async with asyncio.timeout(PATIENCE_S):
        while len(rows := await desk.rows(statement)) < number:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return rows


async def quiet(desk: Fleet) -> None:
    """Wait until nothing is on its way any more."""
    async with asyncio.timeout(PATIENCE_S):
        while await desk.rows("SELECT id FROM deliveries WHERE state = 'queued' LIMIT 1"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def hasten(url: str) -> None:
    """Let every lease and every wait of the outbox be over, as time would. Nobody may be sending."""
    await written(
        url,
        "UPDATE lanes SET lease_until = NULL, ready_at = NULL",
        "UPDATE deliveries SET due_at = created_at WHERE state = 'queued'",
        "UPDATE lanes SET due_at = (SELECT min(due_at) FROM deliveries d"
        " WHERE d.lane = lanes.lane AND d.state = 'queued')",
    )


async def written(url: str, *statements: str) -> None:
    """Run statements in one transaction, past the desk."""
    engines = open_engines(url)
    writing = engines.writing()

    def work(connection: Any) -> None:
        with connection.begin():
            for statement in statements:
                connection.execute(text(statement))

    try:
        await writing.run(work)
    finally:
        await writing.close()
        await engines.dispose()


@dataclass
class Flapping:
    """A receiver of callbacks that refuses, cuts or takes them as the dice say; `steady` takes all."""

    dice: random.Random
    port: int = 0
    steady: bool = False
    bodies: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: set[str] = field(default_factory=set)
    tries: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, n: int = 0) -> str:
        """One of its addresses: what goes to another shares no queue."""
        return f"http://127.0.0.{2 + n % 200}:{self.port}/callback"

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One POST."""
        body = await request.read()
        message, about = request.headers["webhook-id"], json.loads(body)["request_id"]
        self.tries += 1
        self.bodies[message].add(body)
        self.ids[about].add(message)
        luck = 1.0 if self.steady else self.dice.random()
        if luck < 0.15:
            return web.Response(status=503)
        self.taken.add(about)
        self.more.set()
        if luck < 0.3 and request.transport is not None:
            # It has arrived, and its answer is lost.
            request.transport.abort()
        return web.Response(status=204)

    async def until(self, about: set[str]) -> None:
        """Wait until every one of these requests has been heard of."""
        async with asyncio.timeout(PATIENCE_S):
            while not about <= self.taken:
                self.more.clear()
                await self.more.wait()

    def check(self) -> None:
        """One id for the end of a request, the same bytes at every try."""
        assert {about: ids for about, ids in self.ids.items() if len(ids) != 1} == {}
        assert {message for message, bodies in self.bodies.items() if len(bodies) != 1} == set()


@asynccontextmanager
async def flapping(seed: int) -> AsyncIterator[Flapping]:
    """A receiver on loopback."""
    receiver = Flapping(random.Random(seed))
    app = web.Application()
    app.router.add_post("/callback", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    # On every address of the loopback.
    await web.TCPSite(runner, "0.0.0.0", 0).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def meanwhile(*work: Awaitable[None]) -> AsyncIterator[None]:
    """Do these for ever beside the block; whatever goes wrong in them fails the test."""
    tasks = [asyncio.ensure_future(one) for one in work]
    yield
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [e for e in ended if not isinstance(e, asyncio.CancelledError)] == []
