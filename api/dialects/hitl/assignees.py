"""Whom a review is meant for: e-mails of Sentinels and names of teams. Pure.

An assignment comes before routing and never past authority: whoever is not qualified does not
receive a review because a client names them, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.problems import Fault, invalid
from approvals.authority import Refusal, disqualified
from approvals.model import ApprovalRequest, Roster, Sentinel, SentinelId, Team

_SHOWN = 100

_UNFIT = {
    Refusal.INACTIVE: "is not active",
    Refusal.DOMAIN: "does not review {domain!r}",
    Refusal.JURISDICTION: "does not review for {jurisdiction!r}",
    Refusal.REQUESTER: "is the person for whom it was made",
    Refusal.KEY_OWNER: "owns the key that made it",
    Refusal.ESCALATED_IT: "has sent it up",
}


def resolved(roster: Roster, words: Sequence[str]) -> tuple[SentinelId, ...]:
    """Everybody who is meant, in order, nobody twice. Raises Refused (400) naming whom nobody knows."""
    found = [(word, meant(roster, word)) for word in words]
    unknown = [word for word, people in found if people is None]
    if unknown:
        fix = "send e-mails of Sentinels or names of teams"
        raise invalid(*(Fault("assignees", f"name nobody here: {w[:_SHOWN]!r}", fix) for w in unknown))
    return tuple(dict.fromkeys(number for _, people in found for number in people or ()))


def meant(roster: Roster, word: str) -> tuple[SentinelId, ...] | None:
    """The Sentinel of that e-mail, or the members of that team; None where it is neither."""
    sentinel = by_email(roster, word)
    if sentinel is not None:
        return (sentinel.id,)
    team = _team(roster.teams, word)
    return None if team is None else team.members


def by_email(roster: Roster, email: str) -> Sentinel | None:
    """The Sentinel of that e-mail, if `desk.yml` still lists one."""
    wanted = email.strip().casefold()
    return next(
        (s for s in roster.sentinels.values() if s.listed and (s.email or "").casefold() == wanted), None
    )


def unfit(request: ApprovalRequest, roster: Roster) -> list[str]:
    """A warning for each preferred Sentinel who may not decide the request."""
    people = (roster.sentinel(number) for number in request.preferred)
    return list(_warnings(request, (person for person in people if person is not None)))


def named(sentinel: Sentinel) -> str:
    """A Sentinel as this dialect writes people: the e-mail, the name where there is none."""
    return sentinel.email or sentinel.name


def _team(teams: Iterable[Team], word: str) -> Team | None:
    wanted = word.strip().casefold()
    return next((team for team in teams if wanted in {team.id, team.name.strip().casefold()}), None)


def _warnings(request: ApprovalRequest, people: Iterable[Sentinel]) -> Iterable[str]:
    place = (request.jurisdiction or "")[:_SHOWN]
    for person in people:
        reason = disqualified(request, person)
        if reason is not None:
            why = _UNFIT[reason].format(domain=request.domain, jurisdiction=place)
            yield f"{named(person)} {why} and will not receive it."
