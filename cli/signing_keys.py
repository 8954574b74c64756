"""`signing-keys`: the key pairs that sign a project's webhooks beside the shared secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from app import Desk
from approvals import times
from approvals.model import PublicKey
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk, project_named
from cli.options import DEFAULT_PROJECT, AsJson, Project

app = typer.Typer(no_args_is_help=True, help="Key pairs that sign webhooks (v1a): list and rotate them.")


@app.command("list")
def listing(project: Project = DEFAULT_PROJECT, as_json: AsJson = False) -> None:
    """List the public keys. A receiver that checks with one holds nothing that could sign."""

    async def job(desk: Desk) -> list[PublicKey]:
        known = await project_named(desk, project)
        await desk.store.signing.private(known)
        return list(await desk.store.signing.public(known))

    found = on_desk(job)
    if as_json:
        return output.json({"keys": [_facts(key) for key in found]})
    columns = ("id", "public key", "made", "signs until")
    return output.table(columns, [(k.id, k.text, k.created_at, k.ends_at) for k in found], "no keys")


@app.command()
def rotate(
    project: Project = DEFAULT_PROJECT,
    overlap: Annotated[str, typer.Option(help="How long the old key signs on: 24h, 0s.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Make a new pair. The one before signs beside it for the overlap."""
    span = timedelta() if overlap == "0s" else times.duration(overlap)
    if span is None:
        raise CommandFailed(f"--overlap {overlap}: write 90s, 30m, 48h or 7d", MISUSED)

    async def job(desk: Desk) -> PublicKey:
        return await desk.store.signing.rotate(await project_named(desk, project), span)

    made = on_desk(job)
    if as_json:
        return output.json(_facts(made))
    return output.say(f"{made.id}  {made.text}")


def _facts(key: PublicKey) -> dict[str, object]:
    return {
        "id": key.id,
        "public_key": key.text,
        "created_at": key.created_at,
        "ends_at": key.ends_at,
    }
