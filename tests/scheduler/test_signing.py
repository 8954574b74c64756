"""Signatures, judged by the official verifier and by the dialect's own example."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from approvals.keys import mint_private_key, mint_webhook_secret
from scheduler.signing import Unsigned, body_signature, signed_headers
from store.signing import public_of

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


def test_whoever_has_the_public_key_can_check_and_not_sign() -> None:
    secret, private = mint_webhook_secret(), mint_private_key()
    headers = signed_headers(ID, now(), BODY, [secret], [private])
    assert Webhook(secret).verify(BODY, headers) == {"event": "décidé", "n": 1}
    symmetric, asymmetric = headers["webhook-signature"].split(" ")
    assert symmetric.startswith("v1,")
    signed = f"{ID}.{headers['webhook-timestamp']}.".encode() + BODY
    check(public_of(private), asymmetric, signed)
    for other, content in ((public_of(mint_private_key()), signed), (public_of(private), signed + b" ")):
        with pytest.raises(InvalidSignature):
            check(other, asymmetric, content)


def test_a_known_asymmetric_signature() -> None:
    """RFC 8032, section 7.1, test 1: the pair; the message is that of the specification."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    private = "whsk_" + base64.b64encode(seed).decode()
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert public_of(private) == "whpk_" + base64.b64encode(public).decode()
    at = datetime(2026, 2, 14, 16, 30, tzinfo=UTC)
    headers = signed_headers("msg_p5j", at, b"{}", [mint_webhook_secret()], [private])
    check(public_of(private), headers["webhook-signature"].split(" ")[1], b"msg_p5j.1771086600.{}")


def test_a_private_key_alone_does_not_sign() -> None:
    with pytest.raises(Unsigned):
        signed_headers(ID, now(), BODY, [], [mint_private_key()])


def check(public: str, signature: str, signed: bytes) -> None:
    """Prove a `v1a,…` signature, or raise InvalidSignature."""
    version, _, encoded = signature.partition(",")
    assert version == "v1a"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    key.verify(base64.b64decode(encoded), signed)
