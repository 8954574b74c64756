"""Driving a flow by hand: what it sends is written down, what comes back is given, time is counted."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sentinel_desk.exchange import Exchange, Flow, Lost, Reply, Send
from sentinel_desk.flows import Flows
from sentinel_desk.retries import Retries
from sentinel_desk.wiring import DEFAULT_RETRIES

T = TypeVar("T")

ENOUGH = 5000

NOW = datetime(2026, 1, 18, 12, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Seconds that pass only when somebody says so."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


Back = Reply | Lost | Callable[[Send, Clock], Reply | Lost]


@dataclass
class Play:
    """Flows over a counted clock."""

    retries: Retries = DEFAULT_RETRIES
    hold: int = 55
    clock: Clock = field(default_factory=Clock)
    sent: list[Send] = field(default_factory=list)

    @property
    def flows(self) -> Flows:
        """The verbs on this clock."""
        return Flows(Exchange(self.retries, lambda: NOW, random.Random(7)), 30.0, self.hold, self.clock)

    def run(self, flow: Flow[T], back: Iterable[Back]) -> T:
        """Give back one after the other; running out of them fails the test."""
        coming = iter(back)
        try:
            send = next(flow)
            while True:
                self.sent.append(send)
                self.clock.at += send.after
                assert len(self.sent) < ENOUGH, "it goes on for ever"
                answer = next(coming, None)
                assert answer is not None, f"nothing left to answer {send}"
                send = flow.send(answer(send, self.clock) if callable(answer) else answer)
        except StopIteration as end:
            result: T = end.value
            return result


def reply(status: int, content: Any = None, **headers: str) -> Reply:
    """An answer; underscores in header names are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps({} if content is None else content).encode())


def standing(status: str, **more: Any) -> dict[str, Any]:
    """A request as the desk shows it."""
    return {"id": "req_1", "status": status, "payload": {"amount": 500}, **more}


def held(status: str, **more: Any) -> Callable[[Send, Clock], Reply]:
    """An answer that comes when the hold that was asked for is over."""

    def after_the_hold(send: Send, clock: Clock) -> Reply:
        clock.at += hold_of(send)
        return reply(200, standing(status, **more))

    return after_the_hold


def hold_of(send: Send) -> int:
    """The seconds for which a call asks to be held."""
    return int(send.headers.get("Prefer", "wait=0").removeprefix("wait="))
