"""The clock's verbs: what time and a changed roster do to open requests.

All are level-triggered: each looks at what is due now and does it, so that running one
twice, late or on several replicas comes to the same. A request that cannot be moved (its
announcement fails, say) holds up no other: the others are kept, then the failures raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from approvals import assignment, authority, delegation, escalation, routing
from approvals.applying import Change, Wanted, difference
from approvals.assignment import DESK, Step
from approvals.commands import SetActive, SetAway, SetLocale
from approvals.errors import CircularDelegation, UnknownSentinel
from approvals.events import Event, EventKind
from approvals.lifecycle import Action, advance, overdue
from approvals.model import ApprovalRequest, ProjectId, Sentinel, SentinelId, State
from approvals.ports import Announcer, Store, Unit

BATCH = 200
"""How many requests one transaction of the clock handles, so that clicks get their turn between."""

EVERYTHING = 10_000
"""More than one person ever holds."""

Failures = list[Exception]


class Clockwork:
    """Expiry, silence, alarms, the queue, and people who leave."""

    def __init__(self, store: Store, announcer: Announcer) -> None:
        self._store = store
        self._announcer = announcer

    async def sweep(self, project: ProjectId) -> int:
        """Do what is due in one project, a batch at a time; how many requests moved."""
        return _sound(*await self._store.write(project, self._sweep))

    async def dispatch(self, project: ProjectId) -> int:
        """Give waiting requests to whoever has become available; how many were given."""
        return _sound(*await self._dispatch_all(project))

    async def rehome(self, project: ProjectId) -> int:
        """Move requests away from Sentinels who can no longer hold them; how many moved."""
        return _sound(*await self._rehome_all(project))

    async def apply(self, wanted: Wanted) -> list[Change]:
        """Make a project what its team wants, all or nothing; what has changed.

        Open cases of somebody who is gone go on, and waiting ones meet whoever is new; that is
        looked at even where nothing has changed, in case the last apply did not get so far.
        """
        changes = await self._store.write(wanted.project, partial(self._apply, wanted))
        await self._rehome_all(wanted.project)
        await self._dispatch_all(wanted.project)
        return changes

    async def set_away(self, command: SetAway) -> Sentinel:
        """Absence or return. Open cases of somebody who leaves go on at once.

        Raises UnknownSentinel, for a delegate too, and CircularDelegation.
        """
        return await self._store.write(command.project, partial(self._set_away, command))

    async def set_active(self, command: SetActive) -> Sentinel:
        """Activate or deactivate; open cases of somebody deactivated go on at once."""
        return await self._store.write(command.project, partial(self._set_active, command))

    async def set_locale(self, command: SetLocale) -> Sentinel:
        """A Sentinel's own choice of language. Raises UnknownSentinel."""
        return await self._store.write(command.project, partial(_set_locale, command))

    async def _sweep(self, unit: Unit) -> tuple[int, Failures]:
        return self._each(unit, await unit.due(BATCH), _due_step)

    async def _dispatch_all(self, project: ProjectId) -> tuple[int, Failures]:
        total, failed, after = 0, Failures(), None
        while True:
            given, failures, after = await self._store.write(project, partial(self._dispatch, after))
            total, failed = total + given, failed + failures
            if after is None:
                return total, failed

    async def _dispatch(
        self, after: ApprovalRequest | None, unit: Unit
    ) -> tuple[int, Failures, ApprovalRequest | None]:
        waiting = await unit.pending(BATCH, after)
        given, failed = self._each(unit, waiting, _given)
        return given, failed, waiting[-1] if len(waiting) == BATCH else None

    async def _rehome_all(self, project: ProjectId) -> tuple[int, Failures]:
        total, failed = 0, Failures()
        roster = await self._store.roster(project)
        for sentinel in [s.id for s in roster.sentinels.values() if s.load]:
            moved, failures = await self._store.write(project, partial(self._rehome, sentinel))
            total, failed = total + moved, failed + failures
        return total, failed

    async def _rehome(self, sentinel: SentinelId, unit: Unit) -> tuple[int, Failures]:
        return self._each(unit, await unit.assigned_to(sentinel, EVERYTHING), _let_go)

    async def _apply(self, wanted: Wanted, unit: Unit) -> list[Change]:
        changes = difference(unit.roster, wanted)
        if changes:
            unit.apply(wanted)
        return changes

    async def _set_away(self, command: SetAway, unit: Unit) -> Sentinel:
        if command.delegate is not None:
            _check_delegate(unit, command.sentinel, command.delegate)
        return await self._change(unit, command.sentinel, away_until=command.until, delegate=command.delegate)

    async def _set_active(self, command: SetActive, unit: Unit) -> Sentinel:
        return await self._change(unit, command.sentinel, active=command.active)

    async def _change(self, unit: Unit, named: SentinelId, **changes: object) -> Sentinel:
        sentinel = _known(unit, named)
        held = await unit.assigned_to(sentinel.id, EVERYTHING)
        unit.change_sentinel(sentinel.id, **changes)
        # What cannot be moved stays where it is until `rehome` says why.
        self._each(unit, held, _let_go)
        return _known(unit, named)

    def _each(
        self,
        unit: Unit,
        requests: Sequence[ApprovalRequest],
        step: Callable[[ApprovalRequest, Unit], Step | None],
    ) -> tuple[int, Failures]:
        """Take one step with each request; how many moved, and what went wrong with the others."""
        moved, failed = 0, Failures()
        for request in requests:
            try:
                taken = step(request, unit)
                messages = [] if taken is None else list(self._announcer.announce(*taken, unit.roster))
            except Exception as error:  # noqa: BLE001 - the batch goes on; `_sound` raises it
                error.add_note(f"request {request.id}")
                failed.append(error)
                continue
            if taken is not None:
                unit.save(*taken)
                unit.send(messages)
                moved += 1
        return moved, failed


