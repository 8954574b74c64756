"""What units want written, gathered until the whole group is."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from approvals.applying import Wanted
from approvals.events import Event
from approvals.ids import RequestRef
from approvals.model import ApprovalRequest, ProjectId, RequestId

Facet = tuple[str, str, str]
"""Facet, value and status of a tally."""


@dataclass(slots=True)
class Changes:
    """What one unit, or several in a row, want written."""

    added: dict[RequestId, ApprovalRequest] = field(default_factory=dict)
    saved: dict[RequestId, ApprovalRequest] = field(default_factory=dict)
    read_version: dict[RequestId, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    remembered: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    tallies: Counter[Facet] = field(default_factory=Counter)
    wanted: Wanted | None = None

    def __bool__(self) -> bool:
        return bool(
            self.added
            or self.saved
            or self.events
            or self.deliveries
            or self.remembered
            or self.usage
            or self.feedback
            or self.wanted
        )

    def find(self, project: ProjectId, ref: RequestRef) -> ApprovalRequest | None:
        """A request as these changes leave it, None where they do not touch it."""
        if isinstance(ref, str):
            return self.saved.get(ref) or self.added.get(ref)
        touched = (*self.saved.values(), *self.added.values())
        return next((r for r in touched if r.number == ref and r.project == project), None)

    def take(self) -> Changes:
        """Hand everything over and be empty."""
        taken, empty = copy(self), Changes()
        for name in Changes.__slots__:
            setattr(self, name, getattr(empty, name))
        return taken

    def merge(self, later: Changes) -> None:
        """Add the changes of a unit that came after."""
        for request in later.saved.values():
            home = self.added if request.id in self.added else self.saved
            home[request.id] = request
        for request_id, version in later.read_version.items():
            self.read_version.setdefault(request_id, version)
        self.added.update(later.added)
        self.events.extend(later.events)
        self.deliveries.extend(later.deliveries)
        self.remembered.extend(later.remembered)
        self.usage.extend(later.usage)
        self.feedback.extend(later.feedback)
        self.tallies.update(later.tallies)
        self.wanted = later.wanted or self.wanted
