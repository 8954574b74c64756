"""One POST to a real receiver on loopback: what leaves, what its answer means, what it cannot do to us."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from approvals.outbox import Attempt, Fate
from scheduler import callback
from scheduler.callback import CallbackSender, Names, read_retry_after
from scheduler.guard import Guard
from tests.scheduler.receivers import DAY, SECRET, Receiver, canary, delivery, raw, secrets, wall

LOOPBACK = Guard(["127.0.0.0/8", "::1/128"])
NOW = datetime(2026, 2, 14, 16, 30, tzinfo=UTC)


@pytest.fixture
async def sender() -> AsyncIterator[CallbackSender]:
    async with CallbackSender(secrets, LOOPBACK, wall) as sender:
        yield sender


def answering(status: int, **headers: str) -> Receiver:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return Receiver(answer)


async def test_the_exact_bytes_arrive_signed(sender: CallbackSender) -> None:
    async with Receiver() as receiver:
        message = delivery(receiver.url + "?token=a%20b")
        assert await sender.deliver(message) == Attempt(Fate.DELIVERED, 200)
        (seen,) = receiver.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/hook?token=a%20b", message.body)
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["User-Agent"].startswith("SentinelDesk/")
    assert seen.headers["webhook-id"] == "msg_1"
    assert "X-HITL-Signature" not in seen.headers
    assert Webhook(SECRET).verify(seen.body, dict(seen.headers)) == json.loads(message.body or b"")


async def test_each_try_has_its_own_time_and_the_same_id_and_bytes() -> None:
    times = iter([wall() - timedelta(seconds=90), wall()])

    def clock() -> datetime:
        return next(times, wall())

    async with Receiver() as receiver, CallbackSender(secrets, LOOPBACK, clock) as sender:
        for attempt in (1, 2):
            await sender.deliver(delivery(receiver.url, attempt=attempt))
            times = iter([wall()])
        first, second = receiver.seen
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(first.headers["webhook-timestamp"]) < int(second.headers["webhook-timestamp"])


async def test_a_dialects_own_signature_stands_beside(sender: CallbackSender) -> None:
    async with Receiver() as receiver:
        await sender.deliver(delivery(receiver.url, intent={"signature_header": "X-HITL-Signature"}))
        (seen,) = receiver.seen
    digest = hmac.new(SECRET.encode(), seen.body, hashlib.sha256).hexdigest()
    assert seen.headers["X-HITL-Signature"] == digest
    Webhook(SECRET).verify(seen.body, dict(seen.headers))


async def test_nothing_leaves_unsigned() -> None:
    async def none(_: str) -> list[str]:
        return []

    async with Receiver() as receiver, CallbackSender(none, LOOPBACK, wall) as sender:
        attempt = await sender.deliver(delivery(receiver.url))
        assert receiver.seen == []
    assert attempt == Attempt(Fate.RETRY, error="no live secret to sign with")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_2xx_has_arrived(sender: CallbackSender, status: int) -> None:
    async with answering(status) as receiver:
        assert await sender.deliver(delivery(receiver.url)) == Attempt(Fate.DELIVERED, status)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 408, 422, 429, 500, 502, 503, 504, 599])
async def test_anything_else_is_tried_again(sender: CallbackSender, status: int) -> None:
    async with answering(status) as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
    assert (attempt.fate, attempt.status) == (Fate.RETRY, status)
    assert (attempt.pause_lane is not None) == (status in {429, 502, 504})


async def test_410_wants_nothing_more(sender: CallbackSender) -> None:
    async with answering(410) as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
    assert (attempt.fate, attempt.status) == (Fate.DEAD, 410)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_never_followed(sender: CallbackSender, status: int) -> None:
    async with canary() as inner, answering(status, Location=f"http://127.0.0.1:{inner.port}/") as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
        assert inner.connections == 0
    assert (attempt.fate, attempt.status) == (Fate.RETRY, status)


async def test_retry_after_is_heard(sender: CallbackSender) -> None:
    async with answering(429, Retry_After="7") as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
    assert attempt.retry_after == attempt.pause_lane == timedelta(seconds=7)
    async with answering(503, Retry_After="7") as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
    assert (attempt.retry_after, attempt.pause_lane) == (timedelta(seconds=7), None)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (None, None),
        ("", None),
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        ("86401", DAY),
        ("999999999", DAY),
        ("99999999999999999999", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Sat, 14 Feb 2026 16:31:00 GMT", timedelta(minutes=1)),
        ("Saturday, 14-Feb-26 16:31:00 GMT", timedelta(minutes=1)),
        ("Sat, 14 Feb 2026 11:31:00 -0500", timedelta(minutes=1)),
        ("Sat, 14 Feb 2026 16:00:00 GMT", timedelta(0)),
        ("Sun, 14 Feb 2027 16:30:00 GMT", DAY),
        ("Sat, 99 Feb 2026 16:30:00 GMT", None),
    ],
)
def test_retry_after_in_both_forms_and_within_bounds(text: str | None, wait: timedelta | None) -> None:
    assert read_retry_after(text, NOW) == wait


async def test_a_receiver_that_never_answers_is_left() -> None:
    let_go = asyncio.Event()

    async def never(_: web.Request) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    async with Receiver(never) as receiver, CallbackSender(secrets, LOOPBACK, wall, total_s=0.2) as sender:
        attempt = await sender.deliver(delivery(receiver.url))
        let_go.set()
    assert attempt == Attempt(Fate.RETRY, error="no answer within 0.2 s")


async def test_a_huge_answer_is_read_to_the_cap(
    sender: CallbackSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = 0
    cut = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 1 << 30:
                await response.write(b"x" * 65536)
                sent += 65536
        finally:
            cut.set()
        return response

    # With the courtesy's time out of the way, only the cap can end it.
    monkeypatch.setattr(callback, "_COURTESY_S", 60)
    async with Receiver(endless) as receiver:
        attempt = await sender.deliver(delivery(receiver.url))
        async with asyncio.timeout(10):
            await cut.wait()
    assert attempt == Attempt(Fate.DELIVERED, 200)
    # What the sockets buffer comes on top of what we read.
    assert sent < 64 << 20


async def test_an_answer_that_drips_holds_nobody(sender: CallbackSender) -> None:
    dripping = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await dripping.wait()
        return response

    async with Receiver(drip) as receiver:
        assert (await sender.deliver(delivery(receiver.url))).fate is Fate.DELIVERED
        dripping.set()


@pytest.mark.parametrize(
    ("answer", "fate", "status"),
    [
        (b"", Fate.RETRY, None),
        (b"HTTP/1.1 200 O", Fate.RETRY, None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Fate.RETRY, None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Fate.RETRY, None),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", Fate.RETRY, None),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\ncut", Fate.RETRY, 500),
        # The status is the answer; that the rest is cut changes nothing.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut", Fate.DELIVERED, 200),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nbad", Fate.DELIVERED, 200),
        (b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n", Fate.DELIVERED, 204),
    ],
)
async def test_answers_cut_and_strange(
    sender: CallbackSender, answer: bytes, fate: Fate, status: int | None
) -> None:
    async with raw(answer) as url:
        attempt = await sender.deliver(delivery(url))
    assert (attempt.fate, attempt.status) == (fate, status)
    assert attempt.fate is Fate.DELIVERED or attempt.error


async def test_nobody_listens(sender: CallbackSender) -> None:
    async with canary() as gone:
        url = f"http://127.0.0.1:{gone.port}/?token=secret"
    attempt = await sender.deliver(delivery(url))
    assert attempt.fate is Fate.RETRY
    assert "no connection" in (attempt.error or "")
    assert "secret" not in (attempt.error or "")


async def test_no_cookie_is_kept(sender: CallbackSender) -> None:
    async with answering(200, Set_Cookie="a=b") as receiver:
        await sender.deliver(delivery(receiver.url))
        await sender.deliver(delivery(receiver.url))
    assert "Cookie" not in receiver.seen[1].headers


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with canary() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with CallbackSender(secrets, LOOPBACK, wall) as sender:
            assert (await sender.deliver(delivery(receiver.url))).fate is Fate.DELIVERED
        assert proxy.connections == 0


SPELLINGS = [
    "https://127.0.0.1:{}/",
    "http://127.0.0.1:{}/",
    "http://127.1:{}/",
    "http://2130706433:{}/",
    "http://0x7f000001:{}/",
    "http://017700000001:{}/",
    "http://0:{}/",
    "https://[::ffff:127.0.0.1]:{}/",
    "http://[::1]:{}/",
    "http://１２７.0.0.1:{}/",
    "https://127.0.0.1.:{}/",
    "https://localhost:{}/",
    "https://LOCALHOST:{}/",
    "http://localhost:{}/",
    "https://example.com@127.0.0.1:{}/",
]


@pytest.mark.parametrize("url", SPELLINGS)
async def test_nothing_reaches_loopback_by_default(url: str) -> None:
    async with canary() as inner, CallbackSender(secrets, Guard(), wall) as sender:
        attempt = await sender.deliver(delivery(url.format(inner.port)))
        assert inner.connections == 0
    assert attempt.fate is Fate.RETRY
    assert "must" in (attempt.error or "")


class Scripted(AbstractResolver):
    """A name server under somebody else's control: a list of addresses for each look-up."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=socket.AF_INET, proto=0, flags=0)
            for a in self.answers.pop(0)
        ]

    async def close(self) -> None:
        """Nothing to close."""


