"""What no other listener knows: buttons of a release that is gone, views of nobody's."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from approvals.errors import RequestNotFound
from bot.branches import Branches
from bot.front import Front
from bot.gestures import Gesture
from bot.listeners.listening import listener

ANYTHING = re.compile(".*", re.DOTALL)


def register(app: AsyncApp, branches: Branches) -> None:
    """Must be registered last: the first listener that fits is the one that runs."""
    app.action(ANYTHING)(listener(branches, gone))
    app.view(ANYTHING)(listener(branches, gone))


async def gone(front: Front, gesture: Gesture, ack: AsyncAck) -> None:
    """Nothing is done, and it is said."""
    raise RequestNotFound(gesture.action_id or gesture.callback_id or "")
