"""No call that anybody can make is answered by a server error, on either database.

`FUZZ` says how many calls there are, `FUZZ_SEED` which ones. A long run is part of `make soak`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator
from itertools import islice
from random import Random
from typing import Any

import aiohttp
import pytest
from yarl import URL

from approvals.keys import Scope
from store.engine import Store
from tests.api.bench import Bench, CountedWaiting, served
from tests.api.fuzz import Attempt, attempts
from tests.builders import a_domain, a_submit, a_wanted
from tests.fakes import Clock
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

CALLS = int(os.environ.get("FUZZ") or 1_200)
SEED = os.environ.get("FUZZ_SEED") or "8"
AT_ONCE = 8

pytestmark = pytest.mark.timeout(60 + CALLS // 20)


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[Bench]:
    """A desk over a real database."""
    opened = await served(
        store,
        store.endpoints,
        store.library,
        Clock(),
        CountedWaiting(),
        default_rate=None,
        blocking_s=0.01,
    )
    await opened.people(a_wanted(1), a_wanted(2, tier=2), domains={"legal": a_domain(backups=True)})
    # The server's parser logs each header that no client would send.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    yield opened
    logging.getLogger("aiohttp.server").setLevel(logging.NOTSET)
    opened.desk.waiting.close()
    await opened.client.close()


async def test_no_call_is_answered_by_a_server_error(bench: Bench) -> None:
    keys = {s: await bench.key(s, speaks_for=("*",) if s is Scope.DECIDE else ()) for s in Scope}
    made = [(await bench.desk.approvals.submit(a_submit())).request for _ in range(5)]
    ids = [name for request in made for name in (request.id, str(request.number))]
    calls = islice(attempts(Random(SEED), ids), CALLS)
    wrong: list[tuple[Attempt, str]] = []
    answers: Counter[int] = Counter()

    async def work() -> None:
        for attempt in calls:
            fault, status = await tried(bench, attempt, keys)
            answers[status] += 1
            if fault is not None:
                wrong.append((attempt, fault))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert wrong == []
    # Most of what there is was reached: good answers, refusals of every kind, and what is not there.
    assert {200, 201, 400, 401, 403, 404, 405, 409, 415} <= answers.keys()
    assert (await bench.client.get("/readyz")).status == 200


async def tried(bench: Bench, attempt: Attempt, keys: dict[str, str]) -> tuple[str | None, int]:
    """What is wrong with the answer, None where nothing is; and its status."""
    shown = {"x-api-key": keys[attempt.scope]} if attempt.scope else {}
    url = URL(f"http://127.0.0.1:{bench.client.port}{attempt.path}", encoded=True)
    sent = {"headers": {**shown, **attempt.headers}, "data": attempt.body}
    async with bench.client.session.request(attempt.method, url, **sent) as answer:
        return fault_of(attempt, answer, await answer.read()), answer.status


def fault_of(attempt: Attempt, answer: aiohttp.ClientResponse, body: bytes) -> str | None:
    """Why this answer is none that a client can live with."""
    if answer.status >= 500:
        return f"{answer.status}: {body[:300]!r}"
    if answer.content_type == "application/json" and attempt.method != "HEAD" and body:
        try:
            read: Any = json.loads(body)
        except ValueError:
            return f"{answer.status}, which is no JSON: {body[:300]!r}"
        if answer.status >= 400 and not isinstance(read, dict):
            return f"{answer.status} without an error: {body[:300]!r}"
    return None
