"""How the file of a team stands to what is applied."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import deskfile
from app import Desk
from approvals.applying import difference
from approvals.model import ProjectId, Roster
from deskfile import DeskfileError


class Standing(Enum):
    """What came of comparing. The value says it in a sentence, after the file's name."""

    APPLIED = "is applied"
    DIFFERENT = "differs from what is applied; `sentinel-desk apply` applies it"
    MISSING = "is not there; DESK_CONFIG says where it is"
    WRONG = "has mistakes; `sentinel-desk apply --dry-run` shows them"
    UNREADABLE = "cannot be read"


def compare(file: Path, rosters: Mapping[ProjectId, Roster]) -> Standing:
    """How the file stands to the rosters of all projects."""
    if not file.exists():
        return Standing.MISSING
    try:
        wanted = deskfile.parse(file.read_text("utf-8"), str(file)).wanted
    except DeskfileError:
        return Standing.WRONG
    except (UnicodeDecodeError, OSError):
        return Standing.UNREADABLE
    roster = rosters.get(wanted.project, Roster(wanted.project))
    return Standing.DIFFERENT if difference(roster, wanted) else Standing.APPLIED


async def rosters(desk: Desk) -> dict[ProjectId, Roster]:
    """The roster of every project."""
    return {project: await desk.store.roster(project) for project in await desk.store.agenda.projects()}
