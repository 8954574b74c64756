"""The client for asyncio programs, and the requests made with it: `client`, with `await`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self, TypeVar, Unpack

import httpx2
from pydantic import PrivateAttr

from sentinel_desk import drafts
from sentinel_desk.address import address
from sentinel_desk.drafts import Wanted
from sentinel_desk.errors import Conflict
from sentinel_desk.exchange import Flow, Lost, Reply, Send
from sentinel_desk.models import Decision, Page, Question, RequestFields
from sentinel_desk.retries import Retries
from sentinel_desk.wiring import (
    DEFAULT_HOLD,
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT,
    LIMITS,
    Countdown,
    flows,
    step_timeout,
)

T = TypeVar("T")

AsyncAnswering = Callable[[Question], Awaitable[str | None]]
"""Answers a person's question, or leaves it open."""


class AsyncClient:
    """A desk, as one agent sees it. Belongs to one event loop.

    `api_key` and `base_url` come from SENTINEL_DESK_API_KEY and SENTINEL_DESK_URL where they are not
    given. `timeout` bounds one call and `hold` one held answer (300 at most), in seconds; keep
    `hold` under the idle timeout of proxies on the way. `transport` is for certificates,
    proxies and tests. Raises ConfigurationError or ValueError.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        hold: int = DEFAULT_HOLD,
        retries: Retries = DEFAULT_RETRIES,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        where = address(api_key, base_url, os.environ)
        self.base_url = where.base_url
        self._flows = flows(timeout, hold, retries)
        self._http = httpx2.AsyncClient(
            base_url=where.base_url, headers=where.headers, limits=LIMITS, transport=transport
        )

    @property
    def requests(self) -> AsyncRequests:
        """The requests of the key's project."""
        return AsyncRequests(self)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """The client itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close the connections."""
        await self.close()

    def __repr__(self) -> str:
        """Where, and never with which key."""
        return f"AsyncClient(base_url={self.base_url!r})"

    async def _run(self, flow: Flow[T]) -> T:
        try:
            send = next(flow)
            while True:
                send = flow.send(await self._sent(send))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _sent(self, send: Send) -> Reply | Lost:
        if send.after:
            await asyncio.sleep(send.after)
        try:
            answer = await self._http.request(
                send.method,
                send.path,
                params=send.params,
                headers=send.headers,
                content=send.body,
                timeout=step_timeout(send.timeout),
            )
        except httpx2.RequestError as error:
            return Lost(f"{type(error).__name__}: {error}")
        return Reply(answer.status_code, dict(answer.headers.items()), answer.content)


class AsyncRequests:
    """`client.requests`: what can be done about requests."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create(self, **wanted: Unpack[Wanted]) -> AsyncRequest:
        """Ask for approval; the request that now waits for a person.

        Takes title, payload (required), domain, jurisdiction, description, external_id,
        expires_at, callback_url, requested_by and idempotency_key; `Wanted` explains them. It tries
        again by itself without ever making a second request. Raises APIError, ConnectionFailed,
        ValueError or TypeError.
        """
        return self._bound(await self._client._run(self._client._flows.create(drafts.create(**wanted))))

    async def get(self, request_id: str) -> AsyncRequest:
        """A request as it stands. Raises NotFound."""
        return self._bound(await self._client._run(self._client._flows.get(request_id)))

    async def list(
        self, *, external_id: str | None = None, status: str | None = None, cursor: str | None = None
    ) -> Page[AsyncRequest]:
        """A page of the project's requests, newest first."""
        flow = self._client._flows.listing(external_id=external_id, status=status, cursor=cursor)
        found = await self._client._run(flow)
        return Page(tuple(map(self._bound, found.requests)), found.next_cursor)

    async def wait_for_decision(
        self, request_id: str, timeout: float | None = None, *, on_question: AsyncAnswering | None = None
    ) -> Decision:
        """How a request ended, once it has. `timeout` in seconds, None for ever. Raises WaitTimeout.

        `on_question` is called once for each question that people ask meanwhile; the text that it
        gives back is the answer, None leaves the question open.
        """
        if on_question is None:
            return (await self._client._run(self._client._flows.wait(request_id, timeout))).ended
        return await self._wait_and_answer(request_id, Countdown(timeout), on_question)

    async def cancel(self, request_id: str) -> AsyncRequest:
        """Take a request back. Raises Conflict where it has ended otherwise."""
        return self._bound(await self._client._run(self._client._flows.cancel(request_id)))

    async def questions(self, request_id: str) -> tuple[Question, ...]:
        """What people asked about a request, in order."""
        return await self._client._run(self._client._flows.questions(request_id))

    async def answer(self, request_id: str, number: int, text: str) -> None:
        """Answer a person's question."""
        await self._client._run(self._client._flows.answer(request_id, number, text))

    async def _wait_and_answer(
        self, request_id: str, left: Countdown, on_question: AsyncAnswering
    ) -> Decision:
        known = 0
        while True:
            flow = self._client._flows.news(request_id, known, left.timeout, left())
            news = await self._client._run(flow)
            if isinstance(news, RequestFields):
                return news.ended
            for question in news:
                known = max(known, question.number)
                text = await on_question(question) if question.open else None
                # Somebody may have decided without it.
                with suppress(Conflict):
                    if text is not None:
                        await self.answer(request_id, question.number, text)

    def _bound(self, fields: RequestFields) -> AsyncRequest:
        request = AsyncRequest.model_validate(dict(fields))
        request._requests = self
        return request


class AsyncRequest(RequestFields):
    """A request as it last stood, and what can be done about it."""

    _requests: AsyncRequests = PrivateAttr()

    async def wait_for_decision(
        self, timeout: float | None = None, *, on_question: AsyncAnswering | None = None
    ) -> Decision:
        """How it ended, once it has. `timeout` in seconds, None for ever. Raises WaitTimeout.

        `on_question` is called once for each question that people ask meanwhile; the text that it
        gives back is the answer, None leaves the question open.
        """
        # Not `self.decision or …`: a decision is true only where it is an approval.
        known = self.decision
        if known is not None:
            return known
        return await self._requests.wait_for_decision(self.id, timeout, on_question=on_question)

    async def refresh(self) -> AsyncRequest:
        """The same request as it stands now."""
        return await self._requests.get(self.id)

    async def cancel(self) -> AsyncRequest:
        """Take it back. Raises Conflict where it has ended otherwise."""
        return await self._requests.cancel(self.id)

    async def questions(self) -> tuple[Question, ...]:
        """What people asked about it, in order."""
        return await self._requests.questions(self.id)

    async def answer(self, number: int, text: str) -> None:
        """Answer a person's question."""
        await self._requests.answer(self.id, number, text)
