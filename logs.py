"""Logging: one JSON line per event on standard error, whichever library speaks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

HIDDEN = "[hidden]"

# Keys of the desk, Slack's tokens, webhook secrets, and passwords in addresses.
_SECRETS = re.compile(
    r"sd_live_[0-9a-z]{12}_[\w-]+|xox[a-z]-[\w-]+|xapp-[\w-]+|whsec_[\w+/=-]+|(?<=://)[^/\s@]+(?=@)"
)


def hide_secrets(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take what looks like a secret out of every text of a line, tracebacks included."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRETS.sub(HIDDEN, value)
    return event


def _dump(event: object, **_: object) -> str:
    return orjson.dumps(event, default=repr).decode()


def configure(level: str) -> None:
    """Send structlog's and the standard library's lines through one JSON renderer."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_secrets,
                structlog.processors.JSONRenderer(serializer=_dump),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("apscheduler", "slack_bolt", "slack_sdk", "aiosqlite", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
