"""The reconciler before the strict workspace: what is shown comes true, and nothing is posted twice."""

import asyncio

from approvals.cards import REPAIR_AGAIN
from approvals.commands import Cancel, Decide
from approvals.model import ApprovalRequest, Door, SentinelId, Verdict
from approvals.service import Approvals
from bot import action_ids
from bot.announcer import CardAnnouncer
from bot.turns import POST, UPDATE
from tests.bot.stage import AMIR, LEGAL, Stage, amir, claire, decides
from tests.builders import PROJECT, a_domain, a_submit
from workspace.seen import Message


async def given_up(stage: Stage, count: int) -> None:
    """Wait until so many messages were given up."""

    async def look() -> bool | None:
        return len(await stage.store.outbox.listing(PROJECT, state="dead")) >= count or None

    await stage.after_commits(look)


async def in_silence(stage: Stage) -> ApprovalRequest:
    """A request of which Slack was told nothing, as if it had been switched off."""
    silent = Approvals(stage.store, CardAnnouncer(enabled=False))
    return (await silent.submit(a_submit())).request


async def deciding(stage: Stage, user: str, where: str = "dm") -> list[Message]:
    """The messages there that have buttons with which something is decided."""
    return [m for m in await stage.person(user).messages(where) if decides(m)]


async def test_a_card_whose_update_was_given_up_is_closed_all_the_same(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir(), operations_channel="#general")
    request = await stage.submit()
    await stage.card(AMIR)
    await stage.fault("refuse", UPDATE, error="channel_not_found", times=2)
    await stage.approvals.decide(Decide(PROJECT, request.id, SentinelId(1), Verdict.APPROVED, Door.API))
    await given_up(stage, 1)
    assert len(await deciding(stage, AMIR)) == 1, "a card with buttons of a request that has ended"

    assert await stage.reconciler.sweep() == 1
    await given_up(stage, 2)
    assert await stage.reconciler.sweep() == 0, "not again so soon"
    stage.time.pass_(REPAIR_AGAIN)
    assert await stage.reconciler.sweep() == 1
    assert "Approved by Amir" in (await stage.closed(AMIR, text="Approved")).all_text

    assert await deciding(stage, AMIR) == []
    assert await stage.reconciler.sweep() == 0
    alarms = [m for m in await stage.person(AMIR).messages("#general") if "does not take" in m.all_text]
    assert len(alarms) == 1, "what could not be repaired is no news"


async def test_a_request_without_cards_gets_them_once(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
    request = await in_silence(stage)

    sent = await asyncio.gather(*(stage.reconciler.sweep() for _ in range(4)))

    assert sum(sent) == 2
    await stage.card(AMIR, where=LEGAL)
    card = await stage.card(AMIR)
    await stage.on_record(request.id, card.ts)
    assert await stage.reconciler.sweep() == 0
    assert len(await stage.calls(POST)) == 2
    await stage.person(AMIR).click(card, action_ids.APPROVE)
    assert (await stage.request(request.id)).outcome == "approved"


async def test_what_ended_before_it_had_a_card_needs_none(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir(), claire(tier=2))
    await stage.fault("refuse", POST, error="not_in_channel")
    request = await stage.submit()
    await given_up(stage, 1)
    await stage.approvals.cancel(Cancel(PROJECT, request.id, "agent"))
    stage.time.pass_(REPAIR_AGAIN)
    assert await stage.reconciler.sweep() == 0
    assert await deciding(stage, AMIR) == []


async def test_a_card_that_slack_would_not_take_comes_once_it_does(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir())
    await stage.fault("refuse", POST, error="not_in_channel")
    await stage.submit()
    await given_up(stage, 1)
    assert await stage.reconciler.sweep() == 1
    assert await stage.card(AMIR)
    assert len(await deciding(stage, AMIR)) == 1
