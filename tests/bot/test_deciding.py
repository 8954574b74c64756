"""Deciding in Slack, from the card to the record, over both transports."""

import asyncio

import pytest

from approvals.commands import Amend, Cancel, Decide, Escalate, SetAway
from approvals.model import ChannelShows, Dialect, Door, Reasoning, Risk, SentinelId, State, Verdict
from bot import action_ids
from tests.bot.stage import ADA, AMIR, CAMILLE, CLAIRE, GUEST, KENJI, LEGAL, Stage, amir, claire, decides
from tests.builders import PROJECT, a_caller, a_domain, a_wanted, hours, minutes
from workspace.driver import Impossible


async def test_one_click_approves(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.warning is None
    assert outcome.message is not None
    assert not decides(outcome.message)
    assert "Approved by Amir Haddad" in outcome.message.all_text
    decided = await stage.request(request.id)
    assert decided.decision is not None
    assert (decided.state, decided.decision.verdict) == (State.DECIDED, Verdict.APPROVED)


async def test_rejecting_asks_for_a_reason(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)

    opened = await person.click(await stage.card(AMIR), action_ids.REJECT)
    assert opened.modal is not None
    assert opened.modal.callback_id == action_ids.DECIDE_MODAL
    empty = await person.submit({})
    assert empty.errors == {action_ids.REASONING: "required"}
    blank = await person.submit({action_ids.REASONING: "     "})
    assert list(blank.errors) == [action_ids.REASONING]
    done = await person.submit({action_ids.REASONING: "Clause 4 is missing."})

    assert done.closed
    closed = await stage.closed(AMIR)
    assert "Rejected by Amir Haddad" in closed.all_text
    assert "Clause 4 is missing." in closed.all_text
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert (decision.verdict, decision.reasoning) == (Verdict.REJECTED, "Clause 4 is missing.")


async def test_escalating_moves_the_card_to_the_tier_above(stage: Stage) -> None:
    await stage.apply(amir(), claire(tier=2))
    request = await stage.submit()
    person = stage.person(AMIR)

    opened = await person.click(await stage.card(AMIR), action_ids.ESCALATE)
    assert opened.modal is not None
    assert opened.modal.control(action_ids.TARGET) is not None
    done = await person.submit({action_ids.TARGET: "2", action_ids.REASONING: "Above my limit."})

    assert done.closed
    above = await stage.card(CLAIRE)
    assert "Above my limit." in above.all_text
    left = await stage.closed(AMIR, text="With Claire Tremblay")
    assert not decides(left)
    moved = await stage.request(request.id)
    assert (moved.state, moved.assigned_to, moved.min_tier) == (State.ASSIGNED, 2, 2)


async def test_only_those_above_who_can_take_it_are_offered(web_stage: Stage) -> None:
    away = a_wanted(4, name="Ada Owens", email=ADA, tier=2)
    other_field = a_wanted(3, name="Kenji Mori", email=KENJI, tier=2, domains=["finance"])
    beside = a_wanted(5, name="Camille Durand", email=CAMILLE)
    await web_stage.apply(amir(), claire(tier=2), other_field, away, beside)
    numbers = {s.name: s.id for s in (await web_stage.store.roster(PROJECT)).sentinels.values()}
    until = web_stage.time() + hours(5)
    await web_stage.clockwork.set_away(SetAway(PROJECT, numbers["Ada Owens"], until, None, "x"))
    await web_stage.submit()

    opened = await web_stage.person(AMIR).click(await web_stage.card(AMIR), action_ids.ESCALATE)

    assert opened.modal is not None
    menu = opened.modal.control(action_ids.TARGET)
    assert menu is not None
    assert menu.raw["type"] == "static_select"
    assert [o["value"] for o in menu.raw["options"]] == [str(numbers["Claire Tremblay"])]


async def test_one_message_a_surface_for_a_whole_life(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2), domains=[a_domain(channel=LEGAL)])
    request = await web_stage.submit()
    await web_stage.card(AMIR, LEGAL)
    person = web_stage.person(AMIR)
    await web_stage.ask(request.id, "Which supplier?")
    await web_stage.answer(request.id, 1, "Acme.")
    await person.click(await web_stage.card(AMIR, text="Acme."), action_ids.ESCALATE)
    await person.submit({action_ids.REASONING: "Above my limit."})
    card = await web_stage.card(CLAIRE)
    await web_stage.person(CLAIRE).click(card, action_ids.APPROVE)
    await web_stage.closed(AMIR, LEGAL, text="Approved by Claire Tremblay")
    await web_stage.closed(AMIR, text="Approved by Claire Tremblay")

    posts = [call["sent"] for call in await web_stage.calls("chat.postMessage")]
    assert len([sent for sent in posts if not sent.get("thread_ts")]) == 3
    assert all(sent.get("thread_ts") for sent in posts if not sent.get("metadata"))


