"""Signatures, judged by the official verifier and by the dialect's own example."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from approvals.keys import mint_webhook_secret
from scheduler.signing import Unsigned, body_signature, signed_headers

BODY = json.dumps({"event": "décidé", "n": 1}, ensure_ascii=False).encode()
ID = "msg_1"


def now() -> datetime:
    return datetime.now(UTC)


def test_the_official_verifier_accepts() -> None:
    secret = mint_webhook_secret()
    headers = signed_headers(ID, now(), BODY, [secret])
    assert Webhook(secret).verify(BODY, headers) == {"event": "décidé", "n": 1}
    assert headers["webhook-id"] == ID


def test_a_known_signature() -> None:
    """The construction of the specification, worked out by hand."""
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    headers = signed_headers("msg_p5j", datetime(2026, 2, 14, 16, 30, 0, 999_999, UTC), b"{}", [secret])
    assert headers["webhook-timestamp"] == "1771086600"
    digest = hmac.new(b"k" * 24, b"msg_p5j.1771086600.{}", hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_any_zone_is_the_same_instant() -> None:
    secret = mint_webhook_secret()
    there = now().astimezone(timezone(timedelta(hours=-5)))
    headers = signed_headers(ID, there, BODY, [secret])
    Webhook(secret).verify(BODY, headers)
    assert headers == signed_headers(ID, there.astimezone(UTC), BODY, [secret])


def test_during_rotation_either_secret_verifies() -> None:
    new, old = mint_webhook_secret(), mint_webhook_secret()
    headers = signed_headers(ID, now(), BODY, [new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    Webhook(new).verify(BODY, headers)
    Webhook(old).verify(BODY, headers)


@pytest.mark.parametrize("bit", [0, 1, len(BODY) * 8 - 2])
def test_a_flipped_bit_is_refused(bit: int) -> None:
    secret = mint_webhook_secret()
    headers = signed_headers(ID, now(), b"{}" + b" " * len(BODY), [secret])
    changed = bytearray(b"{}" + b" " * len(BODY))
    changed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(bytes(changed), headers)


@pytest.mark.parametrize("field", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed(field: str) -> None:
    secret = mint_webhook_secret()
    headers = signed_headers(ID, now(), BODY, [secret])
    headers[field] = "msg_2" if field == "webhook-id" else str(int(headers[field]) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers)


def test_an_old_message_and_a_foreign_secret_are_refused() -> None:
    secret = mint_webhook_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, signed_headers(ID, now() - timedelta(minutes=6), BODY, [secret]))
    with pytest.raises(WebhookVerificationError):
        Webhook(mint_webhook_secret()).verify(BODY, signed_headers(ID, now(), BODY, [secret]))


def test_nothing_is_signed_without_a_secret() -> None:
    with pytest.raises(Unsigned):
        signed_headers(ID, now(), BODY, [])
    with pytest.raises(Unsigned):
        body_signature(BODY, [])


def test_the_body_signature_is_what_the_dialects_example_accepts() -> None:
    secret = mint_webhook_secret()
    expected = hmac.new(secret.encode("utf-8"), BODY.decode().encode("utf-8"), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(body_signature(BODY, [secret, mint_webhook_secret()]), expected)
