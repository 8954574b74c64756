"""When so much comes to one Sentinel that it is put together, and on which message."""

from __future__ import annotations

from collections.abc import Sequence

from approvals.cards import DIGEST_HOLDS, RUSH_WITHIN, Card
from approvals.errors import RequestNotFound
from approvals.model import ProjectId, RequestId
from bot.config import BotDesk
from bot.digest import digest
from bot.message import Message
from bot.places import Eye, Places, sentinel_of
from bot.reading import Reader
from bot.slack_api import Posted, SlackApi
from bot.subject import Subject


class Digests:
    """The digests in the direct messages of one workspace.

    One delivery takes up everything that waits for the same Sentinel; what the others were to bring
    is shown when their turn comes, and they have nothing left to do.
    """

    def __init__(self, desk: BotDesk, slack: SlackApi, reader: Reader, places: Places) -> None:
        self._desk = desk
        self._slack = slack
        self._reader = reader
        self._places = places

    async def recent(self, subject: Subject, surface: str) -> Sequence[Card]:
        """What came to stand there a short while ago, the newest first."""
        since = self._desk.clock() - RUSH_WITHIN
        return await self._desk.cards.recent(subject.request.project, surface, since)

    async def show(self, subject: Subject, surface: str, recent: Sequence[Card]) -> Posted | None:
        """Put the request, and all that waits beside it, on a digest: the last one, or a new one.

        Returns where a new one stands, None where it is the last one. Raises Unreachable.
        """
        last = next((card for card in recent if card.digest), None)
        standing = await self._standing(last)
        room = DIGEST_HOLDS - len(standing)
        if last is None or not standing or room <= 0 or last.team != await self._places.team():
            return await self._post(subject, surface, await self._waiting(subject, surface, DIGEST_HOLDS))
        # The rows go first. Where the update is never made, the next try finds them and makes it.
        waiting = await self._waiting(subject, surface, room)
        now = self._desk.clock()
        joined = [Card(each.request.id, surface).joining(last, now) for each in waiting]
        await self._desk.cards.put(subject.request.project, *joined)
        if not await self.update(subject, joined[0]):
            return await self._post(subject, surface, waiting)
        return None

    async def update(self, subject: Subject, card: Card) -> bool:
        """Bring the digest on which `card` stands up to date.

        False where it is gone: nothing that stood there is shown any more.
        """
        project = subject.request.project
        standing = await self._standing(card)
        shown = {s.request.id: s for s in await self._subjects(project, [c.request_id for c in standing])}
        eye = await self._places.eye(subject, card.surface)
        message = self._message(list(shown.values()), subject, card.surface, eye)
        if not await self._slack.update(Posted(card.channel or "", card.ts or ""), message):
            gone = (_nowhere(each, shown.get(each.request_id)) for each in standing)
            await self._desk.cards.put(project, *gone)
            return False
        for each in standing:
            told = shown.get(each.request_id)
            after = each if told is None else each.showing(told.request, eye.language.code)
            if after != each:
                await self._desk.cards.settle(project, each, after)
        return True

    async def _post(self, subject: Subject, surface: str, waiting: Sequence[Subject]) -> Posted:
        project, team = subject.request.project, await self._places.team()
        address, eye = await self._places.address(subject, surface, None)
        intents = [Card(each.request.id, surface, team=team) for each in waiting]
        await self._desk.cards.put(project, *intents)
        message = self._message(waiting, subject, surface, eye)
        posted = await self._slack.post(address, message)
        now = self._desk.clock()
        digest = Card(subject.request.id, surface, team, posted.channel, posted.ts)
        stand = [
            intent.joining(digest, now).showing(each.request, eye.language.code)
            for intent, each in zip(intents, waiting, strict=True)
        ]
        await self._desk.cards.put(project, *stand)
        return posted

    def _message(self, subjects: Sequence[Subject], subject: Subject, surface: str, eye: Eye) -> Message:
        return digest(subjects, eye.viewer or sentinel_of(subject, surface), eye.language)

    async def _standing(self, card: Card | None) -> Sequence[Card]:
        if card is None or card.channel is None or card.ts is None:
            return []
        return await self._desk.cards.together(card.channel, card.ts)

    async def _waiting(self, subject: Subject, surface: str, limit: int) -> Sequence[Subject]:
        """The request itself, and what else its Sentinel has and cannot see."""
        project, sentinel = subject.request.project, sentinel_of(subject, surface)
        unshown = await self._desk.cards.unshown(project, sentinel.id, limit)
        others = [named for named in unshown if named != subject.request.id][: limit - 1]
        beside = await self._subjects(project, others)
        return [subject, *(each for each in beside if each.may_act(sentinel))]

    async def _subjects(self, project: ProjectId, named: Sequence[RequestId]) -> list[Subject]:
        """These requests, without any that is gone."""
        found = []
        for request_id in named:
            try:
                found.append(await self._reader.within(project, request_id))
            except RequestNotFound:
                continue
        return found


def _nowhere(card: Card, subject: Subject | None) -> Card:
    """The card once its message is gone: what is open has to be shown anew, what has ended has not."""
    if subject is None or not subject.request.state.terminal:
        return card.unposted()
    return card.unposted().showing(subject.request, "")
