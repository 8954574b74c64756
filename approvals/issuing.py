"""Making an API key: what may stand on one, and everything that is shown once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from approvals.addresses import Network
from approvals.domains import slug
from approvals.errors import InvalidField
from approvals.keys import Key, Rate, Scope, mint, mint_webhook_secret
from approvals.model import ProjectId
from approvals.places import ANYWHERE, normal
from approvals.restrictions import UNRESTRICTED, Restrictions

LONGEST = 100
"""How many characters the name or the owner of a key may have."""

LONGEST_AGENT = 255
"""How many the id of an agent has at most."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A key as somebody wants it. `speaks_for` holds e-mails of Sentinels, or `*`.

    `restrictions` are as somebody writes them: names of domains, not slugs.
    """

    project: ProjectId
    name: str
    scopes: frozenset[Scope]
    owner: str | None = None
    speaks_for: tuple[str, ...] = ()
    rate: Rate | None = None
    quota: int | None = None
    max_open: int | None = None
    restrictions: Restrictions = UNRESTRICTED
    networks: tuple[Network, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh key. `text` and `webhook_secret` are seen here and never again."""

    key: Key
    text: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def issue(wanted: Issue, now: datetime) -> Issued:
    """Make the key. Raises InvalidField where its parts do not go together."""
    _check(wanted)
    key_id, text = mint()
    key = Key(
        id=key_id,
        project=wanted.project,
        name=wanted.name.strip(),
        scopes=wanted.scopes,
        created_at=now,
        owner=wanted.owner,
        speaks_for=tuple(dict.fromkeys(who.strip().casefold() for who in wanted.speaks_for)),
        rate=wanted.rate,
        quota=wanted.quota,
        max_open=wanted.max_open,
        restrictions=_restrictions(wanted),
        networks=tuple(dict.fromkeys(wanted.networks)),
        expires_at=wanted.expires_at,
    )
    return Issued(key, text, mint_webhook_secret())


def _check(wanted: Issue) -> None:
    if not wanted.scopes:
        raise InvalidField("scope", "is missing", f"one of {', '.join(s.value for s in Scope)}")
    if {Scope.REQUESTS, Scope.DECIDE} <= wanted.scopes:
        raise InvalidField(
            "scope",
            "requests and decide cannot stand on one key, since an agent could approve itself",
            "make a key for each",
        )
    if Scope.DECIDE in wanted.scopes and not wanted.speaks_for:
        raise InvalidField("as", "is missing: a key that decides speaks for somebody", "an e-mail, or *")
    if wanted.speaks_for and Scope.DECIDE not in wanted.scopes:
        raise InvalidField("as", "means nothing without the scope decide")
    _line("name", wanted.name)
    for person in filter(None, (wanted.owner, *wanted.speaks_for)):
        _line("owner" if person is wanted.owner else "as", person)
    if any(network.prefixlen == 0 for network in wanted.networks):
        raise InvalidField("from", "restricts nothing where it is every address there is", "leave it out")


def _restrictions(wanted: Issue) -> Restrictions:
    """As requests are compared with them. Raises InvalidField."""
    asked = wanted.restrictions
    if asked and Scope.ADMIN in wanted.scopes:
        raise InvalidField(
            "scope",
            "admin is about the whole project, and cannot stand on a key that is restricted to domains,"
            " jurisdictions or agents",
            "make a key for each",
        )
    for text in asked.jurisdictions:
        _line("jurisdiction", text)
        if normal(text) == ANYWHERE:
            raise InvalidField("jurisdiction", "restricts nothing where it is everywhere", "leave it out")
    for text in asked.agents:
        _line("agent", text, LONGEST_AGENT)
    return Restrictions(
        tuple(dict.fromkeys(map(_domain, asked.domains))),
        tuple(dict.fromkeys(text.strip() for text in asked.jurisdictions)),
        tuple(dict.fromkeys(asked.agents)),
    )


def _domain(text: str) -> str:
    found = slug(text)
    if found is None:
        raise InvalidField("domain", "has no letters or digits, or too many", "a word such as legal")
    return found


def _line(name: str, text: str, longest: int = LONGEST) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise InvalidField(name, f"must be one line of up to {longest} characters")