def _sound(moved: int, failed: Failures) -> int:
    """The number, unless something failed."""
    if failed:
        raise ExceptionGroup(f"{len(failed)} requests could not be moved ({moved} were)", failed)
    return moved


def _given(request: ApprovalRequest, unit: Unit) -> Step | None:
    """A waiting request to whoever can receive it now."""
    seat = None if overdue(request, unit.now) else routing.choose(request, unit.roster, unit.now)
    return None if seat is None else assignment.assign(request, seat, unit.roster, unit.now)


def _let_go(request: ApprovalRequest, unit: Unit) -> Step | None:
    """An assigned request away from a Sentinel who can no longer hold it."""
    holder = unit.roster.sentinel(request.assigned_to)
    unfit = "gone" if holder is None else routing.ineligible(request, holder, unit.now)
    if unfit in {None, "full"}:
        unfit = authority.barred(request, unit.roster)
    if unfit is None or overdue(request, unit.now):
        return None
    return assignment.release(request, unit.roster, unit.now, str(unfit))


def _due_step(request: ApprovalRequest, unit: Unit) -> Step | None:
    """What is due on one request now, or None where somebody was faster."""
    now = unit.now
    if overdue(request, now):
        event = Event(EventKind.EXPIRED, request.id, now, DESK)
        return advance(request, Action.EXPIRE, State.EXPIRED, now), [event]
    if request.escalate_at is not None and now >= request.escalate_at:
        return escalation.by_silence(request, unit.roster, now)
    if request.alarm_at is not None and now >= request.alarm_at:
        if request.state is State.ASSIGNED:
            return assignment.remind(request, now)
        noted = advance(request, Action.ALARM, request.state, now, alarm_at=None)
        return noted, [assignment.unattended(request, now, "waiting")]
    return None


async def _set_locale(command: SetLocale, unit: Unit) -> Sentinel:
    _known(unit, command.sentinel)
    unit.change_sentinel(command.sentinel, locale=command.locale)
    return _known(unit, command.sentinel)


def _check_delegate(unit: Unit, leaving: SentinelId, delegate: SentinelId) -> None:
    if delegation.circular(_known(unit, leaving), _known(unit, delegate), unit.roster, unit.now):
        raise CircularDelegation


def _known(unit: Unit, sentinel_id: SentinelId) -> Sentinel:
    sentinel = unit.roster.sentinel(sentinel_id)
    if sentinel is None:
        raise UnknownSentinel(sentinel_id)
    return sentinel
