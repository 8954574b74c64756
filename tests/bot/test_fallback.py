"""A payload that cannot be shown becomes a log line and a plain card, from which it can still be decided."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot import action_ids, cards
from bot.blocks import section, words
from bot.message import Message
from bot.slack_api import plain
from bot.turns import POST, UPDATE
from bot.validator import check_message
from tests.bot import stage as staging
from tests.bot.stage import AMIR, Stage, amir, staged


@pytest.fixture
async def lenient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """As in production: what would be refused is replaced and logged."""
    made = staging.config
    monkeypatch.setattr(staging, "config", lambda *about: replace(made(*about), strict=False))
    async with staged(tmp_path, "http") as stage:
        yield stage


async def decided_from_a_plain_card(stage: Stage) -> None:
    request = await stage.submit()
    card = await stage.card(AMIR)
    assert [b.action_id for b in card.buttons] == [action_ids.DETAILS], "nothing is approved unread"
    assert "asks for a decision" in card.all_text
    person = stage.person(AMIR)
    await person.click(card, action_ids.DETAILS)
    await person.click_in_modal(action_ids.APPROVE)
    await person.submit({})
    assert (await stage.request(request.id)).outcome == "approved"


async def test_what_the_last_look_refuses_goes_as_a_plain_card(
    lenient: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = cards._open

    def too_long(*about: object) -> Message:
        message = right(*about)  # type: ignore[arg-type]
        return replace(message, blocks=[section(words("x" * 3001)), *message.blocks])

    monkeypatch.setattr(cards, "_open", too_long)
    await lenient.apply(amir())
    with caplog.at_level(logging.ERROR):
        await decided_from_a_plain_card(lenient)
    assert "was replaced by a plain one" in caplog.text
    assert await lenient.calls(POST)
    assert all(not call["error"] for call in await lenient.calls(POST))


async def test_what_slack_refuses_all_the_same_goes_as_a_plain_card(lenient: Stage) -> None:
    await lenient.apply(amir())
    await lenient.fault("refuse", POST, error="invalid_blocks")
    await decided_from_a_plain_card(lenient)
    errors = [call["error"] for call in await lenient.calls(POST)]
    assert errors[:2] == ["invalid_blocks", ""]


async def test_an_update_that_slack_refuses_still_takes_the_buttons_away(lenient: Stage) -> None:
    await lenient.apply(amir(), operations_channel="#general")
    request = await lenient.submit()
    await lenient.card(AMIR)
    await lenient.fault("refuse", UPDATE, error="msg_blocks_too_long")
    await lenient.ask(request.id, "Why?")
    await lenient.person(AMIR).wait_for(
        lambda m: [b.action_id for b in m.buttons] == [action_ids.DETAILS], where="dm"
    )


@pytest.mark.parametrize("text", ["", "  ", "x" * 9000, "<!channel>"], ids=["none", "blank", "long", "live"])
def test_the_plain_one_is_always_right(text: str) -> None:
    assert check_message(plain(Message(text)).arguments()) == []
