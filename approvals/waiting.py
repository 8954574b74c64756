"""Waiting for a request to end or to change: an awaited future each, and nothing else while idle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from approvals.model import ApprovalRequest, RequestId


class Waiting:
    """Who in this process waits for which request.

    Register before reading the request's state, so that what happens between the read and the
    wait is not missed.
    """

    def __init__(self) -> None:
        # With each future the version that its waiter has seen; None where only the end counts.
        self._waiters: dict[RequestId, dict[asyncio.Future[ApprovalRequest], int | None]] = {}
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

    @property
    def watched(self) -> Mapping[RequestId, int]:
        """The requests of which somebody here waits for any change, and the oldest version seen."""
        seen = {id_: [v for v in found.values() if v is not None] for id_, found in self._waiters.items()}
        return {request_id: min(versions) for request_id, versions in seen.items() if versions}

    def expect(self, request_id: RequestId) -> asyncio.Future[ApprovalRequest]:
        """A future of the request's end. It forgets itself when it is done or cancelled."""
        return self._future(request_id, None)

    def watch(self, request: ApprovalRequest) -> asyncio.Future[ApprovalRequest]:
        """A future of the request's next version, whatever brings it; otherwise as `expect`."""
        return self._future(request.id, request.version)

    def changed(self, request: ApprovalRequest) -> None:
        """Tell everybody who waits for this request, as far as it is what they wait for."""
        for future, seen in tuple(self._waiters.get(request.id, {}).items()):
            newer = seen is not None and request.version > seen
            if (newer or request.state.terminal) and not future.done():
                future.set_result(request)

    def close(self) -> None:
        """Let everybody go without an answer: the process is stopping."""
        self._closed = True
        for future in [f for waiters in self._waiters.values() for f in waiters]:
            future.cancel()

    def _future(self, request_id: RequestId, seen: int | None) -> asyncio.Future[ApprovalRequest]:
        future: asyncio.Future[ApprovalRequest] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.cancel()
            return future
        self._waiters.setdefault(request_id, {})[future] = seen
        future.add_done_callback(lambda done: self._forget(request_id, done))
        return future

    def _forget(self, request_id: RequestId, future: asyncio.Future[ApprovalRequest]) -> None:
        waiters = self._waiters.get(request_id)
        if waiters is None:
            return
        waiters.pop(future, None)
        if not waiters:
            del self._waiters[request_id]
