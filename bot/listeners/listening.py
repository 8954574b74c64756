"""From Bolt's call to a handler of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from approvals.installations import Workspace
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture, gesture

Handler = Callable[[Front, Gesture, AsyncAck], Awaitable[None]]
Listener = Callable[[AsyncAck, Mapping[str, Any], AsyncBoltContext], Awaitable[None]]


def listener(branches: Branches, handler: Handler) -> Listener:
    """A coroutine function as Bolt wants it; what the handler raises goes to the one error handler."""

    async def listen(ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        front = await branches.front(place(context))
        task = asyncio.current_task()
        if task is not None:
            front.busy.holding(task)
        await handler(front, gesture(body), ack)

    return listen


def place(context: AsyncBoltContext) -> Workspace:
    """Where in Slack it happened."""
    return Workspace(context.team_id, context.enterprise_id)
