"""Asks each minute whether what must always be true is true, apart from everything that makes it so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

import structlog

from approvals.auditing import TRUTHS, Violation
from approvals.errors import StoreUnavailable

log = structlog.get_logger(__name__)

EVERY_S = 60.0


class Auditor:
    """Sweeps while it is entered (`async with`)."""

    def __init__(
        self,
        sweep: Callable[[], Awaitable[Sequence[Violation]]],
        audited: Callable[[Sequence[Violation]], None],
        every_s: float = EVERY_S,
    ) -> None:
        """`audited` hears what each sweep has found."""
        self._sweep = sweep
        self._audited = audited
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_looking(), name="auditor")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                found = await self._sweep()
            except StoreUnavailable:
                log.warning("audit_without_database")
            except Exception:
                log.exception("audit_failed")
            else:
                self._audited(found)
                for violation in found:
                    log.error(
                        "invariant_violated",
                        invariant=TRUTHS[violation.truth].number,
                        truth=violation.truth,
                        project=violation.project,
                        subject=violation.subject,
                    )
