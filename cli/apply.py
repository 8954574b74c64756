"""`apply`: make a project what its desk.yml says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import deskfile
import settings
from app import Desk
from approvals.applying import Change, difference
from cli import environment, output
from cli.failure import CommandFailed
from cli.opened import on_desk
from cli.options import AsJson, DryRun
from deskfile import DeskfileError, Mistake, Parsed
from scheduler.guard import Guard
from settings import Settings

File = Annotated[
    Path | None, typer.Argument(help="The file to apply. Default: what DESK_CONFIG names.", metavar="FILE")
]


def apply(file: File = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Make a project what FILE says: all of it, or nothing where there is a mistake."""
    found = environment.beside(settings.load())
    parsed = read(file or found.config, found, as_json)
    changes, others = on_desk(lambda desk: _apply(desk, parsed, dry_run), fresh=True)
    if others:
        output.remark(f"note: project {parsed.wanted.project} is new; there are: {', '.join(others)}")
    if as_json:
        return output.json(_as_json(parsed, changes, applied=not dry_run))
    for note in parsed.notes:
        output.remark(f"note: {note}")
    for change in changes:
        output.say(output.visible(str(change)))
    output.say(_summary(parsed.wanted.project, len(changes), dry_run))
    return None


def read(file: Path, found: Settings, as_json: bool = False) -> Parsed:
    """The file's content; raises CommandFailed after every mistake has been printed."""
    try:
        return deskfile.parse(file.read_text("utf-8"), str(file), Guard(found.callback_allow).refusal)
    except DeskfileError as error:
        _print(error.mistakes, as_json)
        count = len(error.mistakes)
        raise CommandFailed(f"{file} has {count} mistake{'s'[: count > 1]}; nothing was changed") from error
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file} is not UTF-8 text") from error
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from error


async def _apply(desk: Desk, parsed: Parsed, dry_run: bool) -> tuple[Sequence[Change], Sequence[str]]:
    """What changes, and the projects that are there instead of the file's, if that is not among them."""
    project, projects = parsed.wanted.project, await desk.store.agenda.projects()
    others = [] if project in projects else sorted(projects)
    if dry_run:
        return difference(await desk.store.roster(project), parsed.wanted), others
    return await desk.clockwork.apply(parsed.wanted), others


def _print(mistakes: Sequence[Mistake], as_json: bool) -> None:
    if as_json:
        return output.json({"mistakes": [_place(mistake) for mistake in mistakes]})
    for mistake in mistakes:
        output.remark(output.visible(str(mistake)))
    return None


def _summary(project: str, count: int, dry_run: bool) -> str:
    if not count:
        return f"project {project} is as the file says; nothing to change"
    changes = f"{count} change{'s'[: count > 1]}"
    return (
        f"{changes} would be made to project {project}" if dry_run else f"{changes} made to project {project}"
    )


def _as_json(parsed: Parsed, changes: Sequence[Change], *, applied: bool) -> dict[str, object]:
    return {
        "project": parsed.wanted.project,
        "applied": applied,
        "changes": [{"sign": c.sign, "what": c.what, "detail": c.detail} for c in changes],
        "notes": [_place(note) for note in parsed.notes],
    }


def _place(mistake: Mistake) -> dict[str, object]:
    return {
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "field": mistake.field,
        "text": mistake.text,
    }
