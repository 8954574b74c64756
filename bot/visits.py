"""From a gesture to the person in front of the request: who they are, what they see, whether they may."""

from __future__ import annotations

from dataclasses import dataclass

from approvals import authority, lifecycle
from approvals.lifecycle import Action
from approvals.model import ApprovalRequest, Sentinel
from bot.config import BotDesk
from bot.directory import Directory
from bot.gestures import Gesture
from bot.identity import Identity
from bot.language import Language
from bot.reading import Reader
from bot.subject import Subject


@dataclass(frozen=True, slots=True)
class Visit:
    """A Sentinel in front of a request, in their language."""

    subject: Subject
    sentinel: Sentinel
    language: Language

    @property
    def request(self) -> ApprovalRequest:
        """The request as it was read."""
        return self.subject.request


class Visits:
    """Receives whoever makes a gesture."""

    def __init__(self, desk: BotDesk, reader: Reader, identity: Identity, directory: Directory) -> None:
        self._desk = desk
        self._reader = reader
        self._identity = identity
        self._directory = directory

    async def visit(self, gesture: Gesture) -> Visit:
        """Who made it and what it is about; raises RequestNotFound or NotLinked."""
        return await self._before(gesture, await self._reader.anywhere(gesture.request_id))

    async def before(self, gesture: Gesture, request: ApprovalRequest) -> Visit:
        """The same for a request that is known already."""
        return await self._before(gesture, await self._reader.subject(request))

    async def _before(self, gesture: Gesture, subject: Subject) -> Visit:
        sentinel = await self._identity.sentinel(gesture.who, subject.roster)
        self._reader.met(gesture.who.user, sentinel)
        profile = self._directory.remembered(gesture.who.user)
        return Visit(subject, sentinel, self._reader.language(sentinel, profile))

    def admit(self, visit: Visit, action: Action = Action.START) -> None:
        """Raise unless this person may do that now.

        For opening a view only: what is decided there is checked again in the deciding transaction.
        """
        lifecycle.check(visit.request, action, self._desk.clock())
        authority.decider(visit.request, visit.sentinel.id, visit.subject.roster)

    def admit_reader(self, visit: Visit) -> None:
        """Raise unless this person may read all of it now; that it has ended keeps nobody from reading."""
        ended = visit.request.state.terminal
        if not (ended and visit.subject.may_read(visit.sentinel)):
            self.admit(visit)
