"""Waiting for a decision without polling: the desk holds each answer back until there is one.

A vigil that is told the number of the last question that it knows hears of the next one as well.

What a restart or a proxy breaks off is asked again for as long as the caller waits. A server that
knows no `Prefer: wait` (RFC 7240) is asked now and then instead.
"""

from __future__ import annotations

from collections.abc import Callable

from sentinel_desk.errors import APIError, ConnectionFailed, WaitTimeout
from sentinel_desk.exchange import Exchange, Flow, Lost, Reply, Send, read
from sentinel_desk.models import RequestFields

# Seconds before a server that does not hold answers back is asked again, doubling up to the second.
_FIRST_POLL, _SLOWEST_POLL = 1.0, 10.0
# Seconds that an answer may take beyond the caller's own deadline.
_GRACE = 5.0
# Holds are whole seconds. One that ends so little past the deadline is worth more than a second look.
_SLACK = 0.05


class Vigil:
    """One wait. `step_s` bounds a call without its hold, `hold` one held answer; None waits for ever.

    `known` is the number of the last question that was heard, None where questions do not matter;
    `left` what an earlier part of the same wait has left of `timeout`.
    """

    def __init__(
        self,
        exchange: Exchange,
        clock: Callable[[], float],
        step_s: float,
        hold: int,
        request_id: str,
        path: str,
        timeout: float | None,
        known: int | None = None,
        left: float | None = None,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._step_s = step_s
        self._hold = hold
        self._request_id = request_id
        self._path = path
        self._timeout = timeout
        self._params = {} if known is None else {"questions_after": str(known)}
        self._end = float("inf") if timeout is None else clock() + (timeout if left is None else left)
        self._heard = clock()
        self._last: RequestFields | None = None
        self._trouble: APIError | ConnectionFailed | None = None
        self._failures = 0
        self._unheld = 0
        self._pause = 0.0

    def step(self) -> Flow[RequestFields | None]:
        """Ask until the desk answers: the request if it has ended, None while it is open.

        Raises WaitTimeout, and APIError where asking again is no use.
        """
        while True:
            hold = int(min(self._hold, max(0.0, self._left - self._pause + _SLACK)))
            answer = yield self._send(hold)
            wanted = self._understood(answer, hold)
            if self._last is not None and self._last.decision is not None:
                return self._last
            if self._left <= 0:
                raise WaitTimeout(self._request_id, self._timeout or 0.0, self._last) from self._trouble
            self._pause = min(wanted, self._left)
            if self._trouble is None:
                return None

    @property
    def _left(self) -> float:
        return self._end - self._clock()

    def _send(self, hold: int) -> Send:
        headers = {"Prefer": f"wait={hold}"} if hold else {}
        timeout = min(hold + self._step_s, max(0.0, self._left - self._pause) + _GRACE)
        self._asked = self._clock() + self._pause
        return Send("GET", self._path, timeout, headers=headers, params=self._params, after=self._pause)

    def _understood(self, answer: Reply | Lost, hold: int) -> float:
        """Keep what was said; the seconds to wait before asking again."""
        if isinstance(answer, Lost) or not answer.ok:
            return self._failed(answer)
        self._last = read(RequestFields, answer)
        self._heard, self._failures, self._trouble = self._clock(), 0, None
        held = hold > 0 and self._heard - self._asked >= hold * 0.9
        self._unheld = 0 if held else self._unheld + 1
        return self._poll()

    def _failed(self, answer: Reply | Lost) -> float:
        self._failures += 1
        pause = self._exchange.pause(answer, self._failures)
        self._trouble = self._exchange.failure(answer)
        outage = self._clock() - self._heard
        if pause is None or outage > self._exchange.retries.longest_outage:
            raise self._trouble
        return pause

    def _poll(self) -> float:
        if not self._unheld:
            return 0.0
        longest = min(_SLOWEST_POLL, _FIRST_POLL * 2.0 ** min(self._unheld - 1, 32))
        return self._exchange.dice.uniform(longest / 2, longest)
