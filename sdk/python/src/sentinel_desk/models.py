"""What the desk says: requests, decisions and questions. All values are frozen.

Source: the Human Approval reference, with `outcome`, `warnings` and the questions added by the desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Status(StrEnum):
    """Where a request stands, in the words of the Human Approval dialect."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


def _listed(value: object) -> object:
    return () if value is None else value


Warnings = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Decision(BaseModel):
    """How a request ended.

    `outcome` is the finer word: `approved`, `rejected`, `expired`, `cancelled`, `escalated` or
    `modified`. `note` are the person's words, `payload` is what was decided on: the dict that was
    sent, or whatever JSON came through another door of the desk.
    A decision is true in a condition only if it is an approval.
    """

    model_config = ConfigDict(frozen=True)

    request_id: str
    status: Status
    outcome: str
    payload: Any = Field(repr=False)
    note: str | None = None
    decided_at: datetime | None = None
    decided_by_id: str | None = None

    @property
    def approved(self) -> bool:
        """Whether the agent may go on: both words must say so."""
        return self.status is Status.APPROVED and self.outcome == Status.APPROVED

    def __bool__(self) -> bool:
        """`if request.wait_for_decision(): …` must not run on a rejection."""
        return self.approved


class RequestFields(BaseModel):
    """A request as the desk last showed it. Times are timezone-aware; absent values are None."""

    model_config = ConfigDict(frozen=True)

    id: str
    status: Status
    title: str | None = None
    description: str | None = Field(default=None, repr=False)
    external_id: str | None = None
    payload: Any = Field(repr=False)
    inserted_at: datetime | None = None
    expires_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by_id: str | None = None
    decision_note: str | None = None
    outcome: str | None = None
    warnings: Warnings = ()

    def __repr_args__(self) -> Iterator[tuple[str, str]]:
        """What tells it from others in a log: no times, and nothing of what is asked but its title."""
        for name in ("id", "status", "outcome", "title"):
            value = getattr(self, name)
            if value is not None:
                yield name, str(value)

    @property
    def decision(self) -> Decision | None:
        """How it ended, None while it is open."""
        if self.status is Status.PENDING:
            return None
        return Decision(
            request_id=self.id,
            status=self.status,
            outcome=self.outcome or self.status.value,
            payload=self.payload,
            note=self.decision_note,
            decided_at=self.decided_at,
            decided_by_id=self.decided_by_id,
        )

    @property
    def ended(self) -> Decision:
        """How it ended. Raises LookupError while it is open."""
        decision = self.decision
        if decision is None:
            raise LookupError(f"{self.id} is still open")
        return decision


R = TypeVar("R", bound=RequestFields)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the project's requests, newest first; `next_cursor` is None on the last page."""

    requests: tuple[R, ...]
    next_cursor: str | None = None

    def __iter__(self) -> Iterator[R]:
        """The requests of this page."""
        return iter(self.requests)


class Question(BaseModel):
    """What a person asks before deciding; `number` counts from 1 on each request."""

    model_config = ConfigDict(frozen=True)

    number: int
    question: str
    asked_by: str | None = None
    asked_at: datetime | None = None
    answer: str | None = None
    answered_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.answer is None
