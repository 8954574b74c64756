"""A desk as its users run it, and a Sentinel who hears of what arrives and decides it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from tests.external.samples import SEEDS
from tests.journeys.process import DeskProcess, desk_process
from tests.journeys.world import Receiver, served
from tests.ports import unused_port
from tests.require import missing

DESK_YML = """\
project: default
domains:
  legal: {}
  content: {}
sentinels:
  - name: Marie Dupont
    email: marie@example.com
    domains: [legal]
  - name: Reviewer
    email: reviewer@company.com
    domains: [content]
intake:
  humanapproval: {domain: legal}
  humancheck: {domain: legal}
  hitl: {domain: content}
"""


@dataclass
class Stage:
    """A running desk with a key for the samples, and whoever hears of its requests."""

    desk: DeskProcess
    key: str
    decide_key: str
    receiver: Receiver
    callbacks: Receiver
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """The desk's base URL."""
        return self.desk.url

    async def decide(self, verdict: str, reasoning: str | None = None, **more: Any) -> str:
        """Whoever was assigned the next request decides it; its id."""
        heard = await self.told()
        body = {"as": heard["reviewer"], "verdict": verdict, "reasoning": reasoning, **more}
        headers = {"x-api-key": self.decide_key}
        path = f"{self.url}/desk/v1/requests/{heard['id']}/decide"
        async with self.http.post(path, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            request_id: str = (await answer.json())["id"]
            return request_id

    async def told(self) -> Any:
        """What a Sentinel is told of the next request that is theirs."""
        return json.loads((await self.receiver.next()).body)["review"]

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One call with the samples' key: status and JSON."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with self.http.request(method, f"{self.url}{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Everything that the samples of one document need around them."""
    async with staged(tmp_path_factory.mktemp("desk")) as made:
        yield made


@asynccontextmanager
async def staged(folder: Path, **settings: str) -> AsyncIterator[Stage]:
    """A desk in a folder; the samples of one reference send no key, so that it answers without one."""
    if not SEEDS.is_dir():
        missing("external", "the reference documents do not lie beside the checkout")
    port = unused_port()
    told, called = (Receiver(f"http://127.0.0.1:{port}/{name}") for name in ("told", "called"))
    app = web.Application()
    app.router.add_post("/told", told.take)
    app.router.add_post("/called", called.take)
    async with served(app, port), _running(folder, settings) as desk, aiohttp.ClientSession() as http:
        key, decide_key = await desk.key("requests"), await desk.key("decide", **{"as": "*"})
        made = Stage(desk, key, decide_key, told, called, http)
        wanted = {"url": told.url, "events": ["review.assigned"]}
        status, answer = await made.call("POST", "/v1/webhooks", wanted)
        assert status == 201, answer
        yield made


@asynccontextmanager
async def _running(folder: Path, settings: dict[str, str]) -> AsyncIterator[DeskProcess]:
    async with desk_process(folder, DESK_INSECURE_OPEN="1", **settings) as desk:
        roster = folder / "samples.yml"
        roster.write_text(DESK_YML)
        await desk.run("apply", str(roster))
        await desk.start()
        yield desk
