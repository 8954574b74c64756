"""Opaque cursors: where the next page of a listing begins."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from api.problems import fault
from approvals.model import ApprovalRequest

_NUMBER = re.compile(rb"v1:([1-9][0-9]{0,17})")


def cursor(request: ApprovalRequest) -> str:
    """The cursor that continues after this request."""
    return base64.urlsafe_b64encode(b"v1:%d" % request.number).decode().rstrip("=")


def before(text: str | None) -> int | None:
    """The number that a cursor stands for. Raises Refused (400) for what is none."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raw = b""
    found = _NUMBER.fullmatch(raw)
    if found is None:
        raise fault("cursor", "is not a cursor", "send the next_cursor of the page before")
    return int(found[1])


def page(found: Sequence[ApprovalRequest], size: int) -> tuple[Sequence[ApprovalRequest], str | None]:
    """A page of `size` out of one more than that, and the cursor of the next, if there is one."""
    shown = found[:size]
    return shown, cursor(shown[-1]) if len(found) > size else None
