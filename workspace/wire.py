"""JSON as it travels: the alias for an object and the two ways across."""

from __future__ import annotations

from typing import Any

import orjson

Json = dict[str, Any]


def encode(value: object) -> bytes:
    """UTF-8 bytes of `value`; raises TypeError for what JSON cannot hold."""
    return orjson.dumps(value)


def decode(raw: bytes | str) -> Any:
    """The value of a JSON text; raises ValueError when it is not one."""
    return orjson.loads(raw)
