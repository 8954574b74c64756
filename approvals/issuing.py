"""Making an API key: what may stand on one, and everything that is shown once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from approvals.errors import InvalidField
from approvals.keys import Key, Rate, Scope, mint, mint_webhook_secret
from approvals.model import ProjectId

LONGEST = 100
"""How many characters the name or the owner of a key may have."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A key as somebody wants it. `speaks_for` holds e-mails of Sentinels, or `*`."""

    project: ProjectId
    name: str
    scopes: frozenset[Scope]
    owner: str | None = None
    speaks_for: tuple[str, ...] = ()
    rate: Rate | None = None
    quota: int | None = None
    max_open: int | None = None
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


def _line(name: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise InvalidField(name, f"must be one line of up to {LONGEST} characters")
