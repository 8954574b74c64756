"""A desk that people install in their workspace: from the address to the verdict, with a kill in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml

from bot import action_ids
from tests.journeys.process import DESK_YML, CommandFailed, DeskProcess, desk_process
from tests.journeys.test_main_job import ask, start
from tests.journeys.world import World, world
from tests.ports import unused_port

ACME = "T0ACME0001"
MARIE = "marie@example.com"


@pytest.fixture
async def around() -> AsyncIterator[World]:
    """Slack, in which the app is installed nowhere as far as the desk knows."""
    async with world() as made:
        yield made


@pytest.fixture
async def desk(around: World, tmp_path: Path) -> AsyncIterator[DeskProcess]:
    """A running desk with the app's own credentials and no token."""
    port, app = unused_port(), around.workspace.app
    settings = around.slack("http") | {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": app.client_id,
        "SLACK_CLIENT_SECRET": app.client_secret or "",
        "SLACK_AUTHORIZATION_URL": f"{around.workspace.base_url}/oauth/v2/authorize",
        "DESK_PORT": str(port),
        "DESK_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    async with desk_process(tmp_path, **settings) as made:
        await start(around, made)
        yield made


async def install(around: World, desk: DeskProcess, person: str) -> str:
    """Somebody installs the app; the page that they read at the end."""
    async with around.http.get(f"{desk.url}/slack/install", allow_redirects=False) as answer:
        page, state = answer.headers["Location"], answer.cookies["slack-app-oauth-state"].value
    back = await around.person(person).consent(page)
    # A browser would send the cookie by itself, over https.
    cookie = {"Cookie": f"slack-app-oauth-state={state}", "Accept-Language": "fr"}
    async with around.http.get(back, headers=cookie) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_from_installing_to_the_verdict(around: World, desk: DeskProcess, tmp_path: Path) -> None:
    assert (await desk.run("workspaces", "list"))["workspaces"] == []
    with pytest.raises(CommandFailed, match="default names no workspace"):
        await desk.run("doctor")
    key = await desk.key("requests")
    asked = await ask(around, desk, key)

    page = await install(around, desk, MARIE)
    assert "✅ Installation faite" in page
    assert f"workspace: {ACME}" in page
    team = tmp_path / "desk.yml"
    team.write_text(yaml.safe_dump(yaml.safe_load(DESK_YML) | {"workspace": ACME}))
    await desk.run("apply", str(team))
    [found] = (await desk.run("workspaces", "list"))["workspaces"]
    assert (found["id"], found["name"], found["projects"]) == (ACME, "Acme", ["default"])

    await desk.kill()
    await start(around, desk)
    # What was held back has waited for an hour at the most; installing again lets it go at once.
    await install(around, desk, MARIE)
    marie = around.person(MARIE)
    card = await marie.wait_for(lambda m: bool(m.buttons), where="dm", timeout=20)
    await marie.click(card, action_ids.APPROVE)
    query = urlencode({"id": asked["request_id"], "wait": 20})
    async with around.http.get(f"{desk.url}/ai-request?{query}", headers={"x-api-key": key}) as answer:
        assert (await answer.json())["request"]["verdict"] == "approved"

    looked = await desk.run("doctor")
    assert [f["text"] for f in looked["findings"] if f["what"] == "workspace"] == [
        f"{ACME} (Acme): the app is installed"
    ]
    token = around.workspace.bot_token
    assert [name for name, text in kept(tmp_path).items() if token.encode() in text] == []


def kept(folder: Path) -> dict[str, bytes]:
    """Everything that the desk has left there: database, log and all."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
