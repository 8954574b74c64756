"""Deciding in Slack, from the card to the record, over both transports."""

from approvals.model import State, Verdict
from bot import action_ids
from tests.bot.stage import AMIR, Stage, amir


async def test_one_click_approves(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.warning is None
    assert outcome.message is not None
    assert not outcome.message.buttons
    assert "Approved" in outcome.message.all_text
    assert "Amir Haddad" in outcome.message.all_text
    decided = await stage.request(request.id)
    assert decided.decision is not None
    assert (decided.state, decided.decision.verdict) == (State.DECIDED, Verdict.APPROVED)
