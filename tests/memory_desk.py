"""Keys, cards, the agenda and promises in memory."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from approvals.cards import CHANNEL, REPAIR_AGAIN, Astray, Card, dm
from approvals.keys import Key, key_id_of
from approvals.model import ApprovalRequest, KeyId, ProjectId, RequestId, Roster, SentinelId, State
from approvals.outbox import Outgoing
from approvals.ports import FirstAnswer, Unit
from tests.memory_outbox import MemoryOutbox

Write = Callable[[ProjectId, Callable[[Unit], Awaitable[Any]]], Awaitable[Any]]


class MemoryKeys:
    """See `approvals.ports.Keys`. `signers` holds the `whsec_…` secrets of `key:ID` and `endpoint:ID`."""

    def __init__(self, clock: Callable[[], datetime], usage: dict[tuple[KeyId, str], int]) -> None:
        self._clock = clock
        self._usage = usage
        self._by_text: dict[str, Key] = {}
        self.signers: dict[str, list[str]] = {}

    async def find(self, text: str) -> Key | None:
        key = self._by_text.get(text) if key_id_of(text) else None
        return key if key is not None and key.live(self._clock()) else None

    async def used(self, key: Key, period: str) -> int:
        return self._usage.get((key.id, period), 0)

    async def list(self, project: ProjectId | None) -> Sequence[Key]:
        return [k for k in self._by_text.values() if project in {None, k.project}]

    async def create(self, key: Key, text: str, webhook_secret: str) -> None:
        self._by_text[text] = key
        self.signers[f"key:{key.id}"] = [webhook_secret]

    async def revoke(self, key_id: KeyId, at: datetime) -> bool:
        found = [text for text, key in self._by_text.items() if key.id == key_id]
        for text in found:
            self._by_text[text] = replace(self._by_text[text], revoked_at=at)
        return bool(found)

    async def secrets(self, signer: str) -> Sequence[str]:
        return self.signers.get(signer, [])


class MemoryCards:
    """See `approvals.ports.Cards`. `requests` gives those of a project, `outbox` what is on its way."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        write: Write,
        requests: Callable[[ProjectId], Iterable[ApprovalRequest]],
        outbox: MemoryOutbox,
    ) -> None:
        self._clock = clock
        self._write = write
        self._requests = requests
        self._outbox = outbox
        self._cards: dict[tuple[RequestId, str], Card] = {}
        self._looked_at: dict[tuple[RequestId, str], datetime] = {}
        self._seen: dict[tuple[str, str], datetime] = {}

    async def card(self, request_id: RequestId, surface: str) -> Card | None:
        return self._cards.get((request_id, surface))

    async def cards(self, request_id: RequestId) -> Sequence[Card]:
        mine = [card for card in self._cards.values() if card.request_id == request_id]
        return sorted(mine, key=lambda card: card.surface)

    async def recent(self, project: ProjectId, surface: str, since: datetime) -> Sequence[Card]:
        mine = {request.id for request in self._requests(project)}
        found = [
            (card.posted_at, card.request_id, card)
            for card in self._cards.values()
            if card.request_id in mine
            and card.surface == surface
            and card.posted_at is not None
            and card.posted_at > since
            and not (card.shown_state is not None and card.shown_state.terminal)
        ]
        return [card for *_, card in sorted(found, key=lambda each: each[:2], reverse=True)]

    async def together(self, channel: str, ts: str) -> Sequence[Card]:
        found = [card for card in self._cards.values() if (card.channel, card.ts) == (channel, ts)]
        return sorted(found, key=lambda card: card.request_id)

    async def unshown(self, project: ProjectId, sentinel: SentinelId, limit: int) -> Sequence[RequestId]:
        held = (
            request
            for request in sorted(self._requests(project), key=lambda request: request.number)
            if request.state is State.ASSIGNED and request.assigned_to == sentinel
        )
        shown = {c.request_id for c in self._cards.values() if c.surface == dm(sentinel) and c.ts is not None}
        return [request.id for request in held if request.id not in shown][:limit]

    async def put(self, project: ProjectId, *cards: Card) -> None:
        for card in cards:
            self._cards[card.request_id, card.surface] = card

    async def settle(self, project: ProjectId, before: Card, after: Card) -> bool:
        kept = self._cards[before.request_id, before.surface]
        same = kept.shown_version in {before.shown_version, after.shown_version} and kept.ts == before.ts
        unknown = replace(kept, shown_version=0, shown_state=None)
        self._cards[before.request_id, before.surface] = after if same else unknown
        return same

    async def repair(
        self, project: ProjectId, channels: Collection[str], topic: str, word: Callable[[Astray], Outgoing]
    ) -> int:
        wrong = [a for r in self._requests(project) for a in self._astray(r, channels)]
        mine = [a for a in wrong if not self._on_its_way(a, topic) and self._claim(a)]
        self._outbox.take(project, map(word, mine))
        return len(mine)

    def _astray(self, request: ApprovalRequest, channels: Collection[str]) -> Iterable[Astray]:
        wanted = set()
        if request.state is State.ASSIGNED and request.assigned_to is not None:
            wanted.add(dm(request.assigned_to))
        if not request.state.terminal and request.domain in channels:
            wanted.add(CHANNEL)
        cards = {card.surface: card for (owner, _), card in self._cards.items() if owner == request.id}
        for surface in wanted | cards.keys():
            card = cards.get(surface, Card(request.id, surface))
            if (card.ts is None and surface in wanted) or (card.ts is not None and _otherwise(card, request)):
                yield Astray(request.project, request.id, surface, request.domain)

    def _on_its_way(self, astray: Astray, topic: str) -> bool:
        waiting = (m.delivery for m in self._outbox.messages if m.fate is None)
        return any(
            (d.request_id, d.topic, d.intent.get("surface")) == (astray.id, topic, astray.surface)
            for d in waiting
        )

    def _claim(self, astray: Astray) -> bool:
        last = self._looked_at.get((astray.id, astray.surface))
        if last is not None and self._clock() - last < REPAIR_AGAIN:
            return False
        self._looked_at[astray.id, astray.surface] = self._clock()
        self._cards.setdefault((astray.id, astray.surface), Card(astray.id, astray.surface))
        return True

    async def pin(self, project: ProjectId, sentinel: SentinelId, team: str, user: str) -> None:
        async def work(unit: Unit) -> None:
            if unit.roster.sentinels[sentinel].slack_team is None:
                unit.change_sentinel(sentinel, slack_team=team, slack_user=user)

        await self._write(project, work)

    async def first_sight(self, kind: str, mark: str) -> bool:
        now = self._clock()
        seen = self._seen.get((kind, mark))
        if seen is not None and now - seen <= timedelta(days=1):
            return False
        self._seen[kind, mark] = now
        return True


