"""What a team wants its project to look like, and how that differs from what is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from approvals.model import Dialect, Domain, Json, ProjectId, Roster, Sentinel

FILE = "desk.yml"
"""The source of what a team wrote down, as opposed to what was made through an API."""


@dataclass(frozen=True, slots=True)
class WantedSentinel:
    """A Sentinel as `desk.yml` describes them; `slack` is a user id.

    `slack_team` is the workspace or organisation of that user, where the file names it too.
    """

    name: str
    email: str | None = None
    slack: str | None = None
    domains: frozenset[str] = frozenset()
    jurisdictions: tuple[str, ...] = ("*",)
    tier: int = 1
    capacity: int | None = None
    languages: tuple[str, ...] = ()
    slack_team: str | None = None

    @property
    def identity(self) -> str:
        """What makes this the same person at the next apply: e-mail, else Slack id, else name."""
        return (self.email or self.slack or self.name).casefold()

    def account(self, before: Sentinel) -> tuple[str | None, str | None]:
        """The Slack workspace and user of this person once applied; what was found by e-mail stays."""
        if self.slack is None or (self.slack, self.slack_team) == (before.slack_user, None):
            return before.slack_team, before.slack_user
        return self.slack_team, self.slack


@dataclass(frozen=True, slots=True)
class WantedEndpoint:
    """A webhook endpoint as `desk.yml` describes it."""

    url: str
    dialect: Dialect
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A whole `desk.yml`, validated."""

    project: ProjectId
    workspace: str | None = None
    operations_channel: str | None = None
    domains: Mapping[str, Domain] = field(default_factory=dict)
    sentinels: tuple[WantedSentinel, ...] = ()
    intake: Mapping[str, Json] = field(default_factory=dict)
    endpoints: tuple[WantedEndpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `sign` is `+` (new), `-` (goes) or `~` (changes), `what` names the thing."""

    sign: str
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}" + (f": {self.detail}" if self.detail else "")


def difference(roster: Roster, wanted: Wanted) -> list[Change]:
    """What applying `wanted` would change; empty where nothing would."""
    return [
        *_settings(roster, wanted),
        *_domains(roster, wanted),
        *_sentinels(roster, wanted),
        *_endpoints(roster, wanted),
    ]


def identity_of(sentinel: Sentinel) -> str:
    """The identity of an applied Sentinel, comparable with `WantedSentinel.identity`."""
    return (sentinel.email or sentinel.slack_user or sentinel.name).casefold()


def _settings(roster: Roster, wanted: Wanted) -> list[Change]:
    changes = []
    if roster.workspace != wanted.workspace:
        changes.append(Change("~", "workspace", f"{roster.workspace} -> {wanted.workspace}"))
    if roster.operations_channel != wanted.operations_channel:
        detail = f"{roster.operations_channel} -> {wanted.operations_channel}"
        changes.append(Change("~", "operations channel", detail))
    if dict(roster.intake) != dict(wanted.intake):
        changes.append(Change("~", "intake"))
    return changes


def _domains(roster: Roster, wanted: Wanted) -> list[Change]:
    changes = [Change("-", f"domain {slug}") for slug in roster.domains if slug not in wanted.domains]
    for slug, domain in wanted.domains.items():
        if slug not in roster.domains:
            changes.append(Change("+", f"domain {slug}"))
        elif roster.domains[slug] != domain:
            changes.append(Change("~", f"domain {slug}", _fields(roster.domains[slug], domain)))
    return changes


def _sentinels(roster: Roster, wanted: Wanted) -> list[Change]:
    present = {identity_of(s): s for s in roster.sentinels.values() if s.listed}
    asked = {w.identity: w for w in wanted.sentinels}
    changes = [Change("-", f"Sentinel {s.name}") for key, s in present.items() if key not in asked]
    for key, sentinel in asked.items():
        if key not in present:
            changes.append(Change("+", f"Sentinel {sentinel.name}"))
        elif detail := _person(present[key], sentinel):
            changes.append(Change("~", f"Sentinel {sentinel.name}", detail))
    return changes


def _person(applied: Sentinel, wanted: WantedSentinel) -> str:
    # An account that was found by e-mail stays where the file names none.
    moved = wanted.account(applied) != (applied.slack_team, applied.slack_user)
    return ", ".join(filter(None, [_fields(applied, wanted), "slack" if moved else ""]))


def _endpoints(roster: Roster, wanted: Wanted) -> list[Change]:
    present = {(e.url, e.dialect): e for e in roster.endpoints if e.source == FILE and e.active}
    asked = {(e.url, e.dialect) for e in wanted.endpoints}
    changes = [Change("-", f"webhook {e.url}") for key, e in present.items() if key not in asked]
    for endpoint in wanted.endpoints:
        known = present.get((endpoint.url, endpoint.dialect))
        if known is None:
            changes.append(Change("+", f"webhook {endpoint.url}"))
        elif known.events != endpoint.events:
            changes.append(Change("~", f"webhook {endpoint.url}", ", ".join(endpoint.events)))
    return changes


_COMPARED = (
    "name",
    "email",
    "domains",
    "jurisdictions",
    "tier",
    "capacity",
    "languages",
    "channel",
    "channel_shows",
    "reasoning",
    "risk",
    "risk_by_type",
    "backups",
    "expires_after",
    "escalate_after",
)


def _fields(old: object, new: object) -> str:
    """The names of the fields that differ, of those that both sides have."""
    shared = [name for name in _COMPARED if hasattr(old, name) and hasattr(new, name)]
    return ", ".join(name for name in shared if getattr(old, name) != getattr(new, name))
