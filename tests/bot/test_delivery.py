"""Slack slow, down, refusing or forgetful: cards come true in the end, and one card at most decides."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from approvals.cards import dm
from approvals.commands import Cancel
from approvals.model import SentinelId, State
from approvals.outbox import Fate
from bot import action_ids
from bot.failures import Failure, attempt, failure
from tests.bot.stage import AMIR, CLAIRE, KENJI, LEGAL, Stage, amir, claire
from tests.builders import PROJECT, a_domain, minutes
from workspace.seen import Message

OPTIONS = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none"}


async def cards_in(stage: Stage, user: str, where: str = "dm") -> list[Message]:
    return [m for m in await stage.person(user).messages(where) if not m.ephemeral and m.by_bot]


async def test_every_message_is_sent_as_it_is_with_words_for_all(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
    request = await stage.submit()
    await stage.card(AMIR)
    await stage.card(AMIR, LEGAL)
    await stage.approvals.cancel(Cancel(PROJECT, request.id, "agent"))
    await stage.closed(AMIR)
    await stage.closed(AMIR, LEGAL)

    for name in ("chat.postMessage", "chat.update"):
        for call in await stage.calls(name):
            sent = call["sent"]
            assert {k: sent[k] for k in OPTIONS} == OPTIONS
            assert sent["text"]
            assert "blocks" in sent
            assert "attachments" in sent
            if sent.get("metadata"):
                assert sent["metadata"]["event_payload"] == {"id": request.id}


async def test_a_429_holds_the_conversation_back_and_loses_nothing(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await web_stage.fault("ratelimited", "chat.postMessage", seconds=1)
    await web_stage.submit()
    web_stage.wake_when_due()
    assert await web_stage.card(AMIR)
    posts = await web_stage.calls("chat.postMessage")
    assert [call["error"] for call in posts] == ["ratelimited", ""] or len(posts) == 2


async def test_a_lost_answer_gives_two_cards_of_which_one_decides(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.fault("lost_answer", "chat.postMessage")
    request = await stage.submit()
    stage.wake_when_due()
    first, second = await stage.cards(AMIR, 2)
    await stage.on_record(request.id, second.ts)
    person = stage.person(AMIR)

    on_copy = await person.click(first, action_ids.APPROVE)
    assert on_copy.ephemeral is not None
    assert "copy" in on_copy.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED
    closed = next(m for m in await cards_in(stage, AMIR) if m.ts == first.ts)
    assert not closed.buttons

    await person.click(second, action_ids.APPROVE)
    assert (await stage.request(request.id)).outcome == "approved"


async def test_a_card_of_which_nobody_knows_is_taken_up_at_its_first_click(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.fault("lost_answer", "chat.postMessage")
    request = await stage.submit()
    (card,) = await stage.cards(AMIR, 1)
    assert (await stage.store.cards.card(request.id, dm(SentinelId(1)))).ts is None  # type: ignore[union-attr]

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.warning is None
    assert (await stage.request(request.id)).outcome == "approved"
    assert await stage.on_record(request.id, card.ts)


async def test_a_card_taken_up_after_a_change_decides_nothing(stage: Stage) -> None:
    """Nobody knows whether it showed the content as it is now."""
    await stage.apply(amir())
    await stage.fault("lost_answer", "chat.postMessage")
    request = await stage.submit()
    (card,) = await stage.cards(AMIR, 1)
    await stage.content_changes(request.id)

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_a_deleted_card_is_posted_anew_while_it_is_needed(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2))
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.slack.chat_delete(channel=card.channel, ts=card.ts)
    await web_stage.ask(request.id, "Why?")

    anew = await web_stage.card(AMIR, text="Why?")
    assert anew.ts != card.ts
    assert await web_stage.on_record(request.id, anew.ts)


async def test_rows_that_pile_up_come_to_one_update(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    await web_stage.fault("ratelimited", "chat.update", times=1, seconds=30)
    for number in range(1, 4):
        await web_stage.ask(request.id, f"Question {number}?")
        await web_stage.answer(request.id, number, f"Answer {number}.")

    # What goes under the card may have to wait for its turn, and the update behind it.
    async with asyncio.timeout(20):
        while not await web_stage.calls("chat.update"):
            web_stage.time.pass_(timedelta(seconds=1))
            web_stage.wake_when_due()
    web_stage.time.pass_(minutes(1))
    web_stage.wake_when_due()
    await web_stage.card(AMIR, text="Answer 3.")
    # What is posted into the same conversation comes after whatever was to go there before it.
    await web_stage.submit(summary="Another one.")
    await web_stage.card(AMIR, text="Another one.")
    assert [call["error"] for call in await web_stage.calls("chat.update")] == ["ratelimited", ""]


async def test_operations_hear_that_slack_refuses_a_card(web_stage: Stage) -> None:
    domain = a_domain(channel="#random")
    await web_stage.apply(amir(), domains=[domain], operations_channel="#general")
    request = await web_stage.submit()
    told = await web_stage.person(AMIR).wait_for(text="not_in_channel", where="#general")
    assert f"request {request.number}" in told.all_text
    assert await web_stage.card(AMIR)


async def test_operations_hear_of_a_sentinel_whom_slack_does_not_know(web_stage: Stage) -> None:
    await web_stage.apply(amir(email="nobody@acme.example"), operations_channel="#general")
    await web_stage.submit()
    assert await web_stage.person(AMIR).wait_for(text="users_not_found", where="#general")


@pytest.mark.parametrize("email", ["gus@partner.example", "lena@acme.example"])
async def test_guests_and_leavers_get_no_card(web_stage: Stage, email: str) -> None:
    await web_stage.apply(amir(email=email), operations_channel="#general")
    await web_stage.submit()
    assert await web_stage.person(CLAIRE).wait_for(text="Slack does not take", where="#general")


async def test_operations_hear_of_a_request_that_nobody_could_take(web_stage: Stage) -> None:
    await web_stage.apply(amir(), operations_channel="#general")
    await web_stage.submit(domain="finance")
    assert await web_stage.person(AMIR).wait_for(text="Nobody is configured", where="#general")


async def test_an_address_is_looked_up_once_and_then_counts_for_nothing(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await web_stage.submit()
    await web_stage.card(AMIR)
    await web_stage.submit(title="Another", summary="Another one.")
    await web_stage.card(AMIR, text="Another one.")
    assert len(await web_stage.calls("users.lookupByEmail")) == 1
    roster = await web_stage.store.roster(PROJECT)
    pinned = roster.sentinels[SentinelId(1)]
    assert (pinned.slack_team, pinned.slack_user) == ("T0ACME0001", web_stage.user_id(AMIR))


async def test_an_attempt_by_somebody_unknown_is_logged(
    web_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await web_stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
    await web_stage.submit()
    card = await web_stage.card(CLAIRE, LEGAL)
    await web_stage.person(CLAIRE).click(card, action_ids.APPROVE)
    assert f"refused somebody who is no Sentinel: {web_stage.user_id(CLAIRE)}" in caplog.text


async def test_an_address_of_ones_own_choosing_makes_nobody_a_sentinel(web_stage: Stage) -> None:
    """Slack finds Claire under her address; somebody else's profile bears it as well."""
    domain = a_domain(channel="#general", backups=True)
    await web_stage.apply(amir(tier=1), claire(tier=2), domains=[domain])
    request = await web_stage.submit()
    card = await web_stage.card(AMIR, "#general")
    web_stage.ws.directory.change_user(web_stage.user_id(KENJI), email=CLAIRE)

    outcome = await web_stage.person("U0KENJI001").click(card, action_ids.REJECT)

    assert outcome.ephemeral is not None
    assert (await web_stage.store.roster(PROJECT)).sentinels[SentinelId(2)].slack_user is None
    assert (await web_stage.request(request.id)).state is State.ASSIGNED


