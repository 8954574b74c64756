"""I-4, I-5: many who decide at once, and decisions around the deadline. Answers and database must agree."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import aiohttp
from sqlalchemy import select

from approvals.events import EventKind
from approvals.model import ApprovalRequest, State
from bench.soak.desks import ASKED, PROJECT, Desk, Ground, fill
from bench.soak.figure import Effort, Figure
from store import tables

DECIDERS, REQUESTS = 64, 2_000
LATE = 1_000
AROUND_S = 0.25
"""How far before and after its deadline each request is decided."""

_DEADLINES_WITHIN_S = 20.0
_FILLED_A_SECOND = 250
_TERMINAL = {EventKind.DECIDED, EventKind.EXPIRED, EventKind.CANCELLED}

_r = tables.requests.c


async def storm(ground: Ground, effort: Effort) -> list[Figure]:
    """Everybody decides every request at the same moment, on whichever server."""
    return [await _storm(ground, kind, servers, effort) for kind, servers in ground.kinds[-1:]]


async def _storm(ground: Ground, kind: str, servers: int, effort: Effort) -> Figure:
    count = effort.count(REQUESTS)
    wrong: Counter[str] = Counter()
    async with ground.desk(kind) as desk, aiohttp.ClientSession(connector=_unlimited()) as http:
        await desk.start(servers)
        judge = await desk.key("decide", "--as", "*")
        agent = await desk.key("requests")
        for n in range(count):
            asked = {**ASKED, "summary": f"Number {n}"}
            async with http.post(f"{desk.url}/ai-request", json=asked, headers=agent) as answer:
                name = (await answer.json())["request_id"]
            wrong.update(await _all_at_once(desk, http, name, judge, agent))
        async with desk.store() as store:
            for n in range(1, count + 1):
                request = await store.request(PROJECT, n)
                ends = [r for r in await store.timeline(PROJECT, request.id) if r.event.kind in _TERMINAL]
                wrong["not one end"] += len(ends) != 1
    told = ", ".join(f"{n} {what}" for what, n in wrong.items() if n) or "none wrong"
    return Figure(
        "I-4",
        f"{DECIDERS} deciders on {count:,} requests, {kind}, {servers} server(s): one end each,"
        " losers told who won",
        told,
        "none wrong",
        not wrong.total(),
    )


async def _all_at_once(
    desk: Desk, http: aiohttp.ClientSession, name: str, judge: dict[str, str], agent: dict[str, str]
) -> Counter[str]:
    urls = itertools.cycle(replica.url for replica in desk.replicas)

    async def decide(n: int) -> tuple[int, Any]:
        verdict = "approved" if n % 2 else "rejected"
        body = {"as": n % DECIDERS + 1, "verdict": verdict, "reasoning": "Because."}
        where = f"{next(urls)}/desk/v1/requests/{name}/decide"
        async with http.post(where, json=body, headers=judge) as answer:
            return answer.status, await answer.json()

    async def cancel() -> tuple[int, Any]:
        async with http.post(f"{next(urls)}/desk/v1/requests/{name}/cancel", headers=agent) as answer:
            return answer.status, await answer.json()

    answers = await asyncio.gather(*(decide(n) for n in range(DECIDERS - 1)), cancel())
    async with http.get(f"{desk.url}/desk/v1/requests/{name}", headers=judge) as answer:
        stands = await answer.json()
    won = [words for status, words in answers if status == 200]
    lost = [words for status, words in answers if status == 409]
    outcome = stands["verdict"] or stands["state"]
    named = (stands["decided_by"] or {}).get("name") or outcome
    return Counter(
        {
            "not one winner": len(won) != 1,
            "winner told otherwise": len(won) == 1 and (won[0]["verdict"] or won[0]["state"]) != outcome,
            "neither won nor lost": len(answers) - len(won) - len(lost),
            "losers not told who won": sum(named not in words["error"]["message"] for words in lost),
        }
    )


async def late(ground: Ground, effort: Effort) -> list[Figure]:
    """Decisions that arrive a little before and a little after the deadline."""
    return [await _late(ground, kind, servers, effort) for kind, servers in ground.kinds]


async def _late(ground: Ground, kind: str, servers: int, effort: Effort) -> Figure:
    count = effort.count(LATE)
    dice = Random(5)
    async with ground.desk(kind) as desk, aiohttp.ClientSession(connector=_unlimited()) as http:
        await desk.start(servers)
        judge = await desk.key("decide", "--as", "*")
        first = datetime.now(UTC) + timedelta(seconds=5 + count / _FILLED_A_SECOND)
        async with desk.store() as store:
            spread = _DEADLINES_WITHIN_S * count / LATE
            requests = await fill(store, count, lambda n: first + timedelta(seconds=spread * n / count))
        replicas = itertools.cycle(desk.replicas)
        decided = await asyncio.gather(
            *(
                _decide_at(http, next(replicas).url, r, judge, dice.uniform(-AROUND_S, AROUND_S))
                for r in requests
            )
        )
        async with desk.reading() as read:
            rows = await read(select(_r.id, _r.state, _r.ended_at, _r.expires_at))
    ended = {row["id"]: row for row in rows}
    too_late = [r for r in rows if r["state"] == State.DECIDED.value and r["ended_at"] >= r["expires_at"]]
    untrue = [n for n, good in decided if good != (ended[n]["state"] == State.DECIDED.value)]
    return Figure(
        "I-5",
        f"{count:,} decisions within {AROUND_S * 1000:.0f} ms of the deadline, {kind}, {servers} server(s):"
        " counted at or after it, told otherwise than recorded",
        f"{len(too_late)}, {len(untrue)} ({sum(good for _, good in decided)} in time)",
        "0, 0",
        not too_late and not untrue,
    )


async def _decide_at(
    http: aiohttp.ClientSession, url: str, request: ApprovalRequest, judge: dict[str, str], offset: float
) -> tuple[str, bool]:
    assert request.expires_at is not None
    moment = request.expires_at + timedelta(seconds=offset)
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
    body = {"as": 1 + request.number % DECIDERS, "verdict": "approved"}
    async with http.post(f"{url}/desk/v1/requests/{request.id}/decide", json=body, headers=judge) as answer:
        await answer.read()
        return request.id, answer.status == 200


def _unlimited() -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(limit=0)
