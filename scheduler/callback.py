"""One POST to a receiver: the exact bytes, signed; followed nowhere, and the answer bounded."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from approvals.model import ProjectId
from approvals.outbox import Attempt, Delivery, Fate
from failpoints import fail
from scheduler.guard import Guard
from scheduler.signing import Unsigned, body_signature, signed_headers

TOTAL_S = 15.0
CONNECT_S = 5.0

READ_CAP = 64 * 1024
"""So many bytes of an answer are read, for courtesy: only the status counts."""

_COURTESY_S = 1.0

LONGEST_RETRY_AFTER = timedelta(hours=24)

_THROTTLE = timedelta(seconds=10)
"""How long a receiver that is overloaded (429, 502, 504) is left alone where it names no time."""

_HEADERS = {"Content-Type": "application/json", "Accept": "*/*", "Accept-Encoding": "identity"}

_THROTTLED = frozenset({429, 502, 504})
_GONE = 410
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


async def _none(project: ProjectId) -> Sequence[str]:
    """No private keys: shared secrets alone sign."""
    return ()


class CallbackSender:
    """Delivers HTTP messages. To be entered (`async with`) before it delivers."""

    def __init__(
        self,
        secrets: Callable[[str], Awaitable[Sequence[str]]],
        guard: Guard,
        clock: Callable[[], datetime],
        resolver: AbstractResolver | None = None,
        total_s: float = TOTAL_S,
        private_keys: Callable[[ProjectId], Awaitable[Sequence[str]]] = _none,
        trace: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`secrets` gives the live `whsec_…` secrets of a signer (`key:ID`, `endpoint:ID`), newest first,
        `private_keys` the `whsk_…` keys of a project that sign beside them.

        `trace` gives the headers that tell the receiver in which trace it is called.
        `total_s` bounds one try from the look-up of the name to the status.
        """
        self._secrets = secrets
        self._private_keys = private_keys
        self._trace = trace
        self._guard = guard
        self._clock = clock
        self._resolver = resolver or Names()
        self._total_s = total_s
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._sessions = {
            "https": self._session(self._guard.open_tls),
            "http": self._session(self._guard.open_plain),
        }
        return self

    async def __aexit__(self, *exc: object) -> None:
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()

    async def deliver(self, delivery: Delivery) -> Attempt:
        """Try once. Every way to fail is an Attempt; what it says holds no URL and no secret."""
        refused = self._guard.refusal(delivery.url or "")
        if refused is not None:
            return Attempt(Fate.RETRY, error=f"the URL {refused}")
        try:
            headers = await self._headers(delivery)
            fail("post.before")
            attempt = await self._post(URL(delivery.url or ""), delivery.body or b"", headers)
            fail("post.after")
            return attempt
        except TimeoutError:
            return Attempt(Fate.RETRY, error=f"no answer within {self._total_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError, Unsigned) as error:
            return Attempt(Fate.RETRY, error=reason_of(error))

    async def _headers(self, delivery: Delivery) -> dict[str, str]:
        body = delivery.body or b""
        secrets = await self._secrets(delivery.signer or "")
        private_keys = await self._private_keys(delivery.project)
        signed = signed_headers(delivery.id, self._clock(), body, secrets, private_keys)
        headers = {**self._trace(), **signed}
        extra = delivery.intent.get("signature_header")
        return headers | ({str(extra): body_signature(body, secrets)} if extra else {})

    async def _post(self, url: URL, body: bytes, headers: dict[str, str]) -> Attempt:
        session = self._sessions[url.scheme]
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            attempt = judged(response.status, response.headers.get("Retry-After"), self._clock())
            await _listen_politely(response)
            return attempt

    def _session(self, opener: Callable[[tuple[Any, ...]], socket.socket]) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            socket_factory=opener,
            resolver=self._resolver,
            # A name is looked up and checked for each try, so no connection may outlive its own.
            use_dns_cache=False,
            force_close=True,
            # How many at once is the pump's to say.
            limit=0,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._total_s, sock_connect=min(CONNECT_S, self._total_s)),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers=_HEADERS | {"User-Agent": f"SentinelDesk/{_version()}"},
        )


def judged(status: int, retry_after: str | None, now: datetime) -> Attempt:
    """What an HTTP answer means: 2xx has arrived, 410 wants nothing more, all else is tried again."""
    if 200 <= status < 300:
        return Attempt(Fate.DELIVERED, status)
    if status == _GONE:
        return Attempt(Fate.DEAD, status, "the receiver is gone (410)", gone=True)
    wait = read_retry_after(retry_after, now)
    pause = (wait or _THROTTLE) if status in _THROTTLED else None
    note = "answered by a redirect, which is never followed" if 300 <= status < 400 else "refused"
    return Attempt(Fate.RETRY, status, f"{note} ({status})", wait, pause)


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` in either form (seconds, HTTP-date), 0 to 24 h; None where absent or unreadable."""
    if not text:
        return None
    if _SECONDS.fullmatch(text.strip()):
        wait = timedelta(seconds=int(text))
    else:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)


class Names(AbstractResolver):
    """The system's resolver, a thread for each look-up.

    The loop's own pool has few threads, which some dead name servers would keep all; and a
    look-up that hangs must not keep the process from ending.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a name; raises OSError where it has none."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def look_up() -> None:
            try:
                result, error = _addresses(host, port, family), None
            except (OSError, UnicodeError) as failed:
                result, error = [], OSError(f"the name does not resolve: {failed}")
            # The loop may be closed by now: then nobody waits any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, found, result, error)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Nothing to close."""


def _addresses(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=found,
            proto=proto,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for found, _, proto, _, address in infos
    ]


def _settle(
    future: asyncio.Future[list[ResolveResult]], result: list[ResolveResult], error: OSError | None
) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _version() -> str:
    try:
        return metadata.version("sentinel-desk")
    except metadata.PackageNotFoundError:
        return "0"


async def _listen_politely(response: aiohttp.ClientResponse) -> None:
    """Let the receiver finish its answer, within bounds. Whatever goes wrong here changes nothing."""
    left = READ_CAP
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(_COURTESY_S):
            while left > 0 and (chunk := await response.content.read(left)):
                left -= len(chunk)


def reason_of(error: Exception) -> str:
    """Why a try failed, in words that hold neither the URL (it may be a secret) nor the answer."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "no trusted TLS connection"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection: {error.os_error.strerror or error.os_error}"[:300]
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return "the receiver cut the connection"
    if isinstance(error, Unsigned):
        return str(error)
    return f"no readable answer ({type(error).__name__})"
