"""Whatever may come through the door: good calls of every route, spoilt in all the ways we can think of.

The same dice give the same calls, so that one which breaks something can be made again.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from api.app import MOUNTS
from api.docs.prose import examples
from approvals.keys import Scope

ID_OF_NOBODY = "00000000-0000-4000-8000-000000000000"

# Values that a field may be given instead of what belongs there.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**53 - 1,
    -(2**53) + 1,
    0.5,
    1e-320,
    1e308,
    -0.0,
    "",
    " ",
    "\t\r\n",
    "0",
    "1e400",
    "9" * 400,
    "x" * 3_000,
    "é漢😀" * 700,
    "a\u202eb\u200b\u2066c",
    "\ufeff\u2028\ufffe\U0010ffff",
    "\x01\x1b[31m",
    "\x7f\x80\x9f",
    "<!channel> <@U1> <https://evil.example|Approve>",
    "'; DROP TABLE requests; --",
    "%00%ff%2e%2e/",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "=1+1",
    "null",
    "true",
    "2026-02-30T25:61:61Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    "2026-11-23T15:00:00",
    "-1",
    "1969-12-31T23:59:59Z",
    "99999999999999999999",
    "https://",
    "https://[::1",
    "https://user:pass@a.example/",
    "https://a.example:99999/",
    "https://a.example/" + "x" * 3_000,
    "https://\u0430.example/",
    "javascript:alert(1)",
    "marie@example.com",
    "@@@",
    "team:",
    "U0MARIE",
    ID_OF_NOBODY,
    [],
    {},
    [None],
    [[[[[1]]]]],
    {"": ""},
    {"a": {"b": {"c": [1, {"d": None}]}}},
    ["x"] * 500,
    {f"k{n}": n for n in range(300)},
)

# JSON that is none, or hardly; put in the place of a value, as it stands.
RAW = (b"NaN", b"1e999", b"-", b"'x'", b'"\\ud800"', b'"\\u0000"', b"9" * 5_000, b'{"a":1,"a":2}', b"[" * 50)

IN_PATHS = (
    "1",
    "2",
    "0",
    "-1",
    "01",
    "1.0",
    "+1",
    "99999999999999999999",
    "9223372036854775808",
    "é",
    "x" * 300,
)
BYTES_IN_PATHS = (b"\x00", b"\xff\xfe", b"%", b"../1", b"\xed\xa0\x80", b"1;a=b", b" ", b"\n", b"'")

PARAMETERS = ("id", "status", "page", "page_size", "per_page", "limit", "offset", "cursor", "sort", "order")
MORE_PARAMETERS = (
    "agent_id",
    "external_id",
    "task_type",
    "framework",
    "state",
    "url",
    "after",
    "template_id",
)

HEADERS = (
    ("Idempotency-Key", ("", "k", "k" * 256, "a b", "\t", "é".encode().decode("latin-1"))),
    ("If-None-Match", ("*", "W/", '""', '"x"', "x" * 3_000, ",,,")),
    ("Content-Type", ("text/plain", "application/json; charset=utf-16", "multipart/form-data", "")),
    ("Content-Encoding", ("gzip", "br", "identity, gzip", "\u00e9")),
    ("Accept", ("text/html", "*/*;q=0", "")),
    ("Prefer", ("wait=0", "wait=-1", "wait=x", "respond-async, wait", "wait=" + "9" * 400 + "x")),
    ("X-Forwarded-For", ("1.2.3.4", "é")),
    ("Expect", ("100-continue", "200-ok")),
    ("Range", ("bytes=0-",)),
    ("Authorization", ("Bearer x", "Basic eDp4", "Bearer")),
)

_PLACE = b'"\\u2400"'


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. `path` is percent-encoded and holds the query; `scope` is that of the key it shows."""

    method: str
    path: str
    scope: Scope | None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def attempts(dice: Random, ids: list[str]) -> Iterator[Attempt]:
    """Calls without an end; `ids` are those of requests that exist."""
    good = [(op, found) for mount in MOUNTS for op in mount.ops for found in [_example(mount.name, op)]]
    while True:
        op, example = dice.choice(good)
        scope: Scope | None = dice.choice(sorted(op.scopes))
        if dice.random() < 0.05:
            scope = dice.choice([*Scope, None])
        yield Attempt(
            dice.choice(("GET", "PUT", "HEAD", "OPTIONS", "DELETE")) if dice.random() < 0.03 else op.method,
            _path(op.path, dice, ids) + _query(dice),
            scope,
            _body(example, dice) if op.body is not None or dice.random() < 0.05 else None,
            _headers(dice),
        )


