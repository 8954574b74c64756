"""`demo`: three requests go from agents to people and back, over real HTTP and a local Slack."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from importlib import resources
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

import deskfile
from app import open_desk, running
from approvals.issuing import Issue, Issued, issue
from approvals.keys import Rate, Scope
from approvals.model import ProjectId
from cli import output
from cli.demo.agent import Agent, receiving
from cli.demo.board import board
from cli.demo.play import WORKSPACE, Play
from cli.demo.scenes import SCENES
from cli.failure import CommandFailed
from cli.options import AsJson
from settings import Settings
from workspace.driver import NeverSeen


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the desk running, for you to click.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch three requests go from agents to people and back, on a desk made for it."""
    with tempfile.TemporaryDirectory(prefix="sentinel-desk-demo-") as folder:
        try:
            asyncio.run(_demo(_settings(Path(folder)), keep, as_json))
        except (TimeoutError, NeverSeen) as error:
            raise CommandFailed(f"the demo stopped: {error or 'nothing came in time'}") from error


def _settings(folder: Path) -> Settings:
    """Settings of its own, whatever the environment says."""
    return Settings(
        slack="local",
        secret=SecretStr(secrets.token_hex(32)),
        host="127.0.0.1",
        port=0,
        public_url=None,
        database_url=f"sqlite:///{folder / 'desk.db'}",
        config=folder / "desk.yml",
        callback_allow=(ip_network("127.0.0.0/8"),),
        rate_limit=Rate(1000, 60),
        insecure_open=False,
    )


async def _demo(settings: Settings, keep: bool, as_json: bool) -> None:
    key = await _prepare(settings)
    async with running(settings) as url, receiving() as receiver:
        if not as_json:
            output.at_once(f"A desk for this demo answers on {url}, its Slack on {url}{WORKSPACE}\n")
        play = Play(Agent(url, key.text), receiver, key.webhook_secret)
        with board([scene.name for scene in SCENES], quiet=as_json) as tell:
            outcomes = [await play.scene(scene, tell) for scene in SCENES]
        if as_json:
            output.at_once({"url": url, "requests": outcomes})
        if keep:
            output.remark(f"\nIt goes on until Ctrl-C. Slack: {url}{WORKSPACE}  key: {key.text}")
            await asyncio.Event().wait()


async def _prepare(settings: Settings) -> Issued:
    """A team, and a key for the agents."""
    team = resources.files("cli.demo").joinpath("team.yml").read_text("utf-8")
    async with open_desk(settings) as desk:
        await desk.clockwork.apply(deskfile.parse(team, "team.yml").wanted)
        wanted = Issue(ProjectId("default"), "demo", frozenset({Scope.REQUESTS}))
        fresh = issue(wanted, desk.clock())
        await desk.store.keys.create(fresh.key, fresh.text, fresh.webhook_secret)
        return fresh
