"""What a key is restricted to besides its scopes: domains, jurisdictions, agents. Pure.

What is outside is refused when it is asked for, and is not there when it is read. A request that
names no place is outside of every jurisdiction: a restriction never holds by what is left unsaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from approvals.errors import OutsideRestrictions
from approvals.jurisdictions import closeness


class Asked(Protocol):
    """What of a request, or of the wish for one, a restriction can be about."""

    @property
    def domain(self) -> str:
        """A slug."""

    @property
    def jurisdiction(self) -> str | None:
        """The agent's own words."""

    @property
    def agent_id(self) -> str:
        """Who asks."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Each is empty where nothing is restricted; where several are not, all of them hold.

    `domains` are slugs, `agents` ids to the letter; `jurisdictions` cover narrower places, as a
    Sentinel's do.
    """

    domains: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.domains or self.jurisdictions or self.agents)

    def check(self, asked: Asked) -> None:
        """Raise OutsideRestrictions for the first field that is outside."""
        if self.domains and asked.domain not in self.domains:
            raise OutsideRestrictions("domain", asked.domain, self.domains)
        if self.jurisdictions and not self._covers(asked.jurisdiction):
            raise OutsideRestrictions("jurisdiction", asked.jurisdiction, self.jurisdictions)
        if self.agents and asked.agent_id not in self.agents:
            raise OutsideRestrictions("agent_id", asked.agent_id, self.agents)

    def admit(self, asked: Asked) -> bool:
        """Whether it is inside."""
        try:
            self.check(asked)
        except OutsideRestrictions:
            return False
        return True

    def cover_agent(self, agent_id: str | None) -> bool:
        """Whether everything that this agent ever asks is inside (None: that anybody does)."""
        if not self:
            return True
        return agent_id in self.agents and not (self.domains or self.jurisdictions)

    def _covers(self, place: str | None) -> bool:
        return place is not None and bool(place.strip()) and closeness(self.jurisdictions, place) is not None


UNRESTRICTED = Restrictions()
