"""The auditor: asks the rows themselves whether what must always be true is true.

It shares nothing with the code that writes them. Each question is one statement, so that it sees one
state of the database; it selects what is wrong. `approvals.auditing` says what each stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Executable,
    String,
    and_,
    bindparam,
    case,
    cast,
    except_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.exc import SQLAlchemyError

from approvals.auditing import LATE, Violation
from approvals.errors import StoreUnavailable
from approvals.model import ProjectId, State
from store import retention, tables
from store.columns import unindexed
from store.connections import Engines
from store.facets import KEY
from store.promises import NO_REQUEST

T = TypeVar("T")

WINDOW = 5_000
"""How many events one question looks back on: a short read, whatever there is in all."""

FIRST_LOOK = 10_000
"""How far back the first sweep of a process looks."""

MOST = 20
"""How much that is wrong is named at a time; one would be too much."""

_r, _e, _d, _l = (t.c for t in (tables.requests, tables.events, tables.deliveries, tables.lanes))
_p, _s, _t, _i = (t.c for t in (tables.projects, tables.sentinels, tables.tallies, tables.idempotency))

_project: BindParameter[Any] = bindparam("project")
_after: BindParameter[Any] = bindparam("after", type_=_e.n.type)
_until: BindParameter[Any] = bindparam("until", type_=_e.n.type)
_moment = bindparam("moment", type_=_r.due_at.type)
_pruned: BindParameter[Any] = bindparam("pruned", type_=_r.due_at.type)

_OPEN = ("pending", "assigned", "started")
_ended = _r.state.in_([state.value for state in State if state.terminal])
_window = and_(_e.project_id == _project, _e.n > _after, _e.n <= _until)
_of_project = unindexed(_r.project_id) == _project
_touched = and_(_r.id.in_(select(_e.request_id).where(_window)), _of_project)


def _events(*conditions: ColumnElement[bool]) -> Any:
    """How many events of the request there are."""
    own = and_(_e.request_id == _r.id, unindexed(_e.project_id) == _r.project_id, *conditions)
    return select(func.count()).select_from(tables.events).where(own).scalar_subquery()


def _kind(word: Any) -> ColumnElement[bool]:
    # A record's keys are in order, so `kind` stands before `n`; in somebody's words the quotes are escaped.
    return _e.record.like(literal('%,"kind":"').concat(word).concat('","n":%'))


_some_end = or_(*(_kind(state.value) for state in State if state.terminal))
_to_callback = and_(
    _d.request_id == _r.id,
    _d.signer == literal("key:").concat(_r.key_id),
    _d.created_at == _r.ended_at,
)
_own_evidence = literal('%,"evidence":{"request_id":"').concat(_r.id).concat('"%')
_last = select(func.max(_e.n)).where(_e.project_id == _p.id).scalar_subquery()
_head = select(_e.hash).where(_e.project_id == _p.id, _e.n == _p.chain_n).scalar_subquery()
_held = and_(
    _r.project_id == _s.project_id,
    _r.assigned_to == _s.number,
    _r.status.in_(("assigned", "started")),
    _r.state == "assigned",
)
_counted = and_(_r.project_id == _t.project_id, _r.status == _t.status)


def _count(condition: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(tables.requests).where(condition).scalar_subquery()


LATELY: Mapping[str, tuple[Executable, ...]] = {
    "one_end": (
        select(_r.id).where(_touched, _events(_some_end) != case((_ended, 1), else_=0)),
        select(_r.id).where(_touched, _ended, _events(_kind(_r.state)) != 1),
    ),
    "in_time": (
        select(_r.id).where(_touched, _r.state == "expired", _r.ended_at < _r.expires_at),
        select(_r.id).where(_touched, _r.state == "expired", _r.expires_at.is_(None)),
        select(_r.id).where(_touched, _ended, _r.state != "expired", _r.ended_at >= _r.expires_at),
    ),
    "told": (
        select(_r.id).where(
            _touched,
            _ended,
            # What ended before has served its time (see `store.retention`).
            _r.ended_at >= _pruned,
            _r.callback_url.is_not(None),
            ~select(_d.id).where(_to_callback).exists(),
        ),
    ),
    "told_once": (
        select(_d.request_id)
        .join(tables.requests, and_(_r.id == _d.request_id, _r.ended_at == _d.created_at))
        .where(_touched, _d.carrier == "http")
        .group_by(_d.request_id, _d.lane, _d.signer, _d.topic)
        .having(func.count() > 1),
    ),
    "evidence": (
        select(_r.id).where(
            _touched, _r.state == "decided", func.coalesce(_r.decision, "").not_like(_own_evidence)
        ),
    ),
    "chain_whole": (
        select(func.count()).where(_window).having(func.count() != _until - _after),
        select(_p.chain_n).where(_p.id == _project, _p.chain_n != func.coalesce(_last, 0)),
        select(_p.chain_n).where(_p.id == _project, _p.chain_hash != func.coalesce(_head, "")),
    ),
    "every_change_recorded": (
        select(_r.id).where(_touched, _events() < _r.version),
        # An event without a request is about the project itself.
        select(_e.request_id).where(
            _window, _e.request_id != "", _e.request_id.not_in(select(_r.id).where(_touched))
        ),
    ),
}
"""What is asked of the requests that events after `after`, up to `until`, are about."""

NOW: Mapping[str, tuple[Executable, ...]] = {
    "loads_true": (select(_s.number).where(_s.project_id == _project, _s.load != _count(_held)),),
    "tallies_true": (
        select(_t.status).where(
            _t.project_id == _project,
            _t.facet == "all",
            _t.status.in_(_OPEN),
            _t.requests != _count(_counted),
        ),
    ),
    "no_stuck_message": (
        select(_d.id).where(
            _d.lane.in_(select(_l.lane).where(_l.due_at.is_(None))),
            _d.state == "queued",
            _d.project_id == _project,
        ),
    ),
}
"""What is asked of how things stand."""

IN_TIME: Mapping[str, tuple[Executable, ...]] = {
    "nothing_late": (select(_r.id).where(_of_project, _r.due_at < _moment),)
}
"""What is asked where a clock runs."""


def _differing(facet: str, column: Any) -> Executable:
    """The statuses of which a facet's tallies differ from a count of the requests."""
    value = literal("") if column is None else column
    mine = _r.project_id == _project
    counted = select(value, _r.status, cast(func.count(), String)).where(mine, value.is_not(None))
    kept = select(_t.value, _t.status, cast(_t.requests, String)).where(
        _t.project_id == _project, _t.facet == facet, _t.requests != 0
    )
    counted = counted.group_by(value, _r.status) if column is not None else counted.group_by(_r.status)
    missing, too_many = except_(counted, kept).subquery(), except_(kept, counted).subquery()
    return union_all(select(missing.c.status), select(too_many.c.status))


