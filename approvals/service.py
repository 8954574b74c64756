"""Approvals: one verb, one transaction. What every door calls.

Each verb hands the store a function; the function reads, lets the pure rules decide,
and writes the request, its events and its messages in one go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from approvals import amendment, assignment, deciding, escalation, ids, questions, submission
from approvals.authority import decider
from approvals.commands import (
    Amend,
    Answer,
    Ask,
    Cancel,
    Decide,
    Escalate,
    Idempotency,
    Rate,
    Start,
    Submit,
)
from approvals.errors import (
    IdempotencyConflict,
    InvalidField,
    ReasoningRequired,
    RequestNotFound,
)
from approvals.events import Event, EventKind
from approvals.evidence import evidence, payload_sha256
from approvals.lifecycle import Action, advance, check
from approvals.model import (
    VOID,
    ApprovalRequest,
    Decision,
    ProjectId,
    Roster,
    Sentinel,
    State,
)
from approvals.ports import Announcer, Remembered, Store, Unit
from approvals.restrictions import UNRESTRICTED, Restrictions
from approvals.routing import Considered, covered, explain
from approvals.words import stripped


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a submit.

    `replay` holds the first answer's bytes where an idempotency key was seen before;
    `existing` says that `external_id` named a request with the same content already;
    `uncovered` that nobody is configured who could decide it. `roster` is the team at that moment.
    """

    request: ApprovalRequest
    assignee: Sentinel | None
    roster: Roster
    replay: bytes | None = None
    existing: bool = False
    uncovered: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a verb on an existing request; `replay` as in Submitted."""

    request: ApprovalRequest
    replay: bytes | None = None


class Approvals:
    """The desk's verbs over one store."""

    def __init__(
        self,
        store: Store,
        announcer: Announcer,
        max_open: int | None = None,
        restrictions: Restrictions = UNRESTRICTED,
    ) -> None:
        """`max_open` bounds the open requests of keys that bear no bound of their own."""
        self._store = store
        self._announcer = announcer
        self._max_open = max_open
        self._restrictions = restrictions

    def within(self, restrictions: Restrictions) -> Approvals:
        """The same verbs for a key that is restricted: what is outside is refused, or not there at all."""
        return Approvals(self._store, self._announcer, self._max_open, restrictions)

    async def submit(self, command: Submit) -> Submitted:
        """Take a request in and give it to a Sentinel.

        Raises InvalidField, OutsideRestrictions, IdempotencyConflict, ExternalIdTaken, TooManyOpen or
        QuotaExceeded.
        """
        return await self._store.write(command.caller.project, partial(self._submit, command))

    async def decide(self, command: Decide) -> Done:
        """Approve, reject or modify.

        Raises RequestNotFound, UnknownSentinel, NotAuthorised, AlreadyEnded, DeadlinePassed,
        ContentChanged, ModifyNotHeard, ReasoningRequired or IllegalMove.
        """
        return await self._once(command, partial(self._decide, command))

    async def escalate(self, command: Escalate) -> Done:
        """Send it up a tier. Raises as `decide`, and NobodyAbove or InvalidTarget."""
        return await self._once(command, partial(self._escalate, command))

    async def cancel(self, command: Cancel) -> ApprovalRequest:
        """Take it back. Raises RequestNotFound, AlreadyEnded or DeadlinePassed."""
        return await self._store.write(command.project, partial(self._cancel, command))

    async def start(self, command: Start) -> ApprovalRequest:
        """Note that an authorised person looks at it; the first time sets `started_at`."""
        return await self._store.write(command.project, partial(self._start, command))

    async def ask(self, command: Ask) -> ApprovalRequest:
        """Ask the agent instead of deciding; the same question again, before its answer, is one question."""
        return await self._store.write(command.project, partial(self._ask, command))

    async def answer(self, command: Answer) -> ApprovalRequest:
        """The agent's answer to a question. Raises InvalidField or AlreadyAnswered."""
        return await self._store.write(command.project, partial(self._answer, command))

    async def rate(self, command: Rate) -> ApprovalRequest:
        """Keep feedback on a request that has ended or not. Raises InvalidField or RequestNotFound."""
        return await self._store.write(command.project, partial(self._rate, command))

    async def amend(self, command: Amend) -> ApprovalRequest:
        """Change a request that is open; its content only while nobody has started.

        Raises as `cancel`, and InvalidField.
        """
        return await self._store.write(command.project, partial(self._amend, command))

    async def explain(
        self, project: ProjectId, request_id: ids.RequestRef, now: datetime
    ) -> tuple[ApprovalRequest, list[Considered]]:
        """Why a request would go where it goes now."""
        request = self._admitted(await self._store.request(project, request_id), request_id)
        return request, explain(request, await self._store.roster(project), now)

    # What happens inside the transaction

    async def _submit(self, command: Submit, unit: Unit) -> Submitted:
        seen = await self._seen(unit, command.idempotency)
        if seen is not None:
            first = await self._meant(unit, seen.request_id)
            return Submitted(first, unit.roster.sentinel(first.assigned_to), unit.roster, replay=seen.answer)
        self._restrictions.check(command)
        existing = await submission.existing(unit, command, self._restrictions)
        if existing is not None:
            _remember(unit, command.idempotency, existing)
            holder = unit.roster.sentinel(existing.assigned_to)
            return Submitted(existing, holder, unit.roster, existing=True)
        submission.check_room(unit, command, self._max_open)
        await submission.spend(unit, command)
        request, events = self._placed(unit, command)
        unit.add(request, events)
        unit.send(self._announcer.announce(request, events, unit.roster))
        _remember(unit, command.idempotency, request)
        return Submitted(
            request,
            unit.roster.sentinel(request.assigned_to),
            unit.roster,
            uncovered=request.state is State.PENDING and not covered(request, unit.roster),
        )

    def _placed(self, unit: Unit, command: Submit) -> assignment.Step:
        request = submission.new(unit, command)
        data = {"agent": request.agent_id, "payload_sha256": payload_sha256(request)}
        submitted = Event(EventKind.SUBMITTED, request.id, unit.now, command.caller.name, data)
        placed, events = assignment.place_new(request, unit.roster, unit.now)
        return placed, [submitted, *events]

    async def _decide(self, command: Decide, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        action = deciding.ACTIONS.get(command.verdict)
        if action is None:
            raise InvalidField("verdict", "must be approved, rejected or modified")
        check(request, action, unit.now)
        sentinel = decider(request, command.by, unit.roster)
        deciding.check_fit(command, request, unit.roster)
        decision = Decision(
            command.verdict,
            unit.now,
            sentinel.id,
            sentinel.name,
            sentinel.email,
            stripped(command.reasoning),
            command.modified,
            command.answers,
        )
        event = escalation.decided(request, decision, sentinel.name)
        decided = advance(request, action, State.DECIDED, unit.now, decision=decision)
        return await self._end(unit, decided, [event])

    async def _escalate(self, command: Escalate, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        check(request, Action.ESCALATE, unit.now)
        sentinel = decider(request, command.by, unit.roster)
        words = stripped(command.reasoning)
        if words is None:
            raise ReasoningRequired
        raised, events = escalation.by_person(request, sentinel, words, command.target, unit.roster, unit.now)
        return await self._end(unit, raised, events)

    async def _cancel(self, command: Cancel, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        wire = {**request.wire, VOID: True} if command.void else request.wire
        cancelled = advance(request, Action.CANCEL, State.CANCELLED, unit.now, wire=wire)
        data = {VOID: True} if command.void else {}
        event = Event(EventKind.CANCELLED, request.id, unit.now, command.actor, data)
        return await self._end(unit, cancelled, [event])

    async def _start(self, command: Start, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        check(request, Action.START, unit.now)
        sentinel = decider(request, command.by, unit.roster)
        if request.started_at is not None:
            return request
        started = advance(request, Action.START, request.state, unit.now, started_at=unit.now)
        return self._keep(unit, started, [Event(EventKind.STARTED, request.id, unit.now, sentinel.name)])

    async def _ask(self, command: Ask, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        check(request, Action.ASK, unit.now)
        sentinel = decider(request, command.by, unit.roster)
        words = stripped(command.question)
        if words is None:
            raise InvalidField("question", "can't be blank")
        told = await unit.timeline(request.id)
        if questions.waits(told, sentinel.name, words):
            return request
        number = questions.next_number(told)
        asked = advance(request, Action.ASK, request.state, unit.now)
        data = {"number": number, "question": words, "by": sentinel.name}
        return self._keep(unit, asked, [Event(EventKind.ASKED, request.id, unit.now, sentinel.name, data)])

    async def _answer(self, command: Answer, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        check(request, Action.ANSWER, unit.now)
        words = stripped(command.text)
        if words is None:
            raise InvalidField("answer", "can't be blank")
        questions.check_open(request, await unit.timeline(request.id), command.number)
        answered = advance(request, Action.ANSWER, request.state, unit.now)
        data = {"number": command.number, "answer": words}
        event = Event(EventKind.ANSWERED, request.id, unit.now, command.actor, data)
        return self._keep(unit, answered, [event])

    async def _rate(self, command: Rate, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        if not 1 <= command.rating <= 5:
            raise InvalidField("rating", "must be 1 to 5")
        unit.rate(request.id, command.rating, command.comment)
        data = {"rating": command.rating, "comment": command.comment}
        unit.note([Event(EventKind.RATED, request.id, unit.now, command.actor, data)])
        return request

    async def _amend(self, command: Amend, unit: Unit) -> ApprovalRequest:
        request = await self._meant(unit, command.request)
        check(request, Action.AMEND, unit.now)
        changes = amendment.changes(command, request, unit.roster, unit.now)
        moved, given = amendment.reassignment(command, request, unit.roster, unit.now)
        amended = advance(request, Action.AMEND, request.state, unit.now, **changes, **moved)
        data = {"fields": sorted(changes), "payload_sha256": payload_sha256(amended)}
        event = Event(EventKind.AMENDED, request.id, unit.now, command.actor, data)
        return self._keep(unit, amended, [event, *given])

    async def _end(self, unit: Unit, request: ApprovalRequest, events: Sequence[Event]) -> ApprovalRequest:
        """Keep a request that may just have been decided, with its evidence."""
        if request.decision is not None:
            proof = evidence(request, request.decision, await unit.timeline(request.id))
            request = replace(request, decision=replace(request.decision, evidence=proof))
        return self._keep(unit, request, events)

    def _keep(self, unit: Unit, request: ApprovalRequest, events: Sequence[Event]) -> ApprovalRequest:
        unit.save(request, events)
        unit.send(self._announcer.announce(request, events, unit.roster))
        return request

    async def _meant(self, unit: Unit, ref: ids.RequestRef) -> ApprovalRequest:
        """The request that a command names. Raises RequestNotFound."""
        return self._admitted(await unit.request(ref), ref)

    def _admitted(self, request: ApprovalRequest, ref: ids.RequestRef) -> ApprovalRequest:
        if not self._restrictions.admit(request):
            raise RequestNotFound(ref)
        return request

    # Idempotency

    async def _once(
        self, command: Decide | Escalate, work: Callable[[Unit], Awaitable[ApprovalRequest]]
    ) -> Done:
        async def run(unit: Unit) -> Done:
            seen = await self._seen(unit, command.idempotency)
            if seen is not None:
                return Done(await self._same(unit, command, seen), seen.answer)
            request = await work(unit)
            _remember(unit, command.idempotency, request)
            return Done(request)

        return await self._store.write(command.project, run)

    async def _same(self, unit: Unit, command: Decide | Escalate, seen: Remembered) -> ApprovalRequest:
        """The request named, if it is the one remembered: an answer never stands for another request."""
        request = await self._meant(unit, command.request)
        if command.idempotency is not None and request.id != seen.request_id:
            promised = command.idempotency
            raise IdempotencyConflict(promised.key, seen.body_sha256, promised.body_sha256)
        return request

    async def _seen(self, unit: Unit, idempotency: Idempotency | None) -> Remembered | None:
        if idempotency is None:
            return None
        seen = await unit.remembered(idempotency.scope, idempotency.key)
        if seen is not None and seen.body_sha256 != idempotency.body_sha256:
            raise IdempotencyConflict(idempotency.key, seen.body_sha256, idempotency.body_sha256)
        return seen


def _remember(unit: Unit, idempotency: Idempotency | None, request: ApprovalRequest) -> None:
    if idempotency is not None:
        rendered = idempotency.render(request, unit.roster)
        answer = Remembered(idempotency.body_sha256, request.id, rendered)
        unit.remember(idempotency.scope, idempotency.key, answer)
