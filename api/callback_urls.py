"""Where a client may have its callback sent, as far as the address itself tells."""

from __future__ import annotations

from api.keyless import VISITOR
from api.ops import Call
from api.problems import fault
from api.wires import filled


def check(call: Call, url: str | None, name: str = "callback_url") -> None:
    """Raise Refused (400) for an address that would never be called."""
    if filled(url) is None:
        return
    if call.key.id == VISITOR:
        raise fault(name, "cannot be called without a key, whose secret signs the call", "send a key")
    refusal = call.desk.config.callback_guard(str(url))
    if refusal is not None:
        raise fault(name, refusal, "send an https address that can be reached")
