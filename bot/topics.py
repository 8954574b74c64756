"""What a Slack message in the outbox is about: the names under which it is kept."""

from __future__ import annotations

CARD = "card"
"""Bring a card up to date."""

THREAD = "thread"
"""Tell under a card what happened."""

REMINDER = "remind"
"""Remind a Sentinel of what they have."""

OPERATIONS = "ops"
"""Tell operations about a request."""

LOSSES = "ops.lost"
"""Tell operations about messages that were given up."""

REPAIR = "repair"
"""In a message's intent: it was sent for by the reconciler."""