async def test_a_leaver_is_refused_as_soon_as_slack_tells(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.operator.patch(f"users/{web_stage.user_id(AMIR)}", is_restricted=True)
    web_stage.time.pass_(minutes(11))

    outcome = await web_stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "Guests" in outcome.ephemeral.text
    assert (await web_stage.request(request.id)).state is State.ASSIGNED


async def test_a_full_outage_delays_cards_and_nothing_else(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await web_stage.operator.post("outage", minutes=30)
    request = await web_stage.submit()
    assert request.state is State.ASSIGNED
    web_stage.time.pass_(minutes(31))
    web_stage.wake_when_due()
    assert await web_stage.card(AMIR)


async def test_a_click_while_slacks_own_api_is_down_is_decided(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.fault("error", "*", times=None)

    outcome = await web_stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.warning is None
    assert (await web_stage.request(request.id)).outcome == "approved"


class Answer:
    """As much of an answer of Slack's as an error holds."""

    def __init__(self, status: int, error: str | None, **headers: str) -> None:
        self.status_code = status
        self.data: Any = {"ok": False, "error": error} if error else "<html>"
        self.headers = headers


def error(status: int, name: str | None, **headers: str) -> SlackApiError:
    return SlackApiError("no", Answer(status, name, **headers))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("given", "kind", "fate"),
    [
        (error(200, "message_not_found"), Failure.GONE, Fate.DEAD),
        (error(200, "not_in_channel"), Failure.NEVER, Fate.DEAD),
        (error(200, "missing_scope"), Failure.NEVER, Fate.DEAD),
        (error(200, "token_revoked"), Failure.TOKEN, Fate.RETRY),
        (error(200, "internal_error"), Failure.LATER, Fate.RETRY),
        (error(200, "a_new_one"), Failure.LATER, Fate.RETRY),
        (error(503, None), Failure.LATER, Fate.RETRY),
        (error(429, "ratelimited"), Failure.LATER, Fate.RETRY),
    ],
)
def test_errors_are_known_by_name(given: SlackApiError, kind: Failure, fate: Fate) -> None:
    assert failure(given) is kind
    assert attempt(given).fate is fate


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 1), ("soon", 1), ("", 1), ("99999", 900), ("²", 1)]
)
def test_how_long_a_429_pauses_the_conversation(header: str, seconds: int) -> None:
    result = attempt(error(429, "ratelimited", **{"Retry-After": header}))
    assert result.pause_lane is not None
    assert result.pause_lane.total_seconds() == seconds
    assert result.retry_after == result.pause_lane
