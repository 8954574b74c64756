"""Two desks over one PostgreSQL: what a key may do holds for both together, and ends on both."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.process import DeskProcess, desk_process
from tests.journeys.test_main_job import ASKED

pytestmark = pytest.mark.postgres

REVOKED_WITHIN_S = 5

SETTINGS = {"DESK_PROJECT_RATE_LIMIT": "40/h", "DESK_TRUSTED_PROXIES": "127.0.0.0/8"}

Replicas = tuple[DeskProcess, DeskProcess]


@pytest.fixture
async def replicas(postgres_url: str, tmp_path: Path) -> AsyncIterator[Replicas]:
    """Two servers of one desk."""
    async with desk_process(tmp_path, postgres_url, **SETTINGS) as one:
        other = DeskProcess(one.folder, dict(one.environment))
        try:
            await asyncio.gather(one.start(), other.start())
            yield one, other
        finally:
            await other.kill()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(http: aiohttp.ClientSession, desk: DeskProcess, key: str) -> tuple[int, str]:
    """One create: the status, and why not where it was refused."""
    headers = {"x-api-key": key}
    async with http.post(f"{desk.url}/ai-request", headers=headers, json=ASKED) as answer:
        said: Any = await answer.json()
        return answer.status, str(said.get("error", ""))


async def storm(http: aiohttp.ClientSession, desks: Replicas, key: str, each: int) -> Counter[int]:
    """So many creates at each replica at once, by status."""
    answers = await asyncio.gather(*(asked(http, desk, key) for desk in desks for _ in range(each)))
    return Counter(status for status, _ in answers)


async def test_what_a_key_may_do_holds_for_both_and_ends_on_both(
    replicas: Replicas, http: aiohttp.ClientSession
) -> None:
    one, _ = replicas
    await restrictions_hold(replicas, http)
    await bounds_are_shared(replicas, http)
    made = await one.run("keys", "create", "--project", "default", "--name", "k", "--scope", "requests")
    for desk in replicas:
        # The project's rate is used up, which only a live key is told.
        assert (await asked(http, desk, made["key"]))[0] == 429
    await one.run("keys", "revoke", made["id"])
    async with asyncio.timeout(REVOKED_WITHIN_S):
        for desk in replicas:
            # Nothing announces it: asking is how one finds out.
            while (await asked(http, desk, made["key"]))[0] != 401:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def restrictions_hold(replicas: Replicas, http: aiohttp.ClientSession) -> None:
    """From elsewhere nothing opens, and no list does; nothing of it is a create."""
    one, _ = replicas
    only = {"--domain": "legal", "--from": "192.0.2.0/24"}
    made = await one.run("keys", "create", "--name", "k", "--scope", "requests", *sum(only.items(), ()))
    for desk in replicas:
        for heard, path, status in (
            ("198.51.100.9", "/desk/v1/sentinels", 403),
            ("192.0.2.7", "/desk/v1/sentinels", 200),
            ("192.0.2.7", "/reviews", 403),
        ):
            headers = {"x-api-key": made["key"], "X-Forwarded-For": heard}
            async with http.get(f"{desk.url}{path}", headers=headers) as answer:
                assert answer.status == status, (heard, path)


async def bounds_are_shared(replicas: Replicas, http: aiohttp.ClientSession) -> None:
    """A rate, a quota, a bound on open requests, and the rate of the project."""
    one, _ = replicas
    bounds: tuple[dict[str, str], ...] = ({"rate": "5/h"}, {"quota": "6/month"}, {"max-open": "7"})
    for number, bound in enumerate(bounds):
        key = await one.key("requests", **bound)
        assert await storm(http, replicas, key, each=6) == {200: 5 + number, 429: 7 - number}
    # What a key's own rate refused has cost the project nothing; what its quota or bound refused has.
    key = await one.key("requests")
    assert (await storm(http, replicas, key, each=20))[200] == 40 - 5 - 12 - 12
    status, why = await asked(http, one, key)
    assert (status, "of all keys of this project" in why) == (429, True)
