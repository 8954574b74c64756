"""What is no HTTP, or not quite: refused in JSON, in the shape of whoever owns the address."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from api.app import build
from api.connections import Runner
from tests.api.bench import Bench

SECRET = b"sd_live_a_key_that_must_not_be_logged"

BROKEN = {
    "a header without a colon": b"%s HTTP/1.1\r\nHost: desk\r\nbroken header\r\n\r\n",
    "a control character in a header": b"%s HTTP/1.1\r\nHost: desk\r\nx-api-key: " + SECRET + b"\x01\r\n\r\n",
    "a line that is too long": b"%s HTTP/1.1\r\nHost: desk\r\nx-a: " + b"a" * 20_000 + b"\r\n\r\n",
    "two lengths": b"%s HTTP/1.1\r\nHost: desk\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length that is none": b"%s HTTP/1.1\r\nHost: desk\r\nContent-Length: one\r\n\r\n",
    "a length and chunks": b"%s HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    "an unknown framing": b"%s HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: gzip, x\r\n\r\n",
    "another protocol": b"%s HTTP/9.9\r\nHost: desk\r\n\r\n",
}

DIALECTS: dict[str, tuple[bytes, Any]] = {
    "humanlayer": (b"POST /ai-request", lambda told: isinstance(told["error"], str)),
    "humanapproval": (b"POST /api/v1/requests", lambda told: isinstance(told["error"], str)),
    "humancheck": (b"POST /reviews", lambda told: "detail" in told),
    "hitl": (b"POST /v1/reviews", lambda told: told["success"] is False and told["error"]["code"]),
    "desk": (b"GET /desk/v1/requests/1", lambda told: told["error"]["code"] == "malformed_http"),
    "nobody": (b"GET /elsewhere", lambda told: told["error"]["code"] == "malformed_http"),
}


@pytest.fixture
async def port(bench: Bench) -> AsyncIterator[int]:
    """The desk as it is served."""
    runner = Runner(build(bench.desk), handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site.port
    await runner.cleanup()


async def told(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """The answer to these bytes: its status, its headers in lower case, its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.splitlines()
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
    writer.close()
    return int(lines[0].split()[1]), headers, body


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("how", BROKEN)
async def test_it_is_refused_in_the_dialects_shape(port: int, dialect: str, how: str) -> None:
    line, fits = DIALECTS[dialect]
    status, headers, body = await told(port, BROKEN[how].replace(b"%s", line, 1))
    assert 400 <= status < 500
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["x-request-id"].startswith("req_")
    assert fits(json.loads(body))


@pytest.mark.parametrize(
    "raw",
    [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"hello\r\n\r\n", b"GET\r\n\r\n", b"G\xc3\x89T / HTTP/1.1\r\n\r\n"],
)
async def test_what_is_no_http_at_all_is_told_so_in_json(port: int, raw: bytes) -> None:
    status, _, body = await told(port, raw)
    assert (status, json.loads(body)["error"]["code"]) == (400, "malformed_http")


async def test_an_address_that_came_before_the_fault_is_known(port: int) -> None:
    _, _, body = await told(port, b"POST /v1/rev", b"iews HTTP/1.1\r\nHost: d\r\n", b"broken header\r\n\r\n")
    assert json.loads(body)["success"] is False


async def test_no_key_is_logged_or_echoed(port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, _, body = await told(
        port, BROKEN["a control character in a header"].replace(b"%s", b"GET /reviews", 1)
    )
    assert SECRET.decode() not in caplog.text
    assert SECRET not in body
    assert any("failed before its route" in record.message for record in caplog.records)
