"""`@requires_approval`: a function that runs only after a person said yes to this very call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar, cast

from sentinel_desk.aio import AsyncClient, AsyncRequest
from sentinel_desk.calls import Guarded, Summary
from sentinel_desk.client import Client, Request
from sentinel_desk.errors import SentinelDeskError, WaitTimeout
from sentinel_desk.models import Decision

P = ParamSpec("P")
R = TypeVar("R")


def requires_approval(
    *,
    domain: str,
    summary: Summary,
    jurisdiction: str | None = None,
    description: Summary | None = None,
    payload: Callable[..., Mapping[str, Any]] | None = None,
    timeout: float | None = None,
    expires_in: timedelta | None = None,
    client: Client | AsyncClient | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Ask a person about every call of a function, plain or `async def`, and run it once they approve.

    The person sees `summary` and the call's arguments, or what `payload` makes of these: that is
    where to leave out what they must not see. `timeout` bounds the wait in seconds, and who gives
    up takes the request back; `expires_in` is the person's deadline. Without `client` (an
    AsyncClient for `async def`) the environment says where the desk is. One approval, one run.

    A call raises Rejected, Expired, WaitTimeout, ArgumentsChanged, or whatever asking raises, and the
    function has not run then; TypeError for arguments that are no JSON. The decorator itself
    raises TypeError for functions that it cannot guard.
    """

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        guarded = Guarded(
            name=function.__qualname__,
            signature=inspect.signature(function),
            domain=domain,
            summary=summary,
            jurisdiction=jurisdiction,
            description=description,
            payload=payload,
            expires_in=expires_in,
        )
        if inspect.iscoroutinefunction(function):
            later = _later(function, guarded, timeout, _async_client(client))
            return cast("Callable[P, R]", later)
        # Their bodies run after the call has returned, so guarding the call would guard nothing.
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator cannot be guarded; guard what it calls")
        return _now(function, guarded, timeout, _client(client))

    return guard


def _now(
    function: Callable[P, R], guarded: Guarded, timeout: float | None, client: Client | None
) -> Callable[P, R]:
    @functools.wraps(function)
    def ask_first(*args: P.args, **kwargs: P.kwargs) -> R:
        call = guarded.call(args, kwargs)
        desk: AbstractContextManager[Client] = nullcontext(client) if client else Client()
        with desk as at:
            decision = _decided(at.requests.create(**call.wanted(datetime.now(UTC))), timeout)
        call.check(decision)
        return function(*args, **kwargs)

    return ask_first


def _later(
    function: Callable[P, Awaitable[R]], guarded: Guarded, timeout: float | None, client: AsyncClient | None
) -> Callable[P, Awaitable[R]]:
    @functools.wraps(function)
    async def ask_first(*args: P.args, **kwargs: P.kwargs) -> R:
        call = guarded.call(args, kwargs)
        desk: AbstractAsyncContextManager[AsyncClient] = nullcontext(client) if client else AsyncClient()
        async with desk as at:
            request = await at.requests.create(**call.wanted(datetime.now(UTC)))
            decision = await _decided_later(request, timeout)
        call.check(decision)
        return await function(*args, **kwargs)

    return ask_first


def _decided(request: Request, timeout: float | None) -> Decision:
    try:
        return request.wait_for_decision(timeout)
    except WaitTimeout:
        # Nobody should spend thought on what will not run any more.
        with suppress(SentinelDeskError):
            request.cancel()
        raise


async def _decided_later(request: AsyncRequest, timeout: float | None) -> Decision:
    try:
        return await request.wait_for_decision(timeout)
    except WaitTimeout:
        with suppress(SentinelDeskError):
            await request.cancel()
        raise


def _client(client: Client | AsyncClient | None) -> Client | None:
    if isinstance(client, AsyncClient):
        raise TypeError("a plain function needs a Client, not an AsyncClient")
    return client


def _async_client(client: Client | AsyncClient | None) -> AsyncClient | None:
    if isinstance(client, Client):
        raise TypeError("an async function needs an AsyncClient, not a Client")
    return client
