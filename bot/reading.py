"""What the bot reads before it shows anything: the request, and the language of whoever will see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from approvals.events import RecordedEvent
from approvals.model import ApprovalRequest, ProjectId, RequestId, Roster, Sentinel
from bot.config import BotDesk
from bot.directory import Directory, Profile
from bot.language import Catalogues, Language, best_locale
from bot.subject import Subject, subject_of

MOST_MET = 10_000


class Reader:
    """Reads the desk, always as last committed."""

    def __init__(self, desk: BotDesk, directory: Directory, catalogues: Catalogues) -> None:
        self._desk = desk
        self._directory = directory
        self._catalogues = catalogues
        self._met: dict[str, Sentinel] = {}

    async def anywhere(self, request_id: RequestId) -> Subject:
        """A request of whatever project; raises RequestNotFound."""
        return await self.subject(await self._desk.requests.anywhere(request_id))

    async def within(self, project: ProjectId, request_id: RequestId) -> Subject:
        """A request of one project; raises RequestNotFound."""
        return await self.subject(await self._desk.requests.request(project, request_id))

    async def subject(self, request: ApprovalRequest) -> Subject:
        """The request with roster and record."""
        roster = await self._desk.requests.roster(request.project)
        return subject_of(request, roster, await self.timeline(request))

    async def timeline(self, request: ApprovalRequest) -> Sequence[RecordedEvent]:
        """Everything that happened to it."""
        return await self._desk.requests.timeline(request.project, request.id)

    async def rosters(self) -> list[Roster]:
        """The rosters of all projects that this bot serves."""
        return [await self._desk.requests.roster(project) for project in await self._desk.projects()]

    def language(self, sentinel: Sentinel | None, profile: Profile | None) -> Language:
        """A person's language and zone; English and UTC of somebody of whom nothing is known."""
        spoken = sentinel.languages if sentinel else ()
        chosen = (sentinel.locale,) if sentinel and sentinel.locale else ()
        wanted = (*chosen, *best_locale(spoken, profile.locale if profile else None))
        return self._catalogues.language(wanted, profile.zone if profile else None)

    def met(self, user: str, sentinel: Sentinel) -> None:
        """This user is that Sentinel: from now on they are answered in the Sentinel's languages."""
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met[user] = sentinel

    def overheard(self, user: str) -> Language:
        """The language of a person of whom only the user id is at hand, without asking anybody."""
        return self.language(self._met.get(user), self._directory.remembered(user))

    @property
    def languages(self) -> dict[str, str]:
        """The languages that the desk speaks, by code, each by its own name."""
        return self._catalogues.names

    def shared(self, roster: Roster, domain: str | None = None) -> Language:
        """A channel's language: the one that most of the domain's Sentinels name first."""
        people = (s for s in roster.sentinels.values() if s.active and s.languages)
        first = Counter(s.languages[0] for s in people if domain is None or s.domains & {domain, "*"})
        most = sorted(first.items(), key=lambda pair: (-pair[1], pair[0]))
        return self._catalogues.language([most[0][0]] if most else [])
