"""Rows to values and back. Nothing is decided here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping

from approvals.library import Template
from approvals.model import (
    ApprovalRequest,
    ChannelShows,
    Decision,
    Dialect,
    Domain,
    Endpoint,
    Escalation,
    Priority,
    ProjectId,
    Reasoning,
    RequestId,
    Risk,
    Sentinel,
    SentinelId,
    State,
    Team,
    Verdict,
)

Row = Mapping[str, Any] | RowMapping

LONGEST_KEY = 200

_SAME = (
    "number",
    "key_id",
    "key_owner",
    "agent_id",
    "agent_name",
    "request_type",
    "domain",
    "jurisdiction",
    "title",
    "summary",
    "context",
    "action",
    "confidence",
    "external_id",
    "requested_by",
    "callback_url",
    "wire",
    "assigned_to",
    "min_tier",
    "started_at",
    "expires_at",
    "escalate_at",
    "alarm_at",
    "ended_at",
    "content_version",
    "version",
    "created_at",
    "updated_at",
)
"""The fields of a request that are stored as they are, under the same name."""

_same = attrgetter(*_SAME)


def request_to_row(request: ApprovalRequest) -> dict[str, Any]:
    """A request as a row of `requests`."""
    row: dict[str, Any] = dict(zip(_SAME, _same(request), strict=True))
    row["id"] = request.id
    row["project_id"] = request.project
    row["dialect"] = request.dialect.value
    row["priority"] = request.priority.value
    row["priority_rank"] = request.priority.rank
    row["risk"] = request.risk.value
    row["state"] = request.state.value
    row["preferred"] = list(request.preferred)
    row["recipients"] = list(request.recipients)
    row["in_place_of"] = list(request.in_place_of)
    row["escalated_by"] = sorted(request.escalated_by)
    # Times inside JSON are not shortened to milliseconds: what is read is what was written.
    row["escalations"] = [{**e.as_json(), "at": e.at.isoformat()} for e in request.escalations]
    row["due_at"] = request.due_at
    row["status"] = status_of(request)
    row["title_key"] = title_key(request.title)
    row["framework"] = request.wire.get("framework")
    row["template_id"] = request.wire.get("template_id")
    row["decision"] = _decision_to_json(request.decision)
    row["unique_external_id"] = request.external_id if "fingerprint" in request.wire else None
    return row


def status_of(request: ApprovalRequest) -> str:
    """The word under which a request is listed and counted."""
    if request.state is State.ASSIGNED and request.started_at is not None:
        return "started"
    return request.outcome or request.state.value


def title_key(title: str) -> str:
    """A title as it is looked up: itself, or its hash where it is too long for an index."""
    if len(title) <= LONGEST_KEY:
        return title
    return hashlib.sha256(title.encode()).hexdigest()


def request_from_row(row: Row) -> ApprovalRequest:
    """The request that a row of `requests` holds."""
    return ApprovalRequest(
        **{name: row[name] for name in _SAME},
        id=RequestId(row["id"]),
        project=ProjectId(row["project_id"]),
        dialect=Dialect(row["dialect"]),
        priority=Priority(row["priority"]),
        risk=Risk(row["risk"]),
        state=State(row["state"]),
        preferred=tuple(row["preferred"]),
        recipients=tuple(row["recipients"]),
        in_place_of=tuple(row["in_place_of"]),
        escalated_by=frozenset(row["escalated_by"]),
        escalations=tuple(map(_escalation_from_json, row["escalations"])),
        decision=_decision_from_json(row["decision"]),
    )


def _decision_to_json(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "verdict": decision.verdict.value,
        "at": decision.at.isoformat(),
        "by": decision.by,
        "by_name": decision.by_name,
        "by_email": decision.by_email,
        "reasoning": decision.reasoning,
        "modified": decision.modified,
        "answers": decision.answers,
        "evidence": decision.evidence,
    }


def _decision_from_json(value: dict[str, Any] | None) -> Decision | None:
    if value is None:
        return None
    fields = dict(value)
    fields["verdict"] = Verdict(fields["verdict"])
    fields["at"] = datetime.fromisoformat(fields["at"])
    return Decision(**fields)


def _escalation_from_json(value: dict[str, Any]) -> Escalation:
    return Escalation(**{**value, "at": datetime.fromisoformat(value["at"])})


def sentinel_from_row(row: Row) -> Sentinel:
    """The Sentinel that a row of `sentinels` holds."""
    return Sentinel(
        id=SentinelId(row["number"]),
        name=row["name"],
        email=row["email"],
        domains=frozenset(row["domains"]),
        jurisdictions=tuple(row["jurisdictions"]),
        tier=row["tier"],
        capacity=row["capacity"],
        languages=tuple(row["languages"]),
        locale=row["locale"],
        slack_team=row["slack_team"],
        slack_user=row["slack_user"],
        active=row["active"],
        listed=row["listed"],
        away_until=row["away_until"],
        delegate=row["delegate"],
        load=row["load"],
        last_assigned_at=row["last_assigned_at"],
    )


def sentinel_to_row(project: ProjectId, sentinel: Sentinel) -> dict[str, Any]:
    """A Sentinel as a row of `sentinels`."""
    return {
        "project_id": project,
        "number": sentinel.id,
        "name": sentinel.name,
        "email": sentinel.email,
        "domains": sorted(sentinel.domains),
        "jurisdictions": list(sentinel.jurisdictions),
        "tier": sentinel.tier,
        "capacity": sentinel.capacity,
        "languages": list(sentinel.languages),
        "locale": sentinel.locale,
        "slack_team": sentinel.slack_team,
        "slack_user": sentinel.slack_user,
        "active": sentinel.active,
        "listed": sentinel.listed,
        "away_until": sentinel.away_until,
        "delegate": sentinel.delegate,
        "load": sentinel.load,
        "last_assigned_at": sentinel.last_assigned_at,
    }


def domain_to_json(domain: Domain) -> dict[str, Any]:
    """A domain's rules as the JSON of `domains.rules`; durations in seconds."""
    return {
        "channel": domain.channel,
        "channel_shows": domain.channel_shows.value,
        "reasoning": domain.reasoning.value,
        "risk": domain.risk.value,
        "risk_by_type": {kind: risk.value for kind, risk in domain.risk_by_type.items()},
        "backups": domain.backups,
        "expires_after": _seconds(domain.expires_after),
        "escalate_after": _seconds(domain.escalate_after),
    }


