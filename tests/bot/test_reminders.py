"""Reminders: in the thread of the card, by day, and only to who still has the request."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import action_ids
from tests.bot.stage import AMIR, Stage, amir, staged
from tests.builders import hours
from workspace import Seed
from workspace.model import BOT_SCOPES
from workspace.seen import Message


def at_this_hour(stage: Stage, hour: int) -> None:
    """Move to the next time that it is so late in London, where Amir is, on a winter's day."""
    now = stage.time()
    january = now.replace(year=now.year + 1, month=1, day=12, hour=hour, minute=0, second=0, microsecond=0)
    stage.time.pass_(january - now)


async def replies(stage: Stage, card: Message) -> list[str]:
    found = await stage.person(AMIR).messages("dm", thread_ts=card.ts)
    return [message.text for message in found if message.ts != card.ts]


async def test_a_reminder_stands_in_the_thread_of_the_card(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    at_this_hour(web_stage, 9)
    request = await web_stage.submit(expires_at=web_stage.time() + hours(10))
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    web_stage.time.pass_(hours(5))
    await web_stage.sweep()

    told = await web_stage.person(AMIR).wait_for(text="still waits for your decision", where="dm")

    assert told.thread_ts == card.ts


async def test_nobody_is_woken_for_a_reminder(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    at_this_hour(web_stage, 18)
    request = await web_stage.submit(expires_at=web_stage.time() + hours(24))
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    web_stage.time.pass_(hours(12))
    await web_stage.sweep()
    await web_stage.ask(request.id, "Are you sure?")

    await web_stage.card(AMIR, text="Are you sure?")
    assert not [told for told in await replies(web_stage, card) if "still waits" in told]
    web_stage.time.pass_(hours(2) + timedelta(minutes=1))
    web_stage.wake_when_due()

    assert await web_stage.person(AMIR).wait_for(text="still waits for your decision", where="dm")


async def test_a_night_reminder_comes_where_the_morning_is_too_late(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    at_this_hour(web_stage, 18)
    request = await web_stage.submit(expires_at=web_stage.time() + hours(10))
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    web_stage.time.pass_(hours(5))
    await web_stage.sweep()
    assert await web_stage.person(AMIR).wait_for(text="still waits for your decision", where="dm")


async def test_what_is_decided_by_morning_needs_no_reminder(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    at_this_hour(web_stage, 18)
    request = await web_stage.submit(expires_at=web_stage.time() + hours(24))
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    web_stage.time.pass_(hours(12))
    await web_stage.sweep()
    await web_stage.person(AMIR).click(card, action_ids.APPROVE)
    web_stage.time.pass_(hours(3))
    web_stage.wake_when_due()
    await web_stage.submit(summary="Another one.")
    await web_stage.card(AMIR, text="Another one.")
    assert not [told for told in await replies(web_stage, card) if "still waits" in told]


@pytest.mark.parametrize("granted", [True, False], ids=["dnd:read", "without dnd:read"])
async def test_who_asks_to_be_left_alone_is_reminded_afterwards(tmp_path: Path, granted: bool) -> None:
    """By "do not disturb" where the app may read it, else by the status that somebody has set."""
    scopes = tuple(scope for scope in BOT_SCOPES if granted or scope != "dnd:read")
    async with staged(tmp_path, "http", replace(Seed.strict(), bot_scopes=scopes)) as stage:
        await stage.apply(amir())
        at_this_hour(stage, 9)
        request = await stage.submit(expires_at=stage.time() + hours(10))
        card = await stage.card(AMIR)
        await stage.on_record(request.id, card.ts)
        stage.time.pass_(hours(5))
        until = int(stage.time().timestamp()) + 1800
        field = "snooze_until" if granted else "status_expiration"
        await stage.operator.patch(f"users/{stage.user_id(AMIR)}", **{field: until})
        await stage.sweep()
        await stage.ask(request.id, "Are you sure?")
        await stage.card(AMIR, text="Are you sure?")
        assert not [told for told in await replies(stage, card) if "still waits" in told]

        stage.time.pass_(timedelta(minutes=31))
        stage.wake_when_due()
        assert await stage.person(AMIR).wait_for(text="still waits for your decision", where="dm")
