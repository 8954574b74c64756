"""A request before it is sent: checked here, and turned into the very bytes that every try sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Required, TypedDict
from uuid import uuid4

from pydantic_core import PydanticSerializationError, to_jsonable_python

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Draft:
    """The body of a create and the key under which repeats of it are one request."""

    body: bytes = field(repr=False)
    idempotency_key: str


class Wanted(TypedDict, total=False):
    """What a request can be made of; only `payload` must be there.

    `domain` and `jurisdiction` say who is qualified to decide. `external_id` is your own id: the same
    id and content give back the first request, also after a restart of your program. `expires_at` is
    timezone-aware, or RFC 3339 text. `callback_url` is told once it has ended. `requested_by` is
    the person on whose behalf the agent acts (e-mail, Slack id or name): they cannot decide it themselves.
    `idempotency_key` is made afresh for each create unless it is given.
    """

    payload: Required[Mapping[str, Any]]
    title: str | None
    description: str | None
    domain: str | None
    jurisdiction: str | None
    external_id: str | None
    expires_at: datetime | str | None
    callback_url: str | None
    requested_by: str | None
    idempotency_key: str | None


def create(
    *,
    payload: Mapping[str, Any],
    title: str | None = None,
    description: str | None = None,
    domain: str | None = None,
    jurisdiction: str | None = None,
    external_id: str | None = None,
    expires_at: datetime | str | None = None,
    callback_url: str | None = None,
    requested_by: str | None = None,
    idempotency_key: str | None = None,
) -> Draft:
    """A draft of what is `Wanted`; what is None is left out. Raises ValueError or TypeError.

    Domain and jurisdiction travel inside the payload, where this dialect reads them.
    """
    content = {
        "title": title,
        "description": description,
        "external_id": external_id,
        "payload": _routed(payload, {"domain": domain, "jurisdiction": jurisdiction}),
        "expires_at": _moment(expires_at),
        "callback_url": callback_url,
        "requested_by": requested_by,
    }
    body = body_of({name: value for name, value in content.items() if value is not None})
    return Draft(body, str(uuid4()) if idempotency_key is None else _key(idempotency_key))


def body_of(content: Mapping[str, Any]) -> bytes:
    """The JSON of a body. Dates, decimals, dataclasses and models become what pydantic makes of them."""
    try:
        plain = to_jsonable_python(content)
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except PydanticSerializationError as error:
        raise TypeError(f"not JSON: {error}") from error


def _routed(payload: Mapping[str, Any], places: Mapping[str, str | None]) -> dict[str, Any]:
    if not isinstance(payload, Mapping):
        raise TypeError("payload must be a mapping")
    routed = dict(payload)
    for name, place in places.items():
        if place is not None and routed.setdefault(name, place) != place:
            raise ValueError(f"{name} is given twice, and payload[{name!r}] says something else")
    return routed


def _moment(moment: datetime | str | None) -> str | None:
    if moment is None or isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError("expires_at needs a time zone: datetime.now(UTC) + timedelta(hours=1)")
    return moment.isoformat()


def _key(text: str) -> str:
    if not (0 < len(text) <= _LONGEST_KEY and text.isascii() and text.isprintable()):
        raise ValueError(f"idempotency_key must be 1 to {_LONGEST_KEY} printable ASCII characters")
    return text
