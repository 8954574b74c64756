"""What becomes of a submit before anybody is asked: repeats, quotas, and the request itself."""

from __future__ import annotations

from approvals import deadlines, ids
from approvals.commands import Submit
from approvals.errors import ExternalIdTaken, QuotaExceeded, TooManyOpen
from approvals.model import ApprovalRequest, Json
from approvals.ports import Unit
from approvals.restrictions import Restrictions


async def existing(unit: Unit, command: Submit, restrictions: Restrictions) -> ApprovalRequest | None:
    """The request that bears this external id already.

    Raises ExternalIdTaken for other content, and for a request that is not there for this key.
    """
    if not command.unique_external_id or command.external_id is None:
        return None
    first = await unit.by_external_id(command.external_id)
    if first is not None and not restrictions.admit(first):
        raise ExternalIdTaken(command.external_id, None)
    if first is not None and first.wire.get("fingerprint") != command.fingerprint:
        raise ExternalIdTaken(command.external_id, first.id)
    return first


def check_room(unit: Unit, command: Submit, default: int | None) -> None:
    """Raise TooManyOpen where the key has as many open requests as it may (None: any number).

    A flood of cards is how people are tired into approving, so the bound is the key's, whatever
    an agent calls itself.
    """
    limit = command.caller.max_open or default
    if limit is not None and unit.open_of(command.caller.key_id) >= limit:
        raise TooManyOpen(limit)


async def spend(unit: Unit, command: Submit) -> None:
    """Count a create against the key's quota. Raises QuotaExceeded."""
    quota = command.caller.quota
    if quota is None:
        return
    period = f"{unit.now:%Y-%m}"
    if await unit.used(command.caller.key_id, period) >= quota:
        raise QuotaExceeded(quota, deadlines.next_month(unit.now))
    unit.count(command.caller.key_id, period)


def new(unit: Unit, command: Submit) -> ApprovalRequest:
    """The request, before it is placed. Raises InvalidField."""
    domain = unit.roster.domain(command.domain)
    wire: dict[str, Json] = dict(command.wire)
    if command.fingerprint is not None:
        wire["fingerprint"] = command.fingerprint
    return ApprovalRequest(
        id=ids.new_id(unit.now),
        project=command.caller.project,
        number=unit.next_number(),
        dialect=command.dialect,
        key_id=command.caller.key_id,
        key_owner=command.caller.owner,
        agent_id=command.agent_id,
        agent_name=command.agent_name,
        request_type=command.request_type,
        domain=command.domain,
        jurisdiction=command.jurisdiction,
        title=command.title,
        summary=command.summary,
        context=command.context,
        action=command.action,
        priority=command.priority,
        risk=domain.risk_of(command.request_type),
        confidence=command.confidence,
        external_id=command.external_id,
        requested_by=command.requested_by,
        callback_url=command.callback_url,
        preferred=command.preferred,
        wire=wire,
        created_at=unit.now,
        updated_at=unit.now,
        expires_at=deadlines.expires_at(command.expires_at, domain, command.dialect, unit.now),
    )