# 127.0.0.2 stands for the receiver that is fine, 127.0.0.1 for what is inside.
FINE = Guard(["127.0.0.2/32"])


async def test_a_name_that_is_bound_anew_reaches_nothing() -> None:
    names = Scripted(["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"])
    async with Receiver(host="127.0.0.2") as receiver, canary(port=receiver.port) as inner:
        async with CallbackSender(secrets, FINE, wall, names) as sender:
            url = f"http://rebinding:{receiver.port}/"
            fates = [(await sender.deliver(delivery(url))).fate for _ in range(3)]
        assert fates == [Fate.DELIVERED, Fate.RETRY, Fate.RETRY]
        assert (len(receiver.seen), inner.connections) == (1, 0)


async def test_of_several_addresses_only_the_open_ones_are_tried() -> None:
    names = Scripted(["127.0.0.1", "127.0.0.2"])
    async with Receiver(host="127.0.0.2") as receiver, canary(port=receiver.port) as inner:
        async with CallbackSender(secrets, FINE, wall, names) as sender:
            attempt = await sender.deliver(delivery(f"http://two:{receiver.port}/"))
        assert attempt.fate is Fate.DELIVERED
        assert inner.connections == 0


async def test_a_name_is_looked_up_for_each_try() -> None:
    names = Scripted(["127.0.0.2"], ["127.0.0.2"])
    async with (
        Receiver(host="127.0.0.2") as receiver,
        CallbackSender(secrets, FINE, wall, names) as sender,
    ):
        for _ in range(2):
            await sender.deliver(delivery(f"http://name:{receiver.port}/"))
    assert names.answers == []