def _otherwise(card: Card, request: ApprovalRequest) -> bool:
    """Whether a message shows something else; what ended is settled once it is shown."""
    if card.shown_state is not None and card.shown_state.terminal:
        return False
    shown = (card.shown_state, card.shown_holder, card.content_version)
    return shown != (request.state, request.assigned_to, request.content_version)


class MemoryAgenda:
    """See `approvals.ports.Agenda`. `requests` gives the open requests of all projects."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        requests: Callable[[], Sequence[ApprovalRequest]],
        rosters: Callable[[], Sequence[Roster]],
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._rosters = rosters

    async def due_projects(self) -> Sequence[ProjectId]:
        now = self._clock()
        return sorted({r.project for r in self._requests() if r.due_at is not None and r.due_at <= now})

    async def queueing_projects(self) -> Sequence[ProjectId]:
        return sorted({r.project for r in self._requests() if r.state is State.PENDING})

    async def holding_projects(self) -> Sequence[ProjectId]:
        return sorted({r.project for r in self._requests() if r.state is State.ASSIGNED})

    async def next_request_due(self) -> datetime | None:
        return min((r.due_at for r in self._requests() if r.due_at is not None), default=None)

    async def next_return(self) -> datetime | None:
        people = [s for roster in self._rosters() for s in roster.sentinels.values()]
        times = [s.away_until for s in people if s.away_until is not None]
        return min((t for t in times if t > self._clock()), default=None)


class MemoryPromises:
    """See `approvals.ports.Promises`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], FirstAnswer] = {}

    async def claim(self, project: ProjectId, scope: str, key: str, body_sha256: str) -> FirstAnswer | None:
        found = self._kept.get((project, scope, key))
        if found is None:
            self._kept[project, scope, key] = FirstAnswer(body_sha256)
        return found

    async def keep(self, project: ProjectId, scope: str, key: str, answer: str) -> None:
        self._kept[project, scope, key] = replace(self._kept[project, scope, key], answer=answer)

    async def drop(self, project: ProjectId, scope: str, key: str) -> None:
        if self._kept[project, scope, key].answer is None:
            del self._kept[project, scope, key]
