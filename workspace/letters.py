"""What goes over HTTP for one delivery: the bytes and the signed headers, or a forgery of them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from workspace.faults import Fault
from workspace.signing import signed_headers
from workspace.wire import Json, encode

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SIGNED = ("X-Slack-Request-Timestamp", "X-Slack-Signature")


@dataclass(frozen=True)
class Parcel:
    """One thing to deliver. `kind` is interactive, slash_commands or events_api; `name` its subject."""

    kind: str
    name: str
    payload: Json
    team: str = ""
    channel: str = ""
    user: str = ""
    retry: int = 0
    retry_reason: str = ""


@dataclass
class Letter:
    """A POST, ready to be sent."""

    body: bytes
    headers: list[tuple[str, str]]

    def without_signature(self) -> dict[str, str]:
        """The headers for the record."""
        return {key: value for key, value in self.headers if key != "X-Slack-Signature"}


def letter(parcel: Parcel, secret: str, now: float, fault: Fault | None = None) -> Letter:
    """The signed POST of a parcel, forged where a fault asks for it."""
    body, content_type = _encoded(parcel)
    dated = now + fault.seconds if fault and fault.kind == "delivery_skew" else now
    signed_with = f"not {secret}" if fault and fault.kind == "delivery_wrong_secret" else secret
    headers = [("Content-Type", content_type), ("User-Agent", USER_AGENT)]
    headers += signed_headers(signed_with, dated, body).items()
    if parcel.retry:
        headers += [
            ("X-Slack-Retry-Num", str(parcel.retry)),
            ("X-Slack-Retry-Reason", parcel.retry_reason),
        ]
    return _forged(Letter(body, headers), fault.kind if fault else "")


def _encoded(parcel: Parcel) -> tuple[bytes, str]:
    if parcel.kind == "events_api":
        return encode(parcel.payload), JSON
    if parcel.kind == "slash_commands":
        return urlencode(parcel.payload).encode(), FORM
    return urlencode({"payload": encode(parcel.payload).decode()}).encode(), FORM


def _forged(genuine: Letter, kind: str) -> Letter:
    if kind == "delivery_tamper":
        return Letter(genuine.body + b"&tampered=1", genuine.headers)
    if kind == "delivery_unsigned":
        return Letter(genuine.body, [pair for pair in genuine.headers if pair[0] not in SIGNED])
    if kind == "delivery_malformed":
        named = dict(genuine.headers) | {"X-Slack-Request-Timestamp": "yesterday"}
        return Letter(genuine.body, list(named.items()))
    if kind == "delivery_double_header":
        twice = [pair for pair in genuine.headers if pair[0] in SIGNED]
        return Letter(genuine.body, genuine.headers + twice)
    return genuine
