"""The listeners: each reads a gesture, asks the desk, and shows what came of it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from approvals.ports import Installations
from bot.branches import Branches
from bot.listeners import ask, bulk, command, decide, details, escalate, home, leaving, people, unknown


def register(app: AsyncApp, branches: Branches, installations: Installations) -> None:
    """All listeners; the one for what nobody knows comes last."""
    leaving.register(app, installations)
    for room in (decide, escalate, ask, details, home, bulk, command, people, unknown):
        room.register(app, branches)
