"""The cards of a desk as its reviewers see them, counted in Slack itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from tests.faults.fleet import Fleet
from tests.journeys.world import World
from workspace.driver import Impossible, Message, Outcome, Person

APPROVE = "approval.approve"
CALLED_WITHIN_S = 2
REVIEWERS = 8

DESK_YML = "project: default\ndomains: {legal: {}}\nsentinels:\n" + "".join(
    f"  - {{name: Reviewer {n}, email: r{n}@example.com, domains: [legal], jurisdictions: [FR]}}\n"
    for n in range(REVIEWERS)
)

ENDS = {
    "approved": "Approved by",
    "rejected": "Rejected by",
    "cancelled": "Cancelled by the agent",
}
"""What the card of a request says once it has ended so."""


class Gallery:
    """Who reviews in a workspace, and what hangs there."""

    def __init__(self, around: World) -> None:
        self._around = around
        self._people = [self._hired(n) for n in range(REVIEWERS)]

    def _hired(self, n: int) -> Person:
        email = f"r{n}@example.com"
        self._around.workspace.ensure_user(email=email, name=f"Reviewer {n}")
        return self._around.person(email)

    def reviewer(self, name: str) -> Person:
        """Somebody by the name that the desk gives them."""
        return self._people[int(name.removeprefix("Reviewer "))]

    async def until_called(self, more: int) -> None:
        """Wait until Slack was called so many more times; not for long, where nothing moves."""
        feed, record = self._around.workspace.feed, self._around.workspace.record
        enough = record.total + more
        with suppress(TimeoutError):
            async with asyncio.timeout(CALLED_WITHIN_S):
                while record.total < enough:
                    await feed.wait(feed.seq, CALLED_WITHIN_S)

    async def click(self, card: Message) -> Outcome | None:
        """Press Approve on a card; None where somebody or something has closed it meanwhile."""
        for person in self._people:
            if card in await self._of(person):
                try:
                    return await person.click(card, APPROVE)
                except Impossible:
                    return None
        return None

    async def cards(self) -> Mapping[str, Sequence[Message]]:
        """Every card that hangs anywhere, open or closed, by the id of its request."""
        found = defaultdict(list)
        for seen in await asyncio.gather(*map(self._of, self._people)):
            for message in seen:
                if message.metadata is not None:
                    found[str(message.metadata["event_payload"]["id"])].append(message)
        return found

    async def _of(self, person: Person) -> list[Message]:
        return [m for m in await person.messages("dm") if m.by_bot and not m.ephemeral]

    async def close_copies(self, desk: Fleet) -> int:
        """Press every card that is not the one on record: it says so, and decides nothing; how many."""
        before = await standing(desk)
        record = {row["ts"] for row in await desk.rows("SELECT ts FROM cards")}
        hung = [card for cards in (await self.cards()).values() for card in cards]
        copies = [card for card in hung if card.button(APPROVE) and card.ts not in record]
        for copy in copies:
            told = await self.click(copy)
            assert told is not None
            assert told.ephemeral is not None, told
        assert await standing(desk) == before
        return len(copies)

    async def check(self, desk: Fleet) -> None:
        """Each request has one card that decides as long as it is open, else none; it shows how it stands."""
        status, hung = await standing(desk), await self.cards()
        wrong = {}
        for request_id, one in status.items():
            cards, said = hung.get(request_id, []), ENDS.get(one)
            deciding = [card for card in cards if card.button(APPROVE)]
            told = said is None or not cards or any(said in card.all_text for card in cards)
            if len(deciding) != (said is None) or not told:
                wrong[request_id] = one, [card.all_text for card in cards]
        assert wrong == {}, wrong


async def standing(desk: Fleet) -> dict[str, Any]:
    """The status of every request."""
    return {row["id"]: row["status"] for row in await desk.rows("SELECT id, status FROM requests")}
