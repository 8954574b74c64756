"""Which dialect words events how. Humancheck has no callbacks of its own and speaks HumanLayer's."""

from __future__ import annotations

from collections.abc import Mapping

from api.dialects.callbacks import Encoder
from api.dialects.hitl import events as hitl
from api.dialects.humanapproval import translate as humanapproval
from api.dialects.humanlayer import translate as humanlayer
from approvals.model import Dialect

ENCODERS: Mapping[Dialect, Encoder] = {
    Dialect.HUMANLAYER: humanlayer.callback,
    Dialect.HUMANAPPROVAL: humanapproval.webhook,
    Dialect.HUMANCHECK: humanlayer.callback,
    Dialect.HITL: hitl.review_event,
}
"""For `CallbackAnnouncer`."""