async def test_details_show_everything_and_note_the_start(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(context={"clause": "x" * 6000, "last": "the very end"})
    card = await stage.card(AMIR)
    assert "the very end" not in card.all_text

    opened = await stage.person(AMIR).click(card, action_ids.DETAILS)

    assert opened.modal is not None
    assert "the very end" in opened.modal.all_text
    assert "The agent asked" in opened.modal.all_text
    started = await stage.until(request.id, lambda r: r.started_at is not None)
    assert started.state is State.ASSIGNED


async def test_a_double_click_decides_once_and_is_told_so(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    person = stage.person(AMIR)

    first, second = await asyncio.gather(
        person.click(card, action_ids.APPROVE), person.click(card, action_ids.APPROVE), return_exceptions=True
    )

    outcomes = [o for o in (first, second) if not isinstance(o, Impossible)]
    assert all(o.warning is None for o in outcomes)  # type: ignore[union-attr]
    told = [o for o in outcomes if o.ephemeral is not None]  # type: ignore[union-attr]
    assert all("You have already decided it" in o.ephemeral.text for o in told)  # type: ignore[union-attr]
    assert (await stage.request(request.id)).outcome == "approved"


async def test_who_comes_second_is_told_who_was_first(stage: Stage) -> None:
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT, backups=True)
    await stage.apply(claire(), amir(), domains=[domain])
    request = await stage.submit()
    card = await stage.card(AMIR, LEGAL)
    await stage.fault("error", "chat.update", times=None)
    opened = await stage.person(CLAIRE).click(card, action_ids.REJECT)
    assert opened.modal is not None

    await stage.approvals.decide(Decide(PROJECT, request.id, SentinelId(2), Verdict.APPROVED, Door.API))
    lost = await stage.person(CLAIRE).submit({action_ids.REASONING: "No."})

    assert lost.view is not None
    assert "Amir Haddad" in lost.view.all_text
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.verdict is Verdict.APPROVED


async def test_a_stale_card_tells_the_truth_and_is_repaired(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    await stage.fault("error", "chat.update", times=None)
    await stage.approvals.decide(
        Decide(PROJECT, request.id, SentinelId(1), Verdict.REJECTED, Door.API, reasoning="By API.")
    )

    outcome = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "By API." in outcome.ephemeral.text
    assert not decides(await stage.closed(AMIR))
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.verdict is Verdict.REJECTED


async def test_nothing_is_decided_after_the_deadline(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(expires_at=stage.time() + hours(1))
    card = await stage.card(AMIR)
    stage.time.pass_(hours(1))

    late = await stage.person(AMIR).click(card, action_ids.APPROVE)
    assert late.ephemeral is not None
    assert "expired" in late.ephemeral.text
    assert (await stage.request(request.id)).decision is None

    await stage.sweep()
    closed = await stage.closed(AMIR)
    assert "Expired" in closed.all_text


async def test_a_click_on_what_was_cancelled_says_so_and_closes_the_card(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.fault("error", "chat.update", times=None)
    await web_stage.approvals.cancel(Cancel(PROJECT, request.id, "the agent"))

    outcome = await web_stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "cancelled it on" in outcome.ephemeral.text
    assert not decides(await web_stage.closed(AMIR))


async def test_a_cancelled_request_leaves_no_buttons(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
    request = await stage.submit()
    await stage.card(AMIR)
    await stage.card(AMIR, LEGAL)

    await stage.approvals.cancel(Cancel(PROJECT, request.id, "the agent"))

    for where in ("dm", LEGAL):
        assert "Cancelled" in (await stage.closed(AMIR, where)).all_text


@pytest.mark.parametrize(
    ("who", "told"),
    [(KENJI, "not linked"), (GUEST, "Guests cannot decide")],
)
async def test_strangers_are_refused_visibly(stage: Stage, who: str, told: str) -> None:
    await stage.apply(amir(), domains=[a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT)])
    request = await stage.submit()
    stage.ws.directory.join("C0LEGAL001", stage.user_id(who))
    card = await stage.card(who, LEGAL)

    for button in (action_ids.APPROVE, action_ids.REJECT, action_ids.DETAILS):
        outcome = await stage.person(who).click(card, button)
        assert outcome.ephemeral is not None
        assert told in outcome.ephemeral.text
        assert outcome.modal is None
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_a_sentinel_who_may_not_is_told_who_can(stage: Stage) -> None:
    await stage.apply(amir(), claire(domains=["finance"]), domains=[a_domain(channel=LEGAL)])
    await stage.submit()
    card = await stage.card(CLAIRE, LEGAL)

    outcome = await stage.person(CLAIRE).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "Amir Haddad" in outcome.ephemeral.text
    assert outcome.modal is None


async def test_four_eyes_hold_in_slack(stage: Stage) -> None:
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT, backups=True)
    await stage.apply(amir(), claire(), domains=[domain])
    request = await stage.submit(requested_by=CLAIRE)
    card = await stage.card(CLAIRE, LEGAL)

    outcome = await stage.person(CLAIRE).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "Cette demande vient de vous" in outcome.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_the_owner_of_the_agents_key_does_not_decide(web_stage: Stage) -> None:
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT, backups=True)
    await web_stage.apply(amir(), claire(), domains=[domain])
    request = await web_stage.submit(caller=a_caller(owner=AMIR))
    card = await web_stage.card(AMIR, LEGAL)

    outcome = await web_stage.person(AMIR).click(card, action_ids.APPROVE)

    assert outcome.ephemeral is not None
    assert "The agent that asks is yours" in outcome.ephemeral.text
    assert (await web_stage.request(request.id)).state is State.ASSIGNED


async def test_a_channel_that_shows_facts_opens_the_full_view(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(channel=LEGAL)])
    request = await stage.submit(summary="The secret plan.")
    card = await stage.card(AMIR, LEGAL)
    assert "secret plan" not in card.all_text

    opened = await stage.person(AMIR).click(card, action_ids.APPROVE)
    assert opened.modal is not None
    assert "secret plan" in opened.modal.all_text
    assert (await stage.request(request.id)).decision is None
    assert (await stage.person(AMIR).submit({})).closed

    assert "Approved by Amir Haddad" in (await stage.closed(AMIR, LEGAL)).all_text


async def test_hidden_text_is_never_approved_by_one_click(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(summary="a" * 5000 + " and pay 10 000")
    card = await stage.card(AMIR)
    assert "characters hidden" in card.all_text

    opened = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert (await stage.request(request.id)).decision is None
    assert opened.modal is not None
    assert "and pay 10 000" in opened.modal.all_text
    assert (await stage.person(AMIR).submit({})).closed
    assert (await stage.request(request.id)).outcome == "approved"


async def test_a_request_of_many_pages_has_its_button_on_the_last(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(context={"text": "é" * 90_000 + "the end"})
    person = stage.person(AMIR)
    opened = await person.click(await stage.card(AMIR), action_ids.APPROVE)
    assert opened.modal is not None
    assert opened.modal.raw["submit"] is None

    turned = 0
    while (view := await person.modal()) is not None and view.control(action_ids.PAGE_ON):
        await person.click_in_modal(action_ids.PAGE_ON)
        turned += 1

    assert turned > 1
    await person.click_in_modal(action_ids.PAGE_BACK)
    back = await person.modal()
    assert back is not None
    assert "the end" not in back.all_text
    await person.click_in_modal(action_ids.PAGE_ON)
    view = await person.modal()
    assert view is not None
    assert "the end" in view.all_text
    assert (await person.submit({})).closed
    assert (await stage.request(request.id)).outcome == "approved"


async def test_a_domain_that_wants_words_asks_for_them(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(reasoning=Reasoning.REQUIRED)])
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.APPROVE)

    assert list((await person.submit({})).errors) == [action_ids.REASONING]
    assert (await person.submit({action_ids.REASONING: "Read and agreed."})).closed

    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert (decision.verdict, decision.reasoning) == (Verdict.APPROVED, "Read and agreed.")


async def test_a_high_risk_asks_once_more(stage: Stage) -> None:
    await stage.apply(amir(), domains=[a_domain(risk=Risk.HIGH)])
    request = await stage.submit()
    card = await stage.card(AMIR)

    backed_out = await stage.person(AMIR).click(card, action_ids.APPROVE, confirm=False)
    assert backed_out.cancelled
    assert (await stage.request(request.id)).state is State.ASSIGNED

    await stage.person(AMIR).click(card, action_ids.APPROVE)
    assert (await stage.request(request.id)).outcome == "approved"


async def test_modifying_sends_the_edited_text(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(dialect=Dialect.HUMANCHECK, summary="Pay 500")
    person = stage.person(AMIR)
    opened = await person.click(await stage.card(AMIR), action_ids.MODIFY)
    assert opened.modal is not None
    field = opened.modal.control(action_ids.MODIFIED_ACTION)
    assert field is not None
    assert field.raw["initial_value"] == "Pay 500"

    unchanged = await person.submit({})
    assert list(unchanged.errors) == [action_ids.MODIFIED_ACTION]
    done = await person.submit({action_ids.MODIFIED_ACTION: "Pay 50"})

    assert done.closed
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert (decision.verdict, decision.modified) == (Verdict.MODIFIED, "Pay 50")


async def test_modify_is_not_there_where_nobody_would_hear_it(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.submit(dialect=Dialect.HUMANLAYER)
    assert (await stage.card(AMIR)).button(action_ids.MODIFY) is None


async def test_nobody_above_is_said_before_a_reason_is_written(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.submit(dialect=Dialect.HUMANCHECK)

    outcome = await stage.person(AMIR).click(await stage.card(AMIR), action_ids.ESCALATE)

    assert outcome.modal is None
    assert outcome.ephemeral is not None
    assert "Nobody stands above" in outcome.ephemeral.text


async def test_asking_the_agent(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.ASK)
    assert (await person.submit({action_ids.QUESTION: "Which supplier?"})).closed

    asked = await stage.card(AMIR, text="Which supplier?")
    assert "has not answered" in asked.all_text
    await stage.answer(request.id, 1, "Acme & <!channel>")
    answered = await stage.card(AMIR, text="Acme & <!channel>")

    assert answered.live == [each for each in answered.live if each["kind"] == "date"]
    told = await person.wait_for(text="answered question 1", where="dm")
    assert told.thread_ts == answered.ts


async def test_silence_moves_it_up(stage: Stage) -> None:
    await stage.apply(amir(), claire(tier=2), domains=[a_domain(escalate_after=minutes(30))])
    await stage.submit()
    await stage.card(AMIR)
    stage.time.pass_(minutes(31))
    await stage.sweep()

    assert "personne n’avait réagi" in (await stage.card(CLAIRE)).all_text
    assert not decides(await stage.closed(AMIR))


async def test_whoever_gets_it_after_somebody_had_looked_has_a_card_that_nobody_has_opened(
    stage: Stage,
) -> None:
    await stage.apply(amir(), claire(tier=2), domains=[a_domain(channel=LEGAL)])
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.DETAILS)
    await stage.until(request.id, lambda r: r.started_at is not None)
    looked = await person.wait_for(text="Somebody has been looking at it since", where=LEGAL)
    await stage.approvals.escalate(Escalate(PROJECT, request.id, SentinelId(1), Door.API, reasoning="Above."))

    passed_up = await stage.card(CLAIRE)

    assert "⏫" in passed_up.all_text
    assert "👀" not in passed_up.all_text
    await person.wait_for(lambda m: m.ts == looked.ts and "👀" not in m.all_text, where=LEGAL)
    assert (await stage.request(request.id)).started_at is not None


async def test_content_that_changed_is_looked_at_again(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(dialect=Dialect.HITL, summary="Pay 10", context={"text": "Pay 10"})
    card = await stage.card(AMIR)
    await stage.fault("error", "chat.update", times=None)
    changed = {"title": "Pay", "summary": "Pay 10 000", "context": {"text": "Pay 10 000"}}
    await stage.approvals.amend(Amend(PROJECT, request.id, "agent", content=changed))
    person = stage.person(AMIR)

    refused = await person.click(card, action_ids.APPROVE)
    assert refused.ephemeral is not None
    assert "content changed" in refused.ephemeral.text
    assert (await stage.request(request.id)).state is State.ASSIGNED

    renewed = await stage.card(AMIR, text="Pay 10 000")
    assert renewed.ts == card.ts
    await stage.until_shown(request.id, 2)
    await person.click(renewed, action_ids.APPROVE)
    assert (await stage.request(request.id)).outcome == "approved"


async def test_content_that_changed_under_an_open_view_is_not_decided(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit(dialect=Dialect.HITL, summary="Pay 10")
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.DETAILS)
    await person.click_in_modal(action_ids.APPROVE)
    # Nobody may change it any more once somebody has started, so this is done behind the rules' back.
    await stage.content_changes(request.id)

    refused = await person.submit({})

    assert refused.view is not None
    assert "content changed" in refused.view.all_text
    assert (await stage.request(request.id)).state is State.ASSIGNED


async def test_what_was_decided_is_read_again_from_its_card(stage: Stage) -> None:
    await stage.apply(amir(), claire(tier=2))
    request = await stage.submit(context={"amount": 50_000})
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.APPROVE)
    closed = await stage.closed(AMIR, text="Approved by Amir Haddad")
    assert "50000" not in closed.all_text
    decided = await stage.request(request.id)

    opened = await person.click(closed, action_ids.DETAILS)

    assert opened.modal is not None
    assert "50000" in opened.modal.all_text
    assert "Approved by Amir Haddad" in opened.modal.all_text
    assert "What happened so far" in opened.modal.all_text
    assert opened.modal.buttons == []
    assert await stage.request(request.id) == decided, "reading is no start"


async def test_whoever_passed_it_on_does_not_read_what_came_of_it(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir(), claire(tier=2))
    request = await stage.submit()
    await stage.card(AMIR)
    await stage.approvals.escalate(Escalate(PROJECT, request.id, SentinelId(1), Door.API, reasoning="Above."))
    await stage.approvals.decide(Decide(PROJECT, request.id, SentinelId(2), Verdict.APPROVED, Door.API))
    closed = await stage.closed(AMIR, text="Approved by Claire Tremblay")
    assert closed.buttons == []
