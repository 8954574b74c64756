"""The clock's verbs: what time and a changed roster do to open requests.

All are level-triggered: each looks at what is due now and does it, so that running one
twice, late or on several replicas comes to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from approvals import assignment, escalation, routing
from approvals.applying import Change, Wanted, difference
from approvals.assignment import DESK, Step
from approvals.commands import SetActive, SetAway
from approvals.errors import UnknownSentinel
from approvals.events import Event, EventKind
from approvals.lifecycle import Action, advance, overdue
from approvals.model import ApprovalRequest, ProjectId, Sentinel, SentinelId, State
from approvals.ports import Announcer, Store, Unit

BATCH = 200
"""How many requests one transaction of the clock handles, so that clicks get their turn between."""


class Clockwork:
    """Expiry, silence, alarms, the queue, and people who leave."""

    def __init__(self, store: Store, announcer: Announcer) -> None:
        self._store = store
        self._announcer = announcer

    async def sweep(self, project: ProjectId) -> int:
        """Do what is due in one project, a batch at a time; how many requests moved."""
        return await self._store.write(project, self._sweep)

    async def dispatch(self, project: ProjectId) -> int:
        """Give waiting requests to whoever has become available; how many were given."""
        total, after = 0, None
        while True:
            given, after = await self._store.write(project, partial(self._dispatch, after))
            total += given
            if after is None:
                return total

    async def rehome(self, project: ProjectId) -> int:
        """Move requests away from Sentinels who can no longer hold them; how many moved."""
        return await self._store.write(project, self._rehome)

    async def apply(self, wanted: Wanted) -> list[Change]:
        """Make a project what its team wants, all or nothing; what has changed.

        Open cases of somebody who is gone go on, and waiting ones meet whoever is new.
        """
        changes = await self._store.write(wanted.project, partial(self._apply, wanted))
        if changes:
            await self.rehome(wanted.project)
            await self.dispatch(wanted.project)
        return changes

    async def set_away(self, command: SetAway) -> Sentinel:
        """Absence or return. Open cases of somebody who leaves go on at once."""
        return await self._store.write(command.project, partial(self._set_away, command))

    async def set_active(self, command: SetActive) -> Sentinel:
        """Activate or deactivate; open cases of somebody deactivated go on at once."""
        return await self._store.write(command.project, partial(self._set_active, command))

    async def _sweep(self, unit: Unit) -> int:
        moved = 0
        for request in await unit.due(BATCH):
            step = _due_step(request, unit)
            if step is not None:
                self._keep(unit, *step)
                moved += 1
        return moved

    async def _dispatch(
        self, after: ApprovalRequest | None, unit: Unit
    ) -> tuple[int, ApprovalRequest | None]:
        waiting = await unit.pending(BATCH, after)
        given = 0
        for request in waiting:
            sentinel = None if overdue(request, unit.now) else routing.choose(request, unit.roster, unit.now)
            if sentinel is not None:
                self._keep(unit, *assignment.assign(request, sentinel, unit.roster, unit.now))
                given += 1
        return given, waiting[-1] if len(waiting) == BATCH else None

    async def _rehome(self, unit: Unit) -> int:
        moved = 0
        for sentinel in tuple(unit.roster.sentinels.values()):
            if not sentinel.load:
                continue
            for request in await unit.assigned_to(sentinel.id, BATCH):
                moved += self._release_if_unfit(request, sentinel, unit)
        return moved

    def _release_if_unfit(self, request: ApprovalRequest, holder: Sentinel, unit: Unit) -> bool:
        unfit = routing.ineligible(request, holder, unit.now)
        if unfit in {None, "full"} or overdue(request, unit.now):
            return False
        self._keep(unit, *assignment.release(request, unit.roster, unit.now, str(unfit)))
        return True

    async def _apply(self, wanted: Wanted, unit: Unit) -> list[Change]:
        changes = difference(unit.roster, wanted)
        if changes:
            unit.apply(wanted)
        return changes

    async def _set_away(self, command: SetAway, unit: Unit) -> Sentinel:
        sentinel = _known(unit, command.sentinel)
        await self._change(unit, sentinel.id, away_until=command.until, delegate=command.delegate)
        return _known(unit, command.sentinel)

    async def _set_active(self, command: SetActive, unit: Unit) -> Sentinel:
        sentinel = _known(unit, command.sentinel)
        await self._change(unit, sentinel.id, active=command.active)
        return _known(unit, command.sentinel)

    async def _change(self, unit: Unit, sentinel_id: SentinelId, **changes: object) -> None:
        held = await unit.assigned_to(sentinel_id, 10_000)
        unit.change_sentinel(sentinel_id, **changes)
        holder = _known(unit, sentinel_id)
        for request in held:
            self._release_if_unfit(request, holder, unit)

    def _keep(self, unit: Unit, request: ApprovalRequest, events: Sequence[Event]) -> None:
        unit.save(request, events)
        unit.send(self._announcer.announce(request, events, unit.roster))


def _due_step(request: ApprovalRequest, unit: Unit) -> Step | None:
    """What is due on one request now, or None where somebody was faster."""
    now = unit.now
    if overdue(request, now):
        event = Event(EventKind.EXPIRED, request.id, now, DESK)
        return advance(request, Action.EXPIRE, State.EXPIRED, now), [event]
    if request.escalate_at is not None and now >= request.escalate_at:
        return escalation.by_silence(request, unit.roster, now)
    if request.alarm_at is not None and now >= request.alarm_at:
        noted = advance(request, Action.ALARM, request.state, now, alarm_at=None)
        return noted, [assignment.unattended(request, now, "waiting")]
    return None


def _known(unit: Unit, sentinel_id: SentinelId) -> Sentinel:
    sentinel = unit.roster.sentinel(sentinel_id)
    if sentinel is None:
        raise UnknownSentinel(sentinel_id)
    return sentinel
