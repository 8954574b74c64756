"""What leaves for a webhook, checked by the official library and by the reference's own function."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from approvals.outbox import Fate
from scheduler.callback import CallbackSender
from scheduler.guard import Guard
from tests.api.bench import Bench
from tests.api.dialects.hitl.reviewing import a_review, decided, said
from tests.scheduler.receivers import Receiver, Seen


def verify_webhook_signature(payload: str, signature: str, secret: str) -> bool:
    """The reference's function."""
    expected_signature = hmac.new(secret.encode("utf-8"), payload.encode("utf-8"), hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature, expected_signature)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A client's server."""
    async with Receiver() as receiver:
        yield receiver


async def delivered(bench: Bench, receiver: Receiver) -> Seen:
    """The next message, as the receiver gets it."""
    guard = Guard(["127.0.0.0/8"])

    def clock() -> datetime:
        # The official library compares with the real time.
        return datetime.now(UTC)

    async with CallbackSender(bench.store.keys.secrets, guard, clock) as sender:
        (delivery,) = await bench.store.outbox.claim(9, timedelta(minutes=1))
        attempt = await sender.deliver(delivery)
        assert attempt.fate is Fate.DELIVERED
        assert await bench.store.outbox.complete(delivery, attempt, None)
    return receiver.seen[-1]


def accepted(seen: Seen, secret: str) -> Any:
    """What the official library makes of a message; raises where it does not believe it."""
    return Webhook(secret).verify(seen.body.decode(), dict(seen.headers))


async def a_webhook(bench: Bench, receiver: Receiver, key: str) -> Any:
    """A webhook on loopback."""
    body = {"url": receiver.url, "events": ["review.completed"]}
    return (await said(bench, "POST", "webhooks", key, body, status=201))["data"]


async def test_both_signatures_are_good(bench: Bench, receiver: Receiver) -> None:
    key = await bench.key()
    secret = (await a_webhook(bench, receiver, key))["secret"]
    review = await a_review(bench, key)
    await decided(bench, review, "approved", reasoning="Très bien 👍")
    seen = await delivered(bench, receiver)
    assert accepted(seen, secret)["review"]["id"] == review["id"]
    assert verify_webhook_signature(seen.body.decode(), seen.headers["X-HITL-Signature"], secret)
    forged = seen.body.replace(b"true", b"false")
    assert not verify_webhook_signature(forged.decode(), seen.headers["X-HITL-Signature"], secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(forged.decode(), dict(seen.headers))


async def test_two_secrets_live_through_a_rotation(bench: Bench, receiver: Receiver) -> None:
    key = await bench.key()
    webhook = await a_webhook(bench, receiver, key)
    secrets = [webhook["secret"]]
    for _ in range(2):
        rotated = await said(bench, "POST", f"webhooks/{webhook['id']}/rotate", key)
        secrets.insert(0, rotated["data"]["secret"])
        await decided(bench, await a_review(bench, key), "approved")
        seen = await delivered(bench, receiver)
        for live in secrets[:2]:
            assert accepted(seen, live)["event"] == "review.completed"
        for dead in secrets[2:]:
            with pytest.raises(WebhookVerificationError):
                accepted(seen, dead)
        signature = seen.headers["X-HITL-Signature"]
        payload = seen.body.decode()
        assert [verify_webhook_signature(payload, signature, s) for s in secrets[:2]] == [True, False]


async def test_a_review_s_own_callback_is_signed_with_its_key_s_secret(
    bench: Bench, receiver: Receiver
) -> None:
    key = await bench.key()
    review = await a_review(bench, key, callback_url=receiver.url)
    await decided(bench, review, "approved")
    (of_key,) = await bench.store.keys.list(None)
    (secret,) = await bench.store.keys.secrets(f"key:{of_key.id}")
    seen = await delivered(bench, receiver)
    assert accepted(seen, secret)["review"]["id"] == review["id"]
    assert verify_webhook_signature(seen.body.decode(), seen.headers["X-HITL-Signature"], secret)
    assert json.loads(seen.body)["event"] == "review.completed"
