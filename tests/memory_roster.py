"""Rosters in memory: applying a `desk.yml`, changing people by hand, counting loads."""

from collections import Counter
from dataclasses import replace
from uuid import uuid4

from approvals.applying import FILE, Wanted, WantedSentinel, identity_of
from approvals.model import ApprovalRequest, Endpoint, RequestId, Roster, Sentinel, SentinelId, State


def applied(before: Roster, wanted: Wanted) -> Roster:
    """The roster after a `desk.yml`. Nobody is deleted, so no number is ever used again."""
    known = {identity_of(s): s for s in before.sentinels.values()}
    after = {s.id: replace(s, active=False, listed=False) for s in known.values()}
    for person in wanted.sentinels:
        sentinel = known.get(person.identity) or Sentinel(SentinelId(len(after) + 1), person.name)
        after[sentinel.id] = as_wanted(sentinel, person)
    return replace(
        before,
        version=before.version + 1,
        workspace=wanted.workspace,
        operations_channel=wanted.operations_channel,
        domains=dict(wanted.domains),
        sentinels=after,
        intake=dict(wanted.intake),
        endpoints=_endpoints(before, wanted),
    )


def _endpoints(before: Roster, wanted: Wanted) -> tuple[Endpoint, ...]:
    theirs = [e for e in before.endpoints if e.source != FILE]
    known = {(e.url, e.dialect): e.id for e in before.endpoints if e.source == FILE}
    ours = [
        Endpoint(known.get((w.url, w.dialect), f"webhook_{uuid4().hex}"), w.url, w.dialect, w.events)
        for w in wanted.endpoints
    ]
    return (*theirs, *ours)


def as_wanted(before: Sentinel, person: WantedSentinel) -> Sentinel:
    """The Sentinel as `desk.yml` wants them; absence and a Slack account that was pinned stay."""
    slack_team, slack_user = person.account(before)
    return replace(
        before,
        name=person.name,
        email=person.email,
        domains=person.domains,
        jurisdictions=person.jurisdictions,
        tier=person.tier,
        capacity=person.capacity,
        languages=person.languages,
        slack_team=slack_team,
        slack_user=slack_user,
        active=before.active or not before.listed,
        listed=True,
    )


def changed(roster: Roster, people: dict[SentinelId, dict[str, object]]) -> Roster:
    """The roster with some fields of some Sentinels changed; its version rises where more than a time did."""
    if not people:
        return roster
    sentinels = dict(roster.sentinels)
    for number, fields in people.items():
        sentinels[number] = replace(sentinels[number], **fields)  # type: ignore[arg-type]
    by_hand = any(fields.keys() != {"last_assigned_at"} for fields in people.values())
    return replace(roster, sentinels=sentinels, version=roster.version + by_hand)


def with_loads(roster: Roster, requests: dict[RequestId, ApprovalRequest]) -> Roster:
    """The roster with each Sentinel's load as the requests have it."""
    held = Counter(map(holder, requests.values()))
    sentinels = {n: replace(s, load=held[n]) for n, s in roster.sentinels.items()}
    return replace(roster, sentinels=sentinels)


def holder(request: ApprovalRequest) -> SentinelId | None:
    """Whose load an open request weighs on."""
    return request.assigned_to if request.state is State.ASSIGNED else None
