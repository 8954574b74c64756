"""Faults on command: what goes wrong next, for which method or delivery, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from workspace.refusal import NotPossible
from workspace.wire import Json

API_KINDS = ("delay", "error", "ratelimited", "refuse", "lost_answer", "cut")
WAY_KINDS = ("delivery_lost", "delivery_duplicate", "delivery_delay", "delivery_reorder")
FORGED_KINDS = (
    "delivery_skew",
    "delivery_tamper",
    "delivery_wrong_secret",
    "delivery_unsigned",
    "delivery_malformed",
    "delivery_double_header",
    "delivery_replay",
)
DELIVERY_KINDS = (*WAY_KINDS, *FORGED_KINDS)
KINDS = (*API_KINDS, *DELIVERY_KINDS)


@dataclass
class Fault:
    """One standing fault.

    delay: the answer comes `seconds` late (real time). error: HTTP `status`. ratelimited: 429
    with Retry-After `seconds`. refuse: Slack error code `error`. lost_answer: the call is
    carried out, the connection is cut before the answer. cut: likewise, in the middle of the
    answer's body. delivery_lost, _duplicate, _delay (by `seconds`, real time) and _reorder (held
    until a later one has passed, `seconds` at most): the same for what the workspace sends.

    Over HTTP a delivery can also be forged: dated `seconds` away from now (delivery_skew), its
    body changed after signing (_tamper), signed with another secret, not signed at all, with a
    timestamp that is no number (_malformed), with each header twice (_double_header), or sent
    again as it was, once the first was answered (_replay). The record shows the app's status.

    `name` is a method or a delivery type (`block_actions`, `view_submission`, `/approvals`,
    `app_home_opened` …), "*" for all; `times` counts down to nothing, None means until removed.
    """

    id: int
    kind: str
    name: str = "*"
    channel: str = ""
    times: int | None = 1
    seconds: float = 1.0
    status: int = 500
    error: str = "internal_error"

    def fits(self, name: str, channel: str) -> bool:
        return self.name in ("*", name) and self.channel in ("", channel)


class Faults:
    """The standing faults, in the order in which they were set, and the outage clock."""

    def __init__(self) -> None:
        self.standing: list[Fault] = []
        self.out_until = 0.0
        self._next = 1

    def set(self, kind: str, **facts: object) -> Fault:
        """Add a fault; NotPossible for a kind that does not exist."""
        if kind not in KINDS:
            raise NotPossible("no_such_fault", f"{kind}; there are {', '.join(KINDS)}")
        fault = Fault(self._next, kind, **facts)  # type: ignore[arg-type]
        self._next += 1
        self.standing.append(fault)
        return fault

    def take(self, kinds: tuple[str, ...], name: str, channel: str) -> Fault | None:
        """The first standing fault of these kinds that fits, counted as used."""
        for fault in self.standing:
            if fault.kind in kinds and fault.fits(name, channel):
                self._use(fault)
                return fault
        return None

    def clear(self, fault_id: int | None = None) -> None:
        """Remove one fault, or all of them and any outage."""
        if fault_id is None:
            self.standing.clear()
            self.out_until = 0.0
        else:
            self.standing = [fault for fault in self.standing if fault.id != fault_id]

    def shown(self) -> list[Json]:
        return [dict(vars(fault)) for fault in self.standing]

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self.standing.remove(fault)
