"""How soon Slack is acknowledged while 200 requests a minute arrive, beside a Bolt app that does nothing
else; whether every click is answered; and how fast cards catch up after an outage.

The app and the desk run on one core in turn, the local workspace with its people on another.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import unused_port

from bench.load import cores
from bench.reviewers import CHANNEL, DESK_YML, STRANGER, Office, Seen
from bench.servers import Prepared, environment, prepare, program
from workspace import Seed, Workspace, build
from workspace.driver import Person

A_MINUTE = 200
MOST_MS = 500.0
"""How long an acknowledgement may take at the 99th percentile."""

LEAST_RATE = 0.9
"""How many messages a second a conversation catches up with at least; Slack allows one."""

TRANSPORTS = ("http", "socket")
LONGER = 10
"""A run here takes so many times as long as of other benchmarks: clicks come at people's pace."""

OUTAGE_S, MISSED = 5.0, 20
_PRESS = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
_BUTTON = {"type": "actions", "elements": [_PRESS]}
GESTURES = ("block_actions", "view_submission")


@dataclass(frozen=True, slots=True)
class Acks:
    """How long acknowledgements took."""

    count: int
    p50_ms: float
    p99_ms: float


def run(rounds: int, seconds: float) -> bool:
    """Measure once and print; whether acks are in time, no click is silent, and cards catch up."""
    return report(*asyncio.run(_measured(LONGER * seconds)))


def report(bare: dict[str, Acks], desk: dict[str, Acks], seen: Seen, rate: float) -> bool:
    """Print both apps' acknowledgements and what people saw; whether all of it holds."""
    print(f"\nAcknowledging Slack while {A_MINUTE} requests a minute arrive\n")
    print(f"{'transport':>10} {'bare p50':>9} {'p99 ms':>8} {'desk p50':>9} {'p99 ms':>8} {'clicks':>7}")
    for name, ours in desk.items():
        them = bare[name]
        print(
            f"{name:>10} {them.p50_ms:>9.1f} {them.p99_ms:>8.1f}"
            f" {ours.p50_ms:>9.1f} {ours.p99_ms:>8.1f} {ours.count:>7}"
        )
    print(f"\n{seen.answered} gestures were answered visibly within 3 s, {len(seen.silent)} were not")
    for silent in seen.silent[:5]:
        print(f"  {silent}")
    most = max(acks.p99_ms for acks in desk.values())
    return all(
        (
            _judged(
                most <= MOST_MS, f"the greatest p99 is {most:.0f} ms, the greatest allowed {MOST_MS:.0f} ms"
            ),
            _judged(not seen.silent, f"{len(seen.silent)} gestures without an answer, none is allowed"),
            _judged(
                rate >= LEAST_RATE,
                f"after an outage {rate:.2f} messages a second in one channel, at least {LEAST_RATE}",
            ),
        )
    )


def acks(millis: Sequence[float]) -> Acks:
    """Percentiles of what was measured, by the nearest rank."""
    ordered = sorted(millis)
    ranks = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99)]
    return Acks(len(ordered), *ranks)


def _judged(holds: bool, told: str) -> bool:
    print(f"{'ok' if holds else 'wrong'}: {told}")
    return holds


async def _measured(seconds: float) -> tuple[dict[str, Acks], dict[str, Acks], Seen, float]:
    bare: dict[str, Acks] = {}
    desk: dict[str, Acks] = {}
    seen, rate = Seen(), 0.0
    server_core, _ = cores()
    with tempfile.TemporaryDirectory() as folder:
        roster = Path(folder) / "desk.yml"
        roster.write_text(DESK_YML)
        prepared = await asyncio.to_thread(prepare, Path(folder) / "prepared", roster)
        for name in TRANSPORTS:
            bare[name] = await _bare(name, seconds, server_core)
            async with _reviewed(prepared, name, server_core) as office:
                await office.steadily(A_MINUTE, seconds)
                desk[name] = acks(_millis(office.ws))
                if name == "http":
                    rate = await office.catch_up(OUTAGE_S, MISSED)
            seen.answered += office.seen.answered
            seen.silent += office.seen.silent
    return bare, desk, seen, rate


async def _bare(transport: str, seconds: float, core: int) -> Acks:
    port = unused_port()
    async with (
        _workspace(transport, port) as ws,
        aiohttp.ClientSession() as http,
        _program("bench.bare_bolt", [transport], os.environ | _settings(ws, port), core),
    ):
        body = {"channel": CHANNEL, "text": "press", "blocks": [_BUTTON]}
        token = {"Authorization": f"Bearer {ws.bot_token}"}
        async with http.post(f"{ws.api_url}chat.postMessage", json=body, headers=token) as answer:
            assert (await answer.json())["ok"], await answer.text()
        person = Person(ws.base_url, STRANGER, http)
        message = await person.wait_for(lambda m: bool(m.buttons), where=CHANNEL)
        async with asyncio.TaskGroup() as group:
            for _ in range(round(A_MINUTE * seconds / 60)):
                group.create_task(person.click(message, "press", settle=0))
                await asyncio.sleep(60 / A_MINUTE)
        return acks(_millis(ws))


@asynccontextmanager
async def _reviewed(prepared: Prepared, transport: str, core: int) -> AsyncIterator[Office]:
    """A desk in a process of its own, and its reviewers."""
    port = unused_port()
    # A database of its own: the one of another run knows another workspace.
    folder = shutil.copytree(prepared.folder, prepared.folder.with_name(transport))
    async with _workspace(transport, port) as ws, aiohttp.ClientSession() as http:
        settings = environment(folder) | _settings(ws, port) | {"DESK_SLACK": transport}
        async with _program("cli", ["serve", "--json"], settings, core) as line:
            if transport == "socket":
                await ws.sockets.wait_accepted(1)
            yield Office(ws, http, json.loads(line)["url"], prepared.key)


@asynccontextmanager
async def _program(
    module: str, words: Sequence[str], env: Mapping[str, str], core: int
) -> AsyncIterator[str]:
    """A process whose start is waited for on a thread: it may call the workspace, which is served here."""
    process = program(module, words, env, core)
    line = await asyncio.to_thread(process.__enter__)
    try:
        yield line
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)


@asynccontextmanager
async def _workspace(transport: str, app_port: int) -> AsyncIterator[Workspace]:
    """A local Slack in this process, with everybody on the roster in it."""
    port = unused_port()
    ws = Workspace(
        Seed.default(),
        base_url=f"http://127.0.0.1:{port}",
        request_url=f"http://127.0.0.1:{app_port}/slack/events",
        transport=transport,
    )
    for number in range(1, 33):
        ws.ensure_user(email=f"r{number}@example.com", name=f"Reviewer {number}")
    ws.ensure_channel(CHANNEL)
    runner = web.AppRunner(build(ws), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield ws
    finally:
        await runner.cleanup()


def _settings(ws: Workspace, port: int) -> dict[str, str]:
    """How an app on that port reaches the workspace."""
    return {
        "DESK_PORT": str(port),
        "SLACK_BOT_TOKEN": ws.bot_token,
        "SLACK_APP_TOKEN": ws.app_token,
        "SLACK_SIGNING_SECRET": ws.signing_secret,
        "SLACK_API_URL": ws.api_url,
    }


def _millis(ws: Workspace) -> list[float]:
    """How long the app took for each gesture."""
    return [call.millis for call in ws.record.calls(way="delivery") if call.name in GESTURES]
