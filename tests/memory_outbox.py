"""The outbox's contract in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Unpack
from uuid import uuid4

from approvals.model import ProjectId
from approvals.outbox import Among, Attempt, Carrier, Delivery, Fate, Outgoing


@dataclass
class Message:
    """A message on its way out. `fate` is None while it waits."""

    delivery: Delivery
    due_at: datetime
    fate: Fate | None = None
    last: Attempt | None = None

    @property
    def state(self) -> str:
        """`queued`, `delivered` or `dead`."""
        return "queued" if self.fate is None else self.fate.value


@dataclass
class Lane:
    """What holds a lane back: somebody works on its head, or a pause."""

    lease_until: datetime | None = None
    ready_at: datetime | None = None

    def free_at(self, due: datetime) -> datetime:
        """When a message that is due then can leave."""
        return max(t for t in (due, self.lease_until, self.ready_at) if t is not None)


class MemoryOutbox:
    """See `approvals.ports.Outbox`. `messages` holds everything that was ever sent or given up."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self.messages: list[Message] = []

    def take(self, project: ProjectId, outgoing: Iterable[Outgoing]) -> None:
        """Keep what a committed unit sends."""
        for message in outgoing:
            self._lanes.setdefault(message.lane, Lane())
            delivery = Delivery(
                id=f"msg_{uuid4().hex}",
                project=project,
                carrier=message.carrier,
                lane=message.lane,
                topic=message.topic,
                request_id=message.request_id,
                url=message.url,
                signer=message.signer,
                body=message.body,
                intent=message.intent,
                attempt=0,
                created_at=self._clock(),
                seq=len(self.messages) + 1,
            )
            self.messages.append(Message(delivery, message.not_before or self._clock()))

    async def claim(self, limit: int, lease: timedelta, carrier: Carrier | None = None) -> Sequence[Delivery]:
        now = self._clock()
        claimed: list[Delivery] = []
        for lane, message in sorted(self._heads().items(), key=lambda item: item[1].due_at):
            free = self._lanes[lane].free_at(message.due_at) <= now
            if free and carrier in {None, message.delivery.carrier} and len(claimed) < limit:
                self._lanes[lane].lease_until = now + lease
                message.delivery = replace(message.delivery, attempt=message.delivery.attempt + 1)
                claimed.append(message.delivery)
        return claimed

    async def complete(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        message = next((m for m in self.messages if m.delivery.id == delivery.id), None)
        if message is None or message.fate is not None or message.delivery.attempt != delivery.attempt:
            return False
        message.last = attempt
        if attempt.fate is Fate.RETRY and retry_at is not None:
            message.due_at = retry_at
        else:
            message.fate = Fate.DELIVERED if attempt.fate is Fate.DELIVERED else Fate.DEAD
        pause = attempt.pause_lane
        self._lanes[delivery.lane] = Lane(ready_at=None if pause is None else self._clock() + pause)
        return True

    async def next_due(self) -> datetime | None:
        heads = self._heads().items()
        return min((self._lanes[lane].free_at(m.due_at) for lane, m in heads), default=None)

    async def listing(
        self, project: ProjectId, *, limit: int = 100, **among: Unpack[Among]
    ) -> Sequence[dict[str, Any]]:
        return [_row(message) for message in reversed(self._meant(project, among))][:limit]

    async def replay(self, project: ProjectId, ids: Sequence[str]) -> int:
        return self._again([m for m in self._meant(project, {}) if m.delivery.id in ids])

    async def replay_among(self, project: ProjectId, **among: Unpack[Among]) -> int:
        return self._again(self._meant(project, among))

    def _meant(self, project: ProjectId, among: Among) -> list[Message]:
        mine = [m for m in self.messages if m.delivery.project == project]
        return [m for m in mine if all(test(m) for test in _tests(among))]

    def _again(self, mine: Sequence[Message]) -> int:
        for message in mine:
            if message.fate is not None:
                message.delivery = replace(message.delivery, attempt=0)
            message.fate, message.due_at = None, self._clock()
        return len(mine)

    async def resume(self, project: ProjectId, carrier: Carrier, errors: Iterable[str]) -> int:
        held = [m for m in self.messages if (m.delivery.project, m.delivery.carrier) == (project, carrier)]
        mine = [m for m in held if m.state == "queued" or _ended_with(m) in set(errors)]
        for message in mine:
            if message.fate is not None:
                message.delivery = replace(message.delivery, attempt=0)
            message.fate, message.due_at = None, self._clock()
            self._lanes[message.delivery.lane].ready_at = None
        return len(mine)

    def _heads(self) -> dict[str, Message]:
        """The message of each lane that is next: the first that is due, else the next to be due."""
        now = self._clock()
        heads: dict[str, Message] = {}
        for message in filter(self._may_go, self.messages):
            head = heads.setdefault(message.delivery.lane, message)
            if head.due_at > now and message.due_at < head.due_at:
                heads[message.delivery.lane] = message
        return heads

    def _may_go(self, message: Message) -> bool:
        """Whether it waits and no earlier message about the same request does."""
        mine = message.delivery
        return message.fate is None and not any(
            earlier.fate is None
            and earlier.delivery.seq < mine.seq
            and earlier.delivery.lane == mine.lane
            and earlier.delivery.request_id == mine.request_id is not None
            for earlier in self.messages
        )


def _ended_with(message: Message) -> str | None:
    return message.last.error if message.state == "dead" and message.last else None


def _row(message: Message) -> dict[str, Any]:
    delivery, last = message.delivery, message.last
    return {
        "id": delivery.id,
        "seq": delivery.seq,
        "carrier": delivery.carrier.value,
        "lane": delivery.lane,
        "topic": delivery.topic,
        "request_id": delivery.request_id,
        "url": delivery.url,
        "state": message.state,
        "attempt": delivery.attempt,
        "last_status": last.status if last else None,
        "last_error": last.error if last else None,
        "created_at": delivery.created_at,
        "due_at": message.due_at,
        "done_at": None,
    }


def _tests(among: Among) -> Iterator[Callable[[Message], bool]]:
    """What a message has to be for each part of a selection."""
    tests: dict[str, Callable[[Message, Any], bool]] = {
        "state": lambda m, wanted: m.state == wanted,
        "carrier": lambda m, wanted: m.delivery.carrier == wanted,
        "url": lambda m, wanted: m.delivery.url == wanted,
        "endpoint": lambda m, wanted: m.delivery.endpoint == wanted,
        "request_id": lambda m, wanted: m.delivery.request_id == wanted,
        "since": lambda m, wanted: m.delivery.created_at >= wanted,
        "until": lambda m, wanted: m.delivery.created_at < wanted,
    }
    for name, wanted in among.items():
        if wanted is not None:
            yield partial(tests[name], wanted=wanted)
