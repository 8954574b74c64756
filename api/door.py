"""The way in and out of every route: key, scope, rate, then the handler; on the way out the headers.

Whatever goes wrong inside leaves in the dialect's own shape. What nobody foresaw is logged by
type and place, never with values, and answered as a server error.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import traceback
from collections.abc import Callable

from aiohttp import web
from structlog.contextvars import bind_contextvars

from api.answers import answer
from api.auth import authenticated, permit, permit_from
from api.callers import client
from api.conditional import conditional
from api.idempotency import once
from api.keyless import shows_no_key, visitor
from api.limits import Limiter, Standing, TooOften, monthly
from api.ops import Call, Mount, Op
from api.parts import ApiDesk
from api.problems import UNEXPECTED, Problem, Refused, problem_of
from approvals.errors import ApprovalError, RestrictedKey
from approvals.keys import Key
from failpoints import fail

log = logging.getLogger(__name__)


def numbers() -> Callable[[], str]:
    """A source of request ids: `req_` and 20 hex digits, unlike those of every other process."""
    prefix, count = f"req_{secrets.token_hex(6)}", itertools.count(1)
    return lambda: f"{prefix}{next(count):08x}"


class Door:
    """One route as aiohttp calls it."""

    def __init__(
        self, op: Op, mount: Mount, desk: ApiDesk, limiter: Limiter, number: Callable[[], str]
    ) -> None:
        self._op = op
        self._mount = mount.name
        self._shape = mount.shape
        self._essence = mount.essence
        self._keyless = mount.keyless and desk.config.insecure_open
        self._desk = desk
        self._limiter = limiter
        self._number = number

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        call_id = self._number()
        # Each request has a task, and so a context, of its own.
        bind_contextvars(call=call_id)
        key: Key | None = None
        standing: Standing | None = None
        too_often = False
        try:
            key = await self._key(request)
            permit(key, self._op.scopes)
            if key.restrictions and self._op.project_wide:
                raise RestrictedKey
            standing = await self._counted(key)
            desk = self._desk.within(key.restrictions)
            response = await once(Call(self._op, request, desk, call_id, key))
            if self._op.tagged:
                response = conditional(request, response, self._essence)
        except Exception as error:  # noqa: BLE001 - the one place where everything ends
            response = self._refusal(self._problem(error, call_id), call_id)
            if isinstance(error, TooOften):
                standing, too_often = error.standing, True
        # A first answer that is given again keeps the id that stands in its body.
        response.headers.setdefault("X-Request-Id", call_id)
        if key is not None:
            if key.quota is not None and not too_often:
                standing = await self._of_quota(key) or standing
            if standing is not None:
                response.headers.update(standing.headers())
        self._desk.meter.answered(self._mount, response.status)
        fail("answer.before")
        log.debug("%s %s answered %d", self._op.method, self._op.path, response.status)
        return response

    async def _key(self, request: web.Request) -> Key:
        if self._keyless and shows_no_key(request.headers):
            return visitor(request, self._desk.clock())
        key = await authenticated(request.headers, self._desk.keys)
        bind_contextvars(key=key.id)
        self._check_from(key, request)
        return key

    def _check_from(self, key: Key, request: web.Request) -> None:
        if not key.networks:
            return
        try:
            permit_from(key, client(request, self._desk.config.trusted_proxies))
        except Refused:
            log.warning("a key was shown from where it may not be used")
            self._desk.meter.strayed(self._mount)
            raise

    async def _counted(self, key: Key) -> Standing | None:
        now = self._desk.clock()
        limiter = self._limiter
        return await (limiter.take(key, now) if self._op.creates else limiter.standing(key, now))

    async def _of_quota(self, key: Key) -> Standing | None:
        try:
            return await monthly(self._desk.keys, key, self._desk.clock())
        except ApprovalError:
            # The answer itself stands; only what is left of the quota is not known now.
            return None

    def _problem(self, error: Exception, call_id: str) -> Problem:
        if isinstance(error, Refused):
            return error.problem
        if isinstance(error, ApprovalError):
            return problem_of(error, self._desk.clock())
        log.error("%s %s failed (%s): %s", self._op.method, self._op.path, call_id, _place(error))
        return UNEXPECTED

    def _refusal(self, problem: Problem, call_id: str) -> web.Response:
        response = answer(self._shape(problem, call_id, self._desk.clock()), problem.status)
        response.headers.update(problem.headers)
        return response


def _place(error: Exception) -> str:
    """Type and place of an error, the innermost frame first, without a single value."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = " < ".join(f"{f.filename.rsplit('/', 2)[-1]}:{f.lineno} {f.name}" for f in frames)
    return f"{type(error).__name__} at {places}"