def _example(mount: str, op: Any) -> dict[str, Any]:
    told = examples(mount).get(f"{op.method} {op.path}")
    asked = told.request if told is not None else None
    return dict(asked) if isinstance(asked, dict) else {}


def _path(path: str, dice: Random, ids: list[str]) -> str:
    parts = []
    for part in path.split("/"):
        if not part.startswith("{"):
            parts.append(part)
        elif dice.random() < 0.5:
            parts.append(dice.choice(ids))
        elif dice.random() < 0.7:
            parts.append(quote_from_bytes(dice.choice(IN_PATHS).encode(), safe=""))
        else:
            parts.append(quote_from_bytes(dice.choice(BYTES_IN_PATHS), safe=""))
    return "/".join(parts)


def _query(dice: Random) -> str:
    if dice.random() < 0.4:
        return ""
    texts = [v if isinstance(v, str) else json.dumps(v) for v in VALUES]
    pairs = [
        f"{dice.choice(PARAMETERS + MORE_PARAMETERS)}={quote_from_bytes(_octets(dice, texts), safe='')}"
        for _ in range(dice.randint(1, 3))
    ]
    return "?" + dice.choice("&&&;").join(pairs)


def _octets(dice: Random, texts: list[str]) -> bytes:
    if dice.random() < 0.1:
        return dice.choice(BYTES_IN_PATHS)
    # Three times as long once quoted: a line of more than 8 KiB is no call (`test_malformed`).
    return dice.choice(texts).encode("utf-8", "surrogatepass")[:500]


def _body(example: dict[str, Any], dice: Random) -> bytes:
    body: Any = copy.deepcopy(example)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        body = _spoilt(body, dice)
    if dice.random() < 0.1:
        placed = _replaced(body, "\u2400", dice)
        raw = json.dumps(placed).encode().replace(_PLACE, dice.choice(RAW), 1)
    else:
        raw = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    if dice.random() < 0.05:
        cut = dice.randrange(len(raw) + 1)
        raw = raw[:cut] + dice.randbytes(dice.randint(0, 3)) + raw[cut + dice.randint(0, 3) :]
    return raw


def _spoilt(body: Any, dice: Random) -> Any:
    turn = dice.random()
    if turn < 0.7:
        return _replaced(body, copy.deepcopy(dice.choice(VALUES)), dice)
    if turn < 0.85 and isinstance(body, dict) and body:
        return {k: v for k, v in body.items() if k != dice.choice(sorted(map(str, body)))}
    if turn < 0.97 and isinstance(body, dict):
        name = dice.choice(("callback_url", "expires_at", "metadata", "priority", "", "__proto__", "é" * 90))
        return {**body, name: copy.deepcopy(dice.choice(VALUES))}
    return copy.deepcopy(dice.choice(VALUES))


def _replaced(body: Any, value: Any, dice: Random) -> Any:
    """The same with `value` in the place of something that it holds."""
    if isinstance(body, dict) and body and dice.random() < 0.95:
        name = dice.choice(sorted(body, key=str))
        return {**body, name: _replaced(body[name], value, dice) if dice.random() < 0.4 else value}
    if isinstance(body, list) and body and dice.random() < 0.95:
        place = dice.randrange(len(body))
        return [*body[:place], _replaced(body[place], value, dice), *body[place + 1 :]]
    return value


def _headers(dice: Random) -> dict[str, str]:
    if dice.random() < 0.7:
        return {}
    name, values = dice.choice(HEADERS)
    return {name: dice.choice(values)}
