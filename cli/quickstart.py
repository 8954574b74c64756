"""`quickstart`: from nothing to a desk with a team, a key and a first request. `make run` calls it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import settings
from app import Desk, open_desk
from approvals import routing
from approvals.applying import difference
from approvals.issuing import Issue, issue
from approvals.keys import Scope
from approvals.model import ProjectId, Sentinel
from cli import environment, output, serve
from cli.apply import read
from cli.explain import imagined
from cli.options import DEFAULT_PROJECT
from deskfile import Parsed
from settings import Settings

LOOPBACK = "127.0.0.0/8,::1/128"
KEY_FILE = "demo-key"
PROJECT = ProjectId(DEFAULT_PROJECT)

FIRST_REQUEST: dict[str, Any] = {
    "agent_id": "my-agent",
    "agent_name": "QuoteBot Agent",
    "request_type": "compliance",
    "domain": "legal",
    "jurisdiction": "Québec",
    "summary": "Validate Bill 25 compliance for this service contract",
    "context_json": {"contract_id": "CTR-2026-0412", "amount": 50000, "parties": ["Acme Corp", "Client XYZ"]},
}
"""What the reference of the primary dialect asks first."""


def quickstart(
    data: Annotated[Path, typer.Option(help="Where everything is kept.", file_okay=False)] = Path(".desk"),
) -> None:
    """Start a desk on this machine, with a local Slack, the team of desk.yml and a demo key."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = environment.complete(
        settings.load(
            slack="local",
            database_url=f"sqlite:///{(data / 'desk.db').absolute()}",
            callback_allow=LOOPBACK,
            log_level="warning",
        )
    )
    parsed = read(found.config, found)
    kept = _read(data / KEY_FILE)
    ready = asyncio.run(_prepare(found, parsed, kept))
    if ready.key != kept:
        _keep(data / KEY_FILE, ready.key)
    serve.run(found, lambda url: output.at_once(_welcome(url, ready, found, data)))


@dataclass(frozen=True, slots=True)
class Ready:
    """What was prepared: how the file stands to the desk, the demo key, who gets FIRST_REQUEST."""

    team: str
    key: str
    holder: Sentinel | None


async def _prepare(found: Settings, parsed: Parsed, kept: str) -> Ready:
    """Apply desk.yml to an empty desk, and find or make the demo key."""
    async with open_desk(found) as desk:
        team, key = await _team(desk, parsed), await _demo_key(desk, kept)
        roster = await desk.store.roster(PROJECT)
        place = FIRST_REQUEST["domain"], FIRST_REQUEST["jurisdiction"], FIRST_REQUEST["request_type"]
        request = imagined(PROJECT, *place, None, desk.clock())
        seat = routing.choose(request, roster, desk.clock())
        return Ready(team, key, seat.sentinel if seat else None)


async def _team(desk: Desk, parsed: Parsed) -> str:
    file, command = desk.settings.config, f"{_ourselves()} apply {desk.settings.config}"
    roster = await desk.store.roster(parsed.wanted.project)
    if roster.version == 0:
        await desk.clockwork.apply(parsed.wanted)
        return f"{file} is applied; after a change: {command}"
    if difference(roster, parsed.wanted):
        return f"{file} differs from what is applied; to apply it: {command}"
    return f"{file} is applied"


async def _demo_key(desk: Desk, kept: str) -> str:
    if kept and await desk.store.keys.find(kept):
        return kept
    wanted = Issue(PROJECT, "demo", frozenset({Scope.REQUESTS}))
    fresh = issue(wanted, desk.clock())
    await desk.store.keys.create(fresh.key, fresh.text, fresh.webhook_secret)
    return fresh.text


def _read(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def _keep(file: Path, text: str) -> None:
    """Write the key where only its owner can read it."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text + "\n")


def _welcome(url: str, ready: Ready, found: Settings, data: Path) -> str:
    body = shlex.quote(json.dumps(FIRST_REQUEST, ensure_ascii=False))
    holder = ready.holder.name if ready.holder else "nobody yet"
    listing = f"{url}/ai-request?agent_id={FIRST_REQUEST['agent_id']}"
    return f"""Sentinel Desk answers on {url}

  Slack     {_slack(url, found, ready.holder)}
  team      {ready.team}
  demo key  {ready.key}
  data      {data}

Ask for a decision:

  curl -s {url}/ai-request -H 'x-api-key: {ready.key}' -H 'content-type: application/json' -d {body}

It goes to {holder}. Open the Slack page and decide; then ask what was said:

  curl -s '{listing}' -H 'x-api-key: {ready.key}'

Ctrl-C stops the desk; `make run` finds everything again.
"""


def _slack(url: str, found: Settings, holder: Sentinel | None) -> str:
    """Where cards are to be seen."""
    if found.slack != "local":
        return f"DESK_SLACK={found.slack}"
    return f"{url}/workspace/" + (f"?user={holder.email}" if holder and holder.email else "")


def _ourselves() -> str:
    """How this command was called, as short as it still works from here."""
    called = Path(sys.argv[0])
    if called.name != "sentinel-desk":
        return "sentinel-desk"
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else str(called)
