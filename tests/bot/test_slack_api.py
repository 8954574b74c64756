"""The one place where things leave for Slack: what Slack would refuse never does."""

import pytest

from bot.blocks import modal, section, theirs
from bot.message import Message
from bot.slack_api import InvalidPayload, SlackApi
from tests.bot.stage import AMIR, Stage

TOO_LONG = section(theirs("x" * 3001))


async def test_what_slack_would_refuse_never_leaves(
    web_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """In production a plain message goes in its place, and the log says why."""
    api = SlackApi(web_stage.slack, ())
    channel = await api.dm(web_stage.user_id(AMIR))

    posted = await api.post(channel, Message("Something happened.", [TOO_LONG]))
    await api.update(posted, Message("Something else happened.", [TOO_LONG]))

    seen = await web_stage.person(AMIR).wait_for(text="Something else", where="dm")
    assert "xxx" not in seen.all_text
    assert all(call["error"] == "" for call in await web_stage.calls("chat.postMessage"))
    assert "would refuse" in caplog.text
    assert "3001 characters" in caplog.text
    assert "xxx" not in caplog.text


async def test_a_view_that_slack_would_refuse_is_replaced(web_stage: Stage) -> None:
    api = SlackApi(web_stage.slack, ())
    shown = api.view(modal("notice", "Title", [TOO_LONG], close="Close"))
    assert [block["text"]["text"] for block in shown["blocks"]] == ["🛑"]
    await api.publish(web_stage.user_id(AMIR), {"type": "home", "blocks": [TOO_LONG]})
    assert await web_stage.person(AMIR).wait_for_home(lambda view: "🛑" in view.all_text)


async def test_in_tests_it_is_an_error(web_stage: Stage) -> None:
    api = SlackApi(web_stage.slack, (), strict=True)
    with pytest.raises(InvalidPayload, match="3001"):
        await api.post("D1", Message("Something happened.", [TOO_LONG]))
    with pytest.raises(InvalidPayload, match="text: missing"):
        await api.post("D1", Message("", [section(theirs("x"))]))


async def test_an_update_says_everything_each_time(web_stage: Stage) -> None:
    """What an update leaves out stays as it was, so nothing is left out."""
    api = SlackApi(web_stage.slack, (), strict=True)
    channel = await api.dm(web_stage.user_id(AMIR))
    whole = Message("Something.", [section(theirs("blocks above"))], [section(theirs("a bar below"))])
    posted = await api.post(channel, whole)
    await api.update(posted, Message("Only words.", [section(theirs("other blocks"))]))

    seen = await web_stage.person(AMIR).wait_for(text="other blocks", where="dm")

    assert "a bar below" not in seen.all_text
    assert "blocks above" not in seen.all_text
