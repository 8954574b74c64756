"""Keys, cards, the agenda and promises in memory."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from approvals.cards import Card
from approvals.keys import Key, key_id_of
from approvals.model import ApprovalRequest, KeyId, ProjectId, RequestId, Roster, SentinelId, State
from approvals.ports import FirstAnswer, Unit

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
    """See `approvals.ports.Cards`."""

    def __init__(self, clock: Callable[[], datetime], write: Write) -> None:
        self._clock = clock
        self._write = write
        self._cards: dict[tuple[RequestId, str], Card] = {}
        self._seen: dict[tuple[str, str], datetime] = {}

    async def card(self, request_id: RequestId, surface: str) -> Card | None:
        return self._cards.get((request_id, surface))

    async def cards(self, request_id: RequestId) -> Sequence[Card]:
        mine = [card for card in self._cards.values() if card.request_id == request_id]
        return sorted(mine, key=lambda card: card.surface)

    async def put(self, project: ProjectId, card: Card) -> None:
        self._cards[card.request_id, card.surface] = card

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
