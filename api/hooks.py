"""What a webhook endpoint may be, whichever door makes it: an address that can be called, known events."""

from __future__ import annotations

from collections.abc import Sequence

from api import callback_urls
from api.dialects.callbacks import EVERYTHING
from api.ops import Call
from api.problems import Fault, fault, invalid, missing
from api.wires import filled
from approvals.model import Dialect
from approvals.subscriptions import EVENTS


def address(call: Call, url: str) -> str:
    """The URL. Raises Refused (400) where nothing would ever be called there."""
    if filled(url) is None:
        raise missing("url")
    callback_urls.check(call, url, "url")
    return url


def events(names: Sequence[str], dialect: Dialect) -> tuple[str, ...]:
    """The events, none twice. Raises Refused (400) for none at all and for what is no event."""
    known = (*EVENTS[dialect], EVERYTHING)
    fix = f"send some of {', '.join(known)}"
    if not names:
        raise fault("events", "must name at least one event", fix)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise invalid(*(Fault("events", f"{name[:64]!r} is no event of {dialect}", fix) for name in unknown))
    return tuple(dict.fromkeys(names))
