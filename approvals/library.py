"""What a project keeps besides its requests: templates, feedback, totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from approvals.model import Json, ProjectId


@dataclass(frozen=True, slots=True)
class Template:
    """A form in which a request is decided. `fields` are as the client wrote them.

    `version` rises with every change; a request keeps the version that it was made with.
    """

    id: str
    project: ProjectId
    name: str
    description: str | None
    fields: tuple[Mapping[str, Json], ...]
    version: int
    created_at: datetime
    updated_at: datetime


def snapshot(template: Template) -> dict[str, Json]:
    """What a request keeps of its template in `wire`, so that a later change of it changes no request."""
    form = {
        "id": template.id,
        "version": template.version,
        "name": template.name,
        "fields": [dict(one) for one in template.fields],
    }
    return {"template_id": template.id, "template": form}


@dataclass(frozen=True, slots=True)
class Stats:
    """A project in numbers: requests by outcome (or state while open), and the feedback given."""

    by_outcome: Mapping[str, int] = field(default_factory=dict)
    ratings: int = 0
    average_rating: float | None = None
    mean_seconds_to_decision: float | None = None
