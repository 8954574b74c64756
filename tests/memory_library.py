"""Templates, teams and webhook endpoints in memory, over the tenants of a `MemoryStore`."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import mean
from uuid import uuid4

from approvals.applying import WantedEndpoint
from approvals.errors import InvalidField
from approvals.keys import mint_private_key, mint_webhook_secret
from approvals.library import Stats, Template
from approvals.model import Endpoint, ProjectId, PublicKey, Roster, SentinelId, Team
from approvals.outbox import Outgoing
from store.signing import public_of
from tests.memory_store import MemoryStore, Tenant, word


class MemoryLibrary:
    """See `approvals.ports.Library`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._templates: dict[str, Template] = {}

    async def template(self, project: ProjectId, template_id: str) -> Template | None:
        found = self._templates.get(template_id)
        return found if found is not None and found.project == project else None

    async def templates(self, project: ProjectId, limit: int, offset: int) -> tuple[Sequence[Template], int]:
        mine = [template for template in self._templates.values() if template.project == project]
        mine.sort(key=lambda template: (template.created_at, template.id))
        return mine[offset:][:limit], len(mine)

    async def put_template(self, template: Template, messages: Iterable[Outgoing]) -> bool:
        held = self._templates.get(template.id)
        if (held.version if held else 0) != template.version - 1:
            return False
        self._templates[template.id] = template
        self._store.outbox.take(template.project, messages)
        return True

    async def delete_template(self, project: ProjectId, template_id: str) -> bool:
        mine = await self.template(project, template_id) is not None
        return mine and self._templates.pop(template_id, None) is not None

    async def create_team(self, project: ProjectId, name: str, description: str | None) -> Team:
        roster = self._tenant(project).roster
        if name.casefold() in {team.name.casefold() for team in roster.teams}:
            raise InvalidField("name", "has already been taken")
        team = Team(f"team_{uuid4().hex}", name, description)
        self._tenant(project).roster = replace(roster, teams=(*roster.teams, team))
        return team

    async def join_team(self, project: ProjectId, team_id: str, member: SentinelId) -> Team | None:
        roster = self._tenant(project).roster
        before = next((team for team in roster.teams if team.id == team_id), None)
        if before is None:
            return None
        after = replace(before, members=tuple(dict.fromkeys((*before.members, member))))
        teams = tuple(after if team is before else team for team in roster.teams)
        self._tenant(project).roster = replace(roster, teams=teams)
        return after

    async def stats(self, project: ProjectId) -> Stats:
        tenant = self._tenant(project)
        rated = [rating for _, rating, _ in tenant.ratings]
        return Stats(
            by_outcome=Counter(map(word, tenant.requests.values())),
            ratings=len(rated),
            average_rating=round(mean(rated), 2) if rated else None,
        )

    def _tenant(self, project: ProjectId) -> Tenant:
        return self._store.tenants.setdefault(project, Tenant(Roster(project)))


class MemoryEndpoints:
    """See `approvals.ports.Endpoints`. The secrets lie with the keys' `signers`."""

    def __init__(self, store: MemoryStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._dates: dict[str, tuple[datetime, datetime]] = {}

    async def create(self, project: ProjectId, wanted: WantedEndpoint, source: str) -> tuple[Endpoint, str]:
        endpoint_id, secret = f"webhook_{uuid4().hex}", mint_webhook_secret()
        made = Endpoint(endpoint_id, wanted.url, wanted.dialect, wanted.events, source=source)
        self._set(project, (*self._all(project), made))
        self._store.keys.signers[f"endpoint:{endpoint_id}"] = [secret]
        self._dates[endpoint_id] = (self._clock(), self._clock())
        return made, secret

    async def change(
        self,
        project: ProjectId,
        endpoint_id: str,
        *,
        url: str | None = None,
        events: tuple[str, ...] | None = None,
        active: bool | None = None,
    ) -> Endpoint | None:
        before = self._one(project, endpoint_id)
        if before is None:
            return None
        wanted = {"url": url, "events": events, "active": active}
        after = replace(before, **{name: v for name, v in wanted.items() if v is not None})  # type: ignore[arg-type]
        self._set(project, tuple(after if e is before else e for e in self._all(project)))
        self._dates[endpoint_id] = (self._dates[endpoint_id][0], self._clock())
        return after

    async def delete(self, project: ProjectId, endpoint_id: str) -> bool:
        before = self._one(project, endpoint_id)
        self._set(project, tuple(e for e in self._all(project) if e is not before))
        self._store.keys.signers.pop(f"endpoint:{endpoint_id}", None)
        return before is not None

    async def rotate(self, project: ProjectId, endpoint_id: str) -> str | None:
        if self._one(project, endpoint_id) is None:
            return None
        signers, secret = self._store.keys.signers, mint_webhook_secret()
        signers[f"endpoint:{endpoint_id}"] = [secret, *signers[f"endpoint:{endpoint_id}"][:1]]
        return secret

    async def dates(self, project: ProjectId, endpoint_id: str) -> tuple[datetime, datetime] | None:
        return self._dates.get(endpoint_id) if self._one(project, endpoint_id) else None

    def _one(self, project: ProjectId, endpoint_id: str) -> Endpoint | None:
        return next((e for e in self._all(project) if e.id == endpoint_id), None)

    def _all(self, project: ProjectId) -> tuple[Endpoint, ...]:
        return self._tenant(project).roster.endpoints

    def _set(self, project: ProjectId, endpoints: tuple[Endpoint, ...]) -> None:
        tenant = self._tenant(project)
        tenant.roster = replace(tenant.roster, endpoints=endpoints)

    def _tenant(self, project: ProjectId) -> Tenant:
        return self._store.tenants.setdefault(project, Tenant(Roster(project)))


class MemorySigningKeys:
    """See `approvals.ports.SigningKeys`. A project has a pair once it was asked for."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._pairs: dict[ProjectId, list[tuple[str, PublicKey]]] = {}

    async def private(self, project: ProjectId) -> Sequence[str]:
        if project not in self._pairs:
            await self.rotate(project, timedelta())
        return [key for key, public in self._pairs[project] if self._signs(public)]

    async def public(self, project: ProjectId) -> Sequence[PublicKey]:
        return [public for _, public in self._pairs.get(project, ())]

    async def rotate(self, project: ProjectId, overlap: timedelta) -> PublicKey:
        key, now = mint_private_key(), self._clock()
        made = PublicKey(f"key_{uuid4().hex[:16]}", public_of(key), now)
        before = [
            (old, replace(public, ends_at=public.ends_at or now + overlap))
            for old, public in self._pairs.get(project, ())
        ]
        self._pairs[project] = [(key, made), *before]
        return made

    def _signs(self, public: PublicKey) -> bool:
        return public.ends_at is None or public.ends_at > self._clock()
