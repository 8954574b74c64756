"""Bodies at the door: garbage, size, encoding and framing, in every dialect's own shape."""

import asyncio
import gzip
from typing import Any

import pytest

from api.app import MOUNTS
from tests.api.bench import Bench, opened
from tests.api.garbage import GARBAGE
from tests.builders import a_submit

READING = [(mount.name, op.method, op.path) for mount in MOUNTS for op in mount.ops if op.body is not None]


async def key_for(bench: Bench, name: str, path: str) -> str:
    """A key that the route lets in."""
    mount = next(m for m in MOUNTS if m.name == name)
    op = next(o for o in mount.ops if o.path == path and o.body is not None)
    scope = min(op.scopes)
    return await bench.key(scope, speaks_for=("*",) if scope == "decide" else ())


def address(path: str) -> str:
    """The route about request 1 and Sentinel 1."""
    for name, value in {"{id}": "1", "{who}": "1", "{number}": "1"}.items():
        path = path.replace(name, value)
    return path


def message(name: str, words: Any) -> str:
    """The sentence of an error, wherever the dialect has it."""
    error = words["detail"] if name == "humancheck" else words["error"]
    return error if isinstance(error, str) else error["message"]


@pytest.mark.parametrize(("name", "method", "path"), READING)
async def test_garbage_is_a_400_in_the_dialect_s_shape(
    bench: Bench, name: str, method: str, path: str
) -> None:
    await bench.desk.approvals.submit(a_submit())
    key = await key_for(bench, name, path)
    for title, (raw, words) in GARBAGE.items():
        answer = await bench.call(method, address(path), key, data=raw)
        if raw == b"" and answer.status in {200, 404, 409}:
            # Where the address says it all, no body is as good as `{}`.
            continue
        assert answer.status == 400, (title, await answer.text())
        said = message(name, await answer.json())
        if name == "humanlayer":
            said = said.removeprefix("Invalid ").replace(":", "", 1)
        assert words in said, (title, said)


async def test_too_large_is_said_before_the_body_has_come(bench: Bench) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.client.port)
    key = await bench.key()
    writer.write(
        f"POST /ai-request HTTP/1.1\r\nHost: x\r\nx-api-key: {key}\r\nContent-Length: 300000\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()


async def test_too_large_is_noticed_while_it_comes(bench: Bench) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.client.port)
    head = "POST /ai-request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    writer.write(f"{head}x-api-key: {await bench.key()}\r\n\r\n".encode())
    for _ in range(5):
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("size", [256 * 1024, 256 * 1024 + 1])
async def test_the_limit_is_exact(bench: Bench, size: int) -> None:
    raw = b'{"x": "' + b"a" * 60_000 + b'"' + b" " * (size - 60_009) + b"}"
    answer = await bench.call("POST", "/ai-request", await bench.key(), data=raw)
    assert len(raw) == size
    assert answer.status == (400 if size == 256 * 1024 else 413)
    error = (await answer.json())["error"]
    assert ("Missing fields" if size == 256 * 1024 else "262144 bytes") in error


async def test_the_limit_is_a_setting() -> None:
    bench = await opened(max_body=100)
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={"x": "a" * 100})
    assert answer.status == 413
    await bench.client.close()


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x-unknown"])
async def test_encodings_are_not_read(bench: Bench, encoding: str) -> None:
    raw = gzip.compress(b"{}")
    headers = {"Content-Encoding": encoding}
    key = await bench.key()
    answer = await bench.call("POST", "/ai-request", key, data=raw, headers=headers)
    assert answer.status == 415
    assert "Content-Encoding" in (await answer.json())["error"]


async def test_identity_is_no_encoding(bench: Bench) -> None:
    headers = {"Content-Encoding": "identity"}
    answer = await bench.call("POST", "/ai-request", await bench.key(), json={}, headers=headers)
    assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"-5\r\n{}\r\n", b"2\r\n{}xx\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n{}"],
)
async def test_bad_framing_is_a_400(bench: Bench, body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.client.port)
    head = "POST /ai-request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    writer.write(f"{head}x-api-key: {await bench.key()}\r\n\r\n".encode() + body)
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"\r\n\r\n")
    # aiohttp's parser answers by itself where it finds the fault, and hangs up.
    assert b" 400 " in answer.splitlines()[0]
    writer.close()
    await writer.wait_closed()


async def test_a_body_is_asked_for_unless_it_would_be_refused_unread(bench: Bench) -> None:
    async def first_line(header: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.client.port)
        head = f"POST /ai-request HTTP/1.1\r\nHost: x\r\nx-api-key: {await bench.key()}\r\n{header}\r\n\r\n"
        writer.write(head.encode())
        async with asyncio.timeout(10):
            line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line

    assert b" 100 " in await first_line("Expect: 100-continue\r\nContent-Length: 2")
    assert b" 415 " in await first_line("Expect: 100-continue\r\nContent-Length: 2\r\nContent-Encoding: br")


async def test_a_body_that_comes_byte_by_byte_is_read(bench: Bench) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.client.port)
    body = b'{"agent_id": "a"}'
    head = f"POST /ai-request HTTP/1.1\r\nHost: x\r\nx-api-key: {await bench.key()}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
    for n in range(len(body)):
        writer.write(body[n : n + 1])
        await writer.drain()
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"}")
    assert b"Missing fields: request_type, domain, summary" in answer
    writer.close()
    await writer.wait_closed()
