"""Is the message that was clicked the request's card, and what did it show?

An answer of Slack's can be lost, so that a card stands there twice or stands there unknown. At most one
can decide: one that is on record, or one that is taken up because none is.
"""

from __future__ import annotations

from dataclasses import replace

from approvals.cards import CHANNEL, Card, dm
from approvals.model import ApprovalRequest, Sentinel
from approvals.ports import Cards
from bot.action_ids import DIGEST_OPEN
from bot.gestures import Gesture

UNKNOWN_CONTENT = 0
"""The content version of a card of which nobody knows what it showed; no decision fits it."""

FIRST_CONTENT = 1


class Copy(Exception):
    """The message shows the request but is not its card."""


class Recognition:
    """Compares messages with the record of cards."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    async def card(self, gesture: Gesture, request: ApprovalRequest, sentinel: Sentinel) -> Card:
        """The card that was clicked, taken up if need be; raises Copy where another one is on record."""
        known = {card.surface: card for card in await self._cards.cards(request.id)}
        for card in known.values():
            if gesture.on(card):
                return card
        surface = dm(sentinel.id) if gesture.in_dm else CHANNEL
        recorded = known.get(surface)
        if recorded is not None and recorded.ts is not None:
            raise Copy
        return await self._adopt(recorded or Card(request.id, surface), gesture, request)

    async def _adopt(self, card: Card, gesture: Gesture, request: ApprovalRequest) -> Card:
        # What it showed is certain only where the content has never changed.
        first = request.content_version == FIRST_CONTENT
        adopted = replace(
            card,
            team=gesture.who.key,
            channel=gesture.channel,
            ts=gesture.ts,
            shown_version=0,
            shown_state=None,
            content_version=FIRST_CONTENT if first else UNKNOWN_CONTENT,
            digest=gesture.action_id == DIGEST_OPEN,
        )
        await self._cards.put(request.project, adopted)
        return adopted
