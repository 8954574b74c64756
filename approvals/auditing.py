"""What must always be true of what is kept, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from approvals.model import ProjectId


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that always holds; `number` is its place in docs/reliability.md."""

    number: str
    meaning: str


TRUTHS: Mapping[str, Truth] = {
    "answered_is_kept": Truth("I-2", "what was answered under an idempotency key is there"),
    "one_end": Truth("I-4", "an end is on the record once, and nothing open has one"),
    "in_time": Truth("I-5", "nothing is decided at or after its deadline, nothing expires before it"),
    "told": Truth("I-7", "the end of a request is in the outbox of its callback"),
    "evidence": Truth("I-8", "a decision has its evidence"),
    "no_stuck_message": Truth("I-11", "a message that waits is in a lane that will be looked at"),
    "nothing_late": Truth("I-14", "nothing has been due for over a minute"),
    "told_once": Truth("I-19", "the end of a request is in the outbox once for each receiver"),
    "chain_whole": Truth("I-23", "the audit chain has no gap and ends where its project says"),
    "every_change_recorded": Truth(
        "I-23", "every version of a request has its event, every event its request"
    ),
    "loads_true": Truth("I-23", "a Sentinel's load is the number of open requests that they hold"),
    "tallies_true": Truth("I-23", "the totals of lists are what a count says"),
}

LATE = timedelta(seconds=60)
"""How long something may have been due before that is wrong."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that should be impossible. `truth` is a word of TRUTHS, `subject` an id or a place."""

    truth: str
    project: ProjectId
    subject: str

    def __str__(self) -> str:
        truth = TRUTHS[self.truth]
        return f"{truth.number} does not hold in project {self.project}: {truth.meaning} ({self.subject})"
