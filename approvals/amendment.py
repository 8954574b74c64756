"""What the requester may still change about an open request. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals import assignment, deadlines, routing
from approvals.commands import Amend
from approvals.errors import ContentStarted
from approvals.events import Event
from approvals.model import ApprovalRequest, Roster, State

_CONTENT = frozenset({"title", "summary", "context"})


def changes(command: Amend, request: ApprovalRequest, roster: Roster, now: datetime) -> dict[str, Any]:
    """The fields that change.

    Raises ContentStarted where somebody has looked at the content already, and InvalidField
    for a deadline that is not in the future.
    """
    changed: dict[str, Any] = {}
    if command.priority is not None:
        changed["priority"] = command.priority
    if command.preferred is not None:
        changed["preferred"] = command.preferred
    if command.expires_at is not None:
        domain = roster.domain(request.domain)
        changed["expires_at"] = deadlines.expires_at(command.expires_at, domain, request.dialect, now)
    if command.wire is not None:
        changed["wire"] = {**request.wire, **command.wire}
    if command.content is not None:
        if request.started_at is not None:
            raise ContentStarted(request, "amend")
        content = {name: command.content[name] for name in _CONTENT & command.content.keys()}
        changed |= {**content, "content_version": request.content_version + 1}
    return changed


def reassignment(
    command: Amend, request: ApprovalRequest, roster: Roster, now: datetime
) -> tuple[dict[str, Any], list[Event]]:
    """What changes, and what happens, where somebody else is preferred now and can receive it.

    Nothing does once its Sentinel has started: whoever asks must not pick another mind midway.
    """
    if not command.preferred or request.state is not State.ASSIGNED or request.started_at is not None:
        return {}, []
    heir = routing.choose(replace(request, preferred=command.preferred), roster, now)
    if request.assigned_to in command.preferred or heir is None or heir.sentinel.id not in command.preferred:
        return {}, []
    return assignment.received(request, heir, roster, now), [assignment.assigned(request, heir, now)]