async def test_localhost_by_the_systems_own_resolver(sender: CallbackSender) -> None:
    async with Receiver() as receiver:
        assert (await sender.deliver(delivery(f"http://localhost:{receiver.port}/"))).fate is Fate.DELIVERED


async def test_a_name_that_does_not_exist_is_tried_again(sender: CallbackSender) -> None:
    attempt = await sender.deliver(delivery("https://nobody.invalid/"))
    assert attempt.fate is Fate.RETRY
    assert "does not resolve" in (attempt.error or "")


async def test_look_ups_that_hang_keep_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than the loop's own pool has threads."""
    release = threading.Event()

    def hanging(host: str, *rest: object) -> list[ResolveResult]:
        if host != "good":
            release.wait(30)
        return []

    monkeypatch.setattr(callback, "_addresses", hanging)
    names = Names()
    hung = [asyncio.create_task(names.resolve(f"dead{n}")) for n in range(40)]
    # Each has begun when this one's turn comes again.
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(10):
            assert await names.resolve("good") == []
        assert not any(task.done() for task in hung)
    finally:
        release.set()
        await asyncio.gather(*hung)


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    sender: CallbackSender, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        attempt = await sender.deliver(delivery(f"https://localhost:{port}/"))
    assert attempt == Attempt(Fate.RETRY, error="no trusted TLS connection")
    assert heard == []


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(wall() - DAY)
        .not_valid_after(wall() + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + certificate.public_bytes(pem))
    return file