def domain_from_json(slug: str, rules: dict[str, Any]) -> Domain:
    """The domain that `domains.rules` holds."""
    return Domain(
        slug=slug,
        channel=rules["channel"],
        channel_shows=ChannelShows(rules["channel_shows"]),
        reasoning=Reasoning(rules["reasoning"]),
        risk=Risk(rules["risk"]),
        risk_by_type={kind: Risk(risk) for kind, risk in rules["risk_by_type"].items()},
        backups=rules["backups"],
        expires_after=_duration(rules["expires_after"]),
        escalate_after=_duration(rules["escalate_after"]),
    )


def endpoint_from_row(row: Row) -> Endpoint:
    """The endpoint that a row of `endpoints` holds, without its secrets."""
    return Endpoint(
        id=row["id"],
        url=row["url"],
        dialect=Dialect(row["dialect"]),
        events=tuple(row["events"]),
        active=row["active"],
        source=row["source"],
    )


def team_from_row(row: Row) -> Team:
    """The team that a row of `teams` holds."""
    return Team(row["id"], row["name"], row["description"], tuple(row["members"]))


def template_from_row(row: Row) -> Template:
    """The template that a row of `templates` holds."""
    return Template(
        id=row["id"],
        project=ProjectId(row["project_id"]),
        name=row["name"],
        description=row["description"],
        fields=tuple(row["fields"]),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