def _open_differing() -> tuple[Executable, Executable]:
    """The keys whose number of open requests differs from a count."""
    mine = and_(_r.project_id == _project, _r.ended_at.is_(None))
    counted = select(_r.key_id.label("key"), cast(func.count(), String)).where(mine).group_by(_r.key_id)
    kept = select(_t.value.label("key"), cast(_t.requests, String)).where(
        _t.project_id == _project, _t.facet == KEY, _t.requests != 0
    )
    missing, too_many = except_(counted, kept).subquery(), except_(kept, counted).subquery()
    return select(missing.c.key), select(too_many.c.key)


IN_ALL: Mapping[str, tuple[Executable, ...]] = {
    "answered_is_kept": (
        select(_i.request_id).where(
            _i.project_id == _project,
            # Some answers are about a webhook, say, and no request.
            _i.request_id != NO_REQUEST,
            _i.request_id.not_in(select(_r.id).where(_r.project_id == _project)),
        ),
    ),
    "tallies_true": (
        _differing("all", None),
        _differing("title", _r.title_key),
        _differing("framework", _r.framework),
        _differing("template_id", _r.template_id),
        *_open_differing(),
    ),
}
"""What takes a look at everything."""


class SqlAuditor:
    """The store's auditor, over all projects. Raises StoreUnavailable."""

    def __init__(self, engines: Engines, clock: Callable[[], datetime] | None) -> None:
        self._engines = engines
        self._clock = clock or _utc_now
        self._seen: dict[ProjectId, int] = {}

    async def sweep(self) -> list[Violation]:
        """What is wrong of what has happened since the last sweep, and of how things stand."""
        found: list[Violation] = []
        for project, head in await self._heads():
            after = min(self._seen.get(project, max(0, head - FIRST_LOOK)), head)
            found += await self._follow(project, after, head)
            found += await self._ask(project, NOW, IN_TIME)
            self._seen[project] = head
        return found

    async def whole(self, project: ProjectId | None = None) -> list[Violation]:
        """What is wrong of all that is kept; what is late is not asked."""
        found: list[Violation] = []
        for name, head in await self._heads():
            if project in {None, name}:
                found += await self._follow(name, 0, head)
                found += await self._ask(name, NOW, IN_ALL)
        return found

    async def _follow(self, project: ProjectId, after: int, head: int) -> list[Violation]:
        found: list[Violation] = []
        for start in range(after, max(head, after + 1), WINDOW):
            found += await self._ask(project, LATELY, after=start, until=min(start + WINDOW, head))
        return found

    async def _ask(
        self, project: ProjectId, *questions: Mapping[str, Iterable[Executable]], **window: int
    ) -> list[Violation]:
        values = {"project": project, "moment": self._clock() - LATE, **window}
        statements = [(truth, one) for asked in questions for truth, some in asked.items() for one in some]

        def ask(connection: Connection) -> list[Violation]:
            pruned = {"pruned": retention.horizon(connection)}
            return [
                Violation(truth, project, str(subject))
                for truth, statement in statements
                for subject in connection.execute(statement, values | pruned).scalars().fetchmany(MOST)
            ]

        return await self._read(ask)

    async def _heads(self) -> list[tuple[ProjectId, int]]:
        def look(connection: Connection) -> list[tuple[ProjectId, int]]:
            return [(ProjectId(name), n) for name, n in connection.execute(select(_p.id, _p.chain_n))]

        return await self._read(look)

    async def _read(self, work: Callable[[Connection], list[T]]) -> list[T]:
        try:
            return await self._engines.read(work)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error


def _utc_now() -> datetime:
    return datetime.now(UTC)
