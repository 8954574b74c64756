"""Turns at Slack: which budgets a call needs, and what a 429 does to all who share them."""

from datetime import timedelta
from pathlib import Path

import pytest

from approvals.pacing import MemoryPacing
from bot.turns import CONVERSATION, POST, SHORT, TIER_3, UPDATE, NotYet, Turns
from tests.bot.stage import AMIR, LEGAL, Stage, amir, staged
from tests.builders import PROJECT, a_domain
from tests.fakes import Clock

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def denied(turns: Turns, method: str, channel: str = "") -> NotYet:
    with pytest.raises(NotYet) as caught:
        await turns.take(method, channel)
    return caught.value


async def test_a_conversation_takes_one_message_a_second_after_a_burst(clock: Clock) -> None:
    turns = Turns(MemoryPacing(), clock)
    for _ in range(CONVERSATION.count):
        await turns.take(POST, "D1")
    error = await denied(turns, POST, "D1")
    assert (error.wait, error.stalls) == (SECOND, SECOND)
    await turns.take(POST, "D2")
    clock.advance(SECOND)
    await turns.take(POST, "D1")


async def test_a_channel_has_one_pace_by_whatever_name(clock: Clock) -> None:
    turns = Turns(MemoryPacing(), clock)
    turns.known("#legal", "C1")
    for name in ("#legal", "C1", "#legal"):
        await turns.take(POST, name)
    assert (await denied(turns, POST, "C1")).wait == SECOND


async def test_updates_share_one_tier_and_leave_posts_alone(clock: Clock) -> None:
    turns = Turns(MemoryPacing(), clock)
    for number in range(TIER_3.count):
        await turns.take(UPDATE, f"D{number}")
    error = await denied(turns, UPDATE, "D77")
    assert error.stalls == SHORT < error.wait
    await turns.take(POST, "D77")


async def test_workspaces_do_not_slow_each_other(clock: Clock) -> None:
    pacing = MemoryPacing()
    one, two = Turns(pacing, clock, "T1"), Turns(pacing, clock, "T2")
    await one.hold(POST, "D1", 30 * SECOND)
    await two.take(POST, "D1")


async def test_a_429_holds_everybody_back_who_shares_the_turns(clock: Clock) -> None:
    pacing = MemoryPacing()
    one, two = Turns(pacing, clock), Turns(pacing, clock)
    await one.hold(POST, "D1", 30 * SECOND)
    assert (await denied(two, POST, "D1")).wait == 30 * SECOND
    await two.take(POST, "D2")
    await one.hold(UPDATE, "D1", 30 * SECOND)
    assert (await denied(two, UPDATE, "D2")).wait == 30 * SECOND
    clock.advance(30 * SECOND)
    await two.take(POST, "D1")


@pytest.mark.parametrize("word", ["ratelimited", "rate_limited"])
async def test_either_word_of_slack_holds_the_conversation(tmp_path: Path, word: str) -> None:
    async with staged(tmp_path, "http", paced=True) as stage:
        await stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
        if word == "ratelimited":
            await stage.fault(word, POST, seconds=1, channel=LEGAL)
        else:
            await stage.fault("refuse", POST, error=word, channel=LEGAL)
        await stage.submit()
        await stage.card(AMIR)
        await stage.after_commits(lambda: _tried(stage))
        error = await denied(Turns(stage.store.pacing, stage.time), POST, LEGAL)
        assert timedelta(0) < error.wait <= SECOND
        stage.wake_when_due()
        assert await stage.card(AMIR, where=LEGAL)


async def _tried(stage: Stage) -> bool | None:
    rows = await stage.store.outbox.listing(PROJECT, state="queued")
    return True if any(row["attempt"] and row["last_error"] for row in rows) else None
