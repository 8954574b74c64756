"""Rate limits: a short burst, then one a second a channel; tiers per method and workspace."""

from __future__ import annotations

import pytest

from tests.workspace.conftest import CLAIRE, GENERAL, GRID_TEAM, LEGAL, Desk
from workspace.pacing import CHANNEL_BURST

A_MINUTE = {2: 20, 3: 50, 4: 100}
"""Calls a minute by tier, as Slack publishes them."""


@pytest.fixture
async def still(desk: Desk) -> Desk:
    """A workspace whose clock stands still."""
    await desk.operator.post("clock", freeze=True)
    return desk


async def test_one_message_a_second_after_a_short_burst(still: Desk) -> None:
    for _ in range(CHANNEL_BURST):
        assert (await still.call("chat.postMessage", channel=LEGAL, text="x"))["ok"]
    refused = await still.call("chat.postMessage", channel=LEGAL, text="x")
    assert (refused["http"], refused["error"], refused["headers"]["Retry-After"]) == (429, "ratelimited", "1")
    assert (await still.call("chat.postMessage", channel=GENERAL, text="x"))["ok"]

    for _ in range(3):
        await still.operator.post("clock", advance=1)
        assert (await still.call("chat.postMessage", channel=LEGAL, text="x"))["ok"]
        assert (await still.call("chat.postMessage", channel=LEGAL, text="x"))["http"] == 429


@pytest.mark.parametrize(
    ("method", "tier", "args"),
    [
        ("chat.update", 3, {"channel": LEGAL, "ts": "1.0", "text": "x"}),
        ("users.lookupByEmail", 3, {"email": "claire@acme.example"}),
        ("conversations.open", 3, {"users": CLAIRE}),
        ("usergroups.users.list", 2, {"usergroup": "S0LEGAL001"}),
        ("users.info", 4, {"user": CLAIRE}),
    ],
)
async def test_tiers(still: Desk, method: str, tier: int, args: dict[str, str]) -> None:
    for _ in range(A_MINUTE[tier]):
        assert (await still.call(method, **args))["http"] == 200
    refused = await still.call(method, **args)
    assert refused["http"] == 429
    await still.operator.post("clock", advance=int(refused["headers"]["Retry-After"]))
    assert (await still.call(method, **args))["http"] == 200


async def test_each_workspace_has_its_own_budget(still: Desk) -> None:
    while (await still.call("users.list"))["http"] == 200:
        pass
    grid = still.ws.installations.of_team(GRID_TEAM).bot_token
    assert (await still.call("users.list", grid))["ok"]
