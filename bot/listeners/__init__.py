"""The listeners: each reads a gesture, asks the desk, and shows what came of it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.front import Front
from bot.listeners import ask, bulk, command, decide, details, escalate, home, people, unknown


def register(app: AsyncApp, front: Front) -> None:
    """All listeners; the one for what nobody knows comes last."""
    for room in (decide, escalate, ask, details, home, bulk, command, people, unknown):
        room.register(app, front)
