"""The listeners: each reads a gesture, asks the desk, and shows what came of it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.branches import Branches
from bot.listeners import ask, bulk, command, decide, details, escalate, home, people, unknown
from bot.listeners.people import register_leaving

__all__ = ["register", "register_leaving"]


def register(app: AsyncApp, branches: Branches) -> None:
    """All listeners; the one for what nobody knows comes last."""
    for room in (decide, escalate, ask, details, home, bulk, command, people, unknown):
        room.register(app, branches)
