"""Webhooks: what is believed, judged by the official library, and what is read."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from sentinel_desk import SignatureInvalid, UnreadableMessage, check_signature, verify

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
DECIDED = {
    "event": "request.decided",
    "request_id": "req_abc123",
    "external_id": "refund-7",
    "status": "approved",
    "payload": {"amount": 500, "who": "Zoé"},
    "decision_note": "Looks good to me",
    "decided_at": "2026-01-18T12:05:00Z",
    "decided_by_id": "user_xyz789",
}
BODY = json.dumps(DECIDED, ensure_ascii=False).encode()


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    """The headers that the official library gives a message."""
    moment = at or datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": ID,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(ID, moment, body.decode()),
    }


def test_a_decision_arrives() -> None:
    event = verify(signed(), BODY, SECRET)
    assert (event.id, event.event, event.request_id) == (ID, "request.decided", "req_abc123")
    assert abs(event.timestamp - datetime.now(UTC)) < timedelta(minutes=1)
    assert event.decision.approved
    assert (event.decision.note, event.decision.payload["who"]) == ("Looks good to me", "Zoé")


def test_the_vector_of_the_specification() -> None:
    """Worked out by hand, so that both libraries cannot be wrong together."""
    body = b'{"test": 2432232314}'
    digest = hmac.new(b"k" * 32, b"msg_p5j.1614265330." + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": "msg_p5j",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    check_signature(headers, body, SECRET, now=datetime.fromtimestamp(1614265330, UTC))


@pytest.mark.parametrize("secret", [[SECRET, OTHER], [OTHER, SECRET], (SECRET,), SECRET])
def test_two_secrets_while_one_is_rotated(secret: Any) -> None:
    assert verify(signed(), BODY, secret).request_id == "req_abc123"


def test_two_signatures_while_one_is_rotated() -> None:
    headers = signed()
    old = signed(secret=OTHER)["webhook-signature"]
    for both in (f"{old} {headers['webhook-signature']}", f"v1a,AAAA {headers['webhook-signature']} v2,x"):
        verify(headers | {"webhook-signature": both}, BODY, SECRET)


def test_a_signature_of_another_version_proves_nothing() -> None:
    headers = signed()
    for version in ("v2", "v1a", "V1", ""):
        other = headers["webhook-signature"].replace("v1,", f"{version},")
        with pytest.raises(SignatureInvalid, match="fits"):
            verify(headers | {"webhook-signature": other}, BODY, SECRET)


def test_names_of_headers_in_any_case() -> None:
    verify({name.title(): value for name, value in signed().items()}, BODY, SECRET)


@pytest.mark.parametrize("off", [-299, 0, 299])
def test_a_clock_that_is_a_little_off(off: int) -> None:
    now = datetime.now(UTC)
    verify(signed(at=now + timedelta(seconds=off)), BODY, SECRET, now=now)


@pytest.mark.parametrize("off", [-302, 302, -86400])
def test_a_message_of_another_time(off: int) -> None:
    now = datetime.now(UTC)
    with pytest.raises(SignatureInvalid, match="old"):
        verify(signed(at=now + timedelta(seconds=off)), BODY, SECRET, now=now)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "x", "v1", "v1,", ",", "v1,é", "\udce9", "-1", "1e9", "9" * 13])
def test_headers_that_prove_nothing(name: str, value: str | None) -> None:
    headers = signed()
    del headers[name]
    with pytest.raises(SignatureInvalid):
        verify(headers | ({} if value is None else {name: value}), BODY, SECRET)


class Twice(Mapping[str, str]):
    """Headers of a framework that shows repeated ones."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def __getitem__(self, name: str) -> str:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def test_a_header_that_is_there_twice() -> None:
    pairs = [*signed().items(), ("Webhook-Id", "msg_2")]
    with pytest.raises(SignatureInvalid, match="once"):
        verify(Twice(pairs), BODY, SECRET)


@given(st.integers(0, len(BODY) * 8 - 1))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(SignatureInvalid):
        verify(signed(), bytes(changed), SECRET)


