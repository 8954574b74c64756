"""What outlives a restart, and how it is kept."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.workspace.blocks import actions, button, entry, home, input_block, modal, plain
from tests.workspace.conftest import CLAIRE, LEGAL, Desk, Start
from workspace import Seed, Workspace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "workspace.json"


async def written(desk: Desk) -> None:
    """Wait until everything so far is in the snapshot."""
    async with asyncio.timeout(5):
        since = desk.ws.feed.seq
        while not any(change.kind == "saved" for change in desk.ws.feed.since(since)):
            await desk.ws.feed.wait(desk.ws.feed.seq, 5)


def kept(path: Path) -> tuple[int, list[str], Any]:
    """The file's mode, the names beside it, and its content."""
    names = [entry.name for entry in path.parent.iterdir()]
    return stat.S_IMODE(path.stat().st_mode), names, orjson.loads(path.read_bytes())


def put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)


async def filled(desk: Desk) -> str:
    posted = await desk.client.chat_postMessage(
        channel=LEGAL,
        text="kept",
        blocks=[actions(button())],
        metadata={"event_type": "t", "event_payload": {}},
    )
    await desk.client.chat_postMessage(channel=LEGAL, text="reply", thread_ts=posted["ts"])
    await desk.client.chat_postEphemeral(channel=LEGAL, user=CLAIRE, text="fleeting")
    await desk.client.views_publish(user_id=CLAIRE, view=home(actions(button("at_home"))))
    trigger = desk.ws.triggers.issue(CLAIRE, "T0ACME0001", desk.ws.clock.now())
    view = modal(input_block(entry(), block_id="why"), submit=plain("Send"))
    await desk.client.views_open(trigger_id=trigger, view=view)
    await desk.person(CLAIRE).fill("why", "typed")
    return str(posted["ts"])


async def test_a_restart_changes_nothing_that_lasts(start: Start, path: Path) -> None:
    first = await start(state_path=path, seed=Seed.default())
    user = first.ws.ensure_user(email="claire@acme.example", name="Claire", locale="fr-CA")
    channel = first.ws.ensure_channel("#legal")
    posted = await first.client.chat_postMessage(channel=channel, text="kept", blocks=[actions(button())])
    await first.client.chat_postEphemeral(channel=channel, user=user, text="fleeting")
    await first.client.views_publish(user_id=user, view=home(actions(button("at_home"))))
    await written(first)

    second = await start(state_path=path, seed=Seed.default())
    old, new = first.ws, second.ws
    assert (new.bot_token, new.app_token, new.signing_secret) == (
        old.bot_token,
        old.app_token,
        old.signing_secret,
    )
    assert new.app.client_secret == old.app.client_secret
    assert new.ensure_user(email="claire@acme.example", name="Claire") == user
    assert new.ensure_channel("#legal") == channel
    claire = second.person(user)
    assert [(m.ts, m.text) for m in await claire.messages()] == [(posted["ts"], "kept")]
    assert [c.action_id for c in (await claire.home()).controls] == ["at_home"]
    assert (await second.call("chat.update", channel=channel, ts=posted["ts"], text="changed"))["ok"]


async def test_threads_and_open_modals_come_back(start: Start, path: Path) -> None:
    first = await start(state_path=path)
    ts = await filled(first)
    await written(first)
    second = await start(state_path=path)
    claire = second.person(CLAIRE)
    [parent, reply] = await claire.messages("#legal-approvals")
    assert (parent.ts, parent.body["reply_count"], reply.thread_ts) == (ts, 1, ts)
    assert (await claire.modal()).values["why"]["typed"]["value"] == "typed"


async def test_given_secrets_win_over_remembered_ones(path: Path, start: Start) -> None:
    await start(state_path=path, seed=Seed.default())
    Workspace(Seed.default(), base_url="http://127.0.0.1:1", state_path=path)
    given = Seed.default(signing_secret="s" * 32, bot_token="xoxb-given")
    ws = Workspace(given, base_url="http://127.0.0.1:1", state_path=path)
    assert (ws.signing_secret, ws.bot_token) == ("s" * 32, "xoxb-given")


async def test_the_file_is_private_and_whole(start: Start, path: Path) -> None:
    desk = await start(state_path=path)
    await filled(desk)
    await written(desk)
    mode, names, state = kept(path)
    assert (mode, names, state["version"]) == (0o600, ["workspace.json"], 1)


def test_a_broken_or_foreign_file_is_refused_or_ignored(path: Path) -> None:
    put(path, b'{"version": 99}')
    Workspace(base_url="http://127.0.0.1:1", state_path=path)
    put(path, b"{")
    with pytest.raises(ValueError):
        Workspace(base_url="http://127.0.0.1:1", state_path=path)


async def test_secrets_are_drawn_anew_for_each_workspace() -> None:
    one, two = (Workspace(base_url="http://127.0.0.1:1") for _ in range(2))
    assert one.bot_token != two.bot_token
    assert one.signing_secret != two.signing_secret


async def test_a_random_seed_repeats_every_id() -> None:
    one, two = (Workspace(Seed.strict(random_seed=3), base_url="http://127.0.0.1:1") for _ in range(2))
    assert (one.bot_token, one.signing_secret) == (two.bot_token, two.signing_secret)
    one.reset()
    assert one.bot_token == two.bot_token
