"""Waiting for a request to end: an awaited future each, and nothing else while idle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from approvals.model import ApprovalRequest, RequestId


class Waiting:
    """Who in this process waits for which request.

    Register with `expect` before reading the request's state, so that an end between
    the read and the wait is not missed.
    """

    def __init__(self) -> None:
        self._waiters: dict[RequestId, set[asyncio.Future[ApprovalRequest]]] = {}
        self._closed = False

    def __len__(self) -> int:
        """How many are waiting."""
        return sum(map(len, self._waiters.values()))

    @property
    def closed(self) -> bool:
        """Whether the process is stopping, and nobody can wait any more."""
        return self._closed

    @property
    def awaited(self) -> Iterable[RequestId]:
        """The requests that somebody here waits for."""
        return tuple(self._waiters)

    def expect(self, request_id: RequestId) -> asyncio.Future[ApprovalRequest]:
        """A future of the request's end. It forgets itself when it is done or cancelled."""
        future: asyncio.Future[ApprovalRequest] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.cancel()
            return future
        self._waiters.setdefault(request_id, set()).add(future)
        future.add_done_callback(lambda done: self._forget(request_id, done))
        return future

    def ended(self, request: ApprovalRequest) -> None:
        """Tell everybody who waits for this request, if it has ended."""
        if not request.state.terminal:
            return
        for future in tuple(self._waiters.get(request.id, ())):
            if not future.done():
                future.set_result(request)

    def close(self) -> None:
        """Let everybody go without an answer: the process is stopping."""
        self._closed = True
        for future in [f for waiters in self._waiters.values() for f in waiters]:
            future.cancel()

    def _forget(self, request_id: RequestId, future: asyncio.Future[ApprovalRequest]) -> None:
        waiters = self._waiters.get(request_id)
        if waiters is None:
            return
        waiters.discard(future)
        if not waiters:
            del self._waiters[request_id]