@given(st.binary(min_size=24, max_size=64), st.text(st.characters(codec="utf-8")), st.booleans())
def test_the_official_library_and_ours_agree(key: bytes, text: str, tampered: bool) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode()
    headers = signed(body, secret)
    sent = body + b"x" if tampered else body
    try:
        Webhook(secret).verify(sent, headers, json_parse=False)
        theirs = True
    except WebhookVerificationError:
        theirs = False
    try:
        check_signature(headers, sent, secret)
        ours = True
    except SignatureInvalid:
        ours = False
    assert ours is theirs is not tampered


def test_another_secret() -> None:
    with pytest.raises(SignatureInvalid, match="fits"):
        verify(signed(), BODY, OTHER)
    with pytest.raises(SignatureInvalid, match="fits"):
        verify(signed(), BODY, [])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "whsec_%%%%", "whsec_" + "A" * 16, "plain text"])
def test_a_secret_that_is_none_is_named_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and at least 24") as refused:
        verify(signed(), BODY, secret)
    assert len(secret) < 8 or secret not in str(refused.value)


def test_a_secret_without_padding() -> None:
    verify(signed(), BODY, SECRET.rstrip("="))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"event": "x", "request_id": 7}'])
def test_a_signed_body_in_other_words(body: bytes) -> None:
    moment = str(int(datetime.now(UTC).timestamp()))
    digest = hmac.new(b"k" * 32, f"{ID}.{moment}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": ID,
        "webhook-timestamp": moment,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    check_signature(headers, body, SECRET)
    with pytest.raises(UnreadableMessage):
        verify(headers, body, SECRET)


def test_an_expiry_arrives() -> None:
    told = {"event": "request.expired", "request_id": "req_1", "status": "expired", "payload": {}}
    body = json.dumps(told | {"decision_note": None, "decided_at": None}).encode()
    decision = verify(signed(body), body, SECRET).decision
    assert (decision.approved, decision.outcome, decision.note) == (False, "expired", None)


def test_secrets_as_the_desk_makes_them() -> None:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    verify(signed(secret=secret), BODY, secret)


# Public keys


def test_a_public_key_proves_a_message() -> None:
    headers = asymmetric(PAIR)
    assert verify(headers, BODY, public_key(PAIR)).request_id == "req_abc123"
    assert verify(headers, BODY, [public_key(Ed25519PrivateKey.generate()), public_key(PAIR)])
    assert verify(headers, BODY, SECRET)


def test_a_public_key_proves_nothing_else() -> None:
    other = public_key(Ed25519PrivateKey.generate())
    for headers, body, key in (
        (asymmetric(PAIR), BODY, other),
        (asymmetric(PAIR), BODY + b" ", public_key(PAIR)),
        (signed(), BODY, public_key(PAIR)),
        ({**asymmetric(PAIR), "webhook-id": "msg_other"}, BODY, public_key(PAIR)),
    ):
        with pytest.raises(SignatureInvalid):
            check_signature(headers, body, key)


def test_a_public_key_is_no_secret() -> None:
    """Whoever has only the public key makes a symmetric signature with it; it is not one."""
    key = public_key(PAIR)
    forged = signed(secret="whsec_" + key.removeprefix("whpk_"))
    with pytest.raises(SignatureInvalid):
        check_signature(forged, BODY, key)


@pytest.mark.parametrize("key", ["whpk_", "whpk_AAAA", "whpk_!", "whpk_" + "A" * 200])
def test_what_is_no_public_key(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        check_signature(asymmetric(PAIR), BODY, key)


PAIR = Ed25519PrivateKey.from_private_bytes(b"p" * 32)


def public_key(pair: Ed25519PrivateKey) -> str:
    """The `whpk_…` of a pair."""
    return "whpk_" + base64.b64encode(pair.public_key().public_bytes_raw()).decode()


def asymmetric(pair: Ed25519PrivateKey) -> dict[str, str]:
    """The headers of a message that is signed in both ways, as the desk signs."""
    headers = signed()
    content = f"{ID}.{headers['webhook-timestamp']}.".encode() + BODY
    signature = base64.b64encode(pair.sign(content)).decode()
    return headers | {"webhook-signature": f"{headers['webhook-signature']} v1a,{signature}"}
