"""Tells a monitor outside that the desk is well. Silence is the alarm.

A ping says more than that a process is there: the auditor has looked and found nothing, messages are
looked for, and the database can be written to. What keeps it back, or from arriving, is logged and
counted and disturbs nobody. The address is a secret: whoever knows it can keep the monitor quiet.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Self

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver

from approvals.auditing import Violation
from approvals.errors import StoreUnavailable
from scheduler.callback import Names, reason_of

log = structlog.get_logger(__name__)

TOTAL_S = 10.0
"""How long one ping may take, from the look-up of the name to the status."""

SILENT_S = 3600.0
"""How long nothing is said after the auditor has found something.

A sweep finds what has happened since the last one, so what is found is found once; monitors have more
patience than a minute.
"""


class Ping(StrEnum):
    """What became of one."""

    ARRIVED = "arrived"
    FAILED = "failed"
    WITHHELD = "withheld"


class Deadman:
    """Pings while it is entered (`async with`), each time that the auditor has looked."""

    def __init__(
        self,
        url: str,
        unwell: Callable[[], Awaitable[Sequence[str]]],
        pinged: Callable[[Ping], None],
        *,
        resolver: AbstractResolver | None = None,
        total_s: float = TOTAL_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`unwell` says what keeps the desk from working, `pinged` hears what became of each ping."""
        self._url = url
        self._unwell = unwell
        self._pinged = pinged
        self._resolver = resolver or Names()
        self._total_s = total_s
        self._monotonic = monotonic
        self._silent_until = float("-inf")
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # The operator's own address may be anywhere, in a private network too: the guard of callbacks
        # is against what agents name. All else is as strict as there.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, force_close=True),
            timeout=aiohttp.ClientTimeout(total=self._total_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    def audited(self, found: Sequence[Violation]) -> None:
        """The auditor has looked: ping beside it, unless the last ping is still on its way."""
        if found:
            self._silent_until = self._monotonic() + SILENT_S
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ping(), name="deadman")

    async def _ping(self) -> None:
        kept_back = await self._reasons()
        if kept_back:
            log.warning("deadman_withheld", reasons=kept_back)
            self._pinged(Ping.WITHHELD)
            return
        failed = await self._sent()
        if failed is not None:
            log.warning("deadman_not_reached", reason=failed)
        self._pinged(Ping.ARRIVED if failed is None else Ping.FAILED)

    async def _reasons(self) -> list[str]:
        if self._monotonic() < self._silent_until:
            return ["the auditor has found something"]
        try:
            async with asyncio.timeout(self._total_s):
                return list(await self._unwell())
        except (StoreUnavailable, TimeoutError):
            return ["the database cannot be written to"]
        except Exception as error:
            log.exception("deadman_does_not_know")
            return [f"internal error ({type(error).__name__})"]

    async def _sent(self) -> str | None:
        """Why it did not arrive, in words without the address; None where it did."""
        assert self._session is not None
        try:
            async with self._session.get(self._url, allow_redirects=False) as answer:
                return None if 200 <= answer.status < 300 else f"answered {answer.status}"
        except TimeoutError:
            return f"no answer within {self._total_s:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return reason_of(error)
