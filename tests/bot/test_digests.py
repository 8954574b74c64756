"""More comes to one Sentinel than anybody reads one by one: the rest stands together in one message."""

import asyncio
from datetime import timedelta

from approvals.cards import DIGEST_HOLDS, RUSH, dm
from approvals.commands import Decide, Escalate, SetAway
from approvals.ids import new_id
from approvals.model import ApprovalRequest, Door, SentinelId, State, Verdict
from bot import action_ids
from bot.digest import digest as digest_of
from bot.message import Message as Drawn
from bot.subject import Subject
from bot.validator import check_message, texts
from tests.bot.passing import Passing
from tests.bot.speaking import strict
from tests.bot.stage import AMIR, CLAIRE, Stage, amir, claire
from tests.builders import (
    NOW,
    PROJECT,
    a_domain,
    a_roster,
    a_sentinel,
    assigned,
    hours,
    minutes,
)
from workspace.seen import Message, Outcome

MINE = dm(SentinelId(1))
A_WHILE = timedelta(seconds=61)


async def submitted(stage: Stage, count: int, **facts: object) -> list[ApprovalRequest]:
    """So many requests at once, in the order of their numbers."""
    made = await asyncio.gather(*(stage.submit(summary=f"Secret {n}.", **facts) for n in range(count)))
    return sorted(made, key=lambda request: request.number)


def opens(message: Message) -> set[str]:
    """The requests that a digest opens."""
    return {b.value for b in message.buttons if b.action_id == action_ids.DIGEST_OPEN}


async def open_line(stage: Stage, digest: Message, request: ApprovalRequest) -> Outcome:
    """Amir presses the button in a request's line."""
    line = action_ids.of_request(action_ids.DIGEST_OPEN, request.id)
    return await stage.person(AMIR).click(digest, action_ids.DIGEST_OPEN, block_id=line)


async def digests(stage: Stage, user: str = AMIR) -> list[Message]:
    return [m for m in await stage.person(user).messages("dm") if m.all_text.startswith("📚") or opens(m)]


async def shown(stage: Stage, requests: list[ApprovalRequest]) -> list[ApprovalRequest]:
    """Those of them that stand on a digest, once all of them are shown, at the pace that Slack allows."""
    await Passing(stage).drain(minutes(2))
    cards = [await stage.store.cards.card(request.id, MINE) for request in requests]
    assert all(card and card.shown_state for card in cards)
    return [request for request, card in zip(requests, cards, strict=True) if card and card.digest]


async def rushed(stage: Stage, more: int = 5) -> tuple[Message, list[ApprovalRequest]]:
    """The digest after a rush, and what stands on it."""
    together = await shown(stage, await submitted(stage, RUSH + more))
    (digest,) = await digests(stage)
    return digest, together


async def test_a_rush_is_ten_cards_and_one_digest(stage: Stage) -> None:
    await stage.apply(amir())

    digest, together = await rushed(stage)

    messages = await stage.person(AMIR).messages("dm")
    decidable = [b.value for m in messages for b in m.buttons if b.action_id == action_ids.APPROVE]
    assert len(decidable) == len(set(decidable)) == RUSH
    assert opens(digest) == {r.id for r in together}
    assert not opens(digest) & set(decidable)
    assert len(together) == 5
    assert "5 more requests wait for your decision." in digest.text
    for request in together:
        assert f"*#{request.number}*" in digest.all_text
        assert f"🤖 {request.title}" in digest.all_text, "by which its reader knows it again"
        assert request.summary not in digest.all_text, "the rest is in the full view"


async def test_what_stands_on_a_digest_is_read_and_decided(stage: Stage) -> None:
    await stage.apply(amir())
    digest, together = await rushed(stage)
    chosen = together[1]
    person = stage.person(AMIR)

    opened = await open_line(stage, digest, chosen)
    assert opened.modal is not None
    assert chosen.summary in opened.modal.all_text
    await person.click_in_modal(action_ids.APPROVE)
    await person.submit({})

    assert (await stage.request(chosen.id)).outcome == "approved"
    digest = await person.wait_for(lambda m: m.ts == digest.ts and chosen.id not in opens(m), where="dm")
    assert opens(digest) == {r.id for r in together} - {chosen.id}
    assert f"#{chosen.number}" in digest.all_text
    assert "Approved by Amir Haddad" in digest.all_text
    assert "4 more requests wait" in digest.all_text


async def test_a_digest_follows_what_is_decided_elsewhere(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2))
    digest, together = await rushed(web_stage, 3)
    first, second, third = together
    approvals = web_stage.approvals
    await approvals.decide(Decide(PROJECT, first.id, SentinelId(1), Verdict.REJECTED, Door.API, "No."))
    await approvals.escalate(Escalate(PROJECT, second.id, SentinelId(1), Door.API, reasoning="Too much."))

    person = web_stage.person(AMIR)
    digest = await person.wait_for(lambda m: m.ts == digest.ts and opens(m) == {third.id}, where="dm")

    assert "Rejected by Amir Haddad" in digest.all_text
    assert "now with Claire Tremblay" in digest.all_text
    assert await web_stage.card(CLAIRE, text=second.summary), "whoever it passes to has a card"
    await approvals.decide(Decide(PROJECT, third.id, SentinelId(1), Verdict.APPROVED, Door.API))
    assert await person.wait_for(text="Nothing here waits for you any more.", where="dm")


async def test_a_digest_counts_what_its_reader_has_and_says_who_has_the_rest(web_stage: Stage) -> None:
    stage = web_stage
    await stage.apply(amir(), claire(), domains=[a_domain(backups=True)])
    await stage.clockwork.set_away(SetAway(PROJECT, SentinelId(2), stage.time() + hours(3), None, "x"))
    digest, together = await rushed(stage, 3)
    await stage.clockwork.set_away(SetAway(PROJECT, SentinelId(2), None, None, "x"))
    await stage.clockwork.set_away(SetAway(PROJECT, SentinelId(1), stage.time() + hours(3), None, "x"))
    person = stage.person(AMIR)

    digest = await person.wait_for(
        lambda m: m.ts == digest.ts and m.all_text.count("Now with Claire Tremblay.") == len(together),
        where="dm",
    )

    assert "Nothing here waits for you any more." in digest.all_text
    assert opens(digest) == {r.id for r in together}, "as a backup"
    assert (await open_line(stage, digest, together[0])).modal is not None


def test_a_digest_that_holds_too_much_has_words_as_far_as_there_is_room() -> None:
    requests = [assigned(number=n, id=new_id(NOW), title="", summary=f"Secret {n}.") for n in range(1, 41)]
    message = drawn(*requests)
    assert check_message(message.arguments()) == []
    told = str(message.arguments())
    assert all(f"*#{r.number}*" in told for r in requests)
    assert "Secret 8." in told
    assert "Secret 9." not in told


def test_what_an_agent_writes_is_dead_on_a_digest() -> None:
    lure = "<!channel> *Approved* <https://evil.example|here> :white_check_mark:"
    arguments = drawn(assigned(title=f"{lure}\nsecond row")).arguments()
    assert {"type": "plain_text", "text": f"🤖 {lure}", "emoji": False} in list(texts(arguments))
    assert str(arguments).count("evil.example") == 1


def drawn(*requests: ApprovalRequest) -> Drawn:
    """A digest of these as its first Sentinel sees it."""
    roster = a_roster(a_sentinel(1))
    return digest_of([Subject(request, roster) for request in requests], a_sentinel(1), strict("en"))


async def test_after_a_rush_each_has_a_card_again_and_the_next_rush_its_own_digest(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    first, _ = await rushed(web_stage)

    web_stage.time.pass_(A_WHILE)
    assert await shown(web_stage, await submitted(web_stage, RUSH)) == []
    later = await shown(web_stage, await submitted(web_stage, 2))

    assert len(later) == 2
    old, new = await digests(web_stage)
    assert old.ts == first.ts
    assert opens(old) == opens(first)
    assert opens(new) == {r.id for r in later}


async def test_in_a_rush_the_last_digest_grows_until_it_is_full(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    first, _ = await rushed(web_stage, 1)

    more = await shown(web_stage, await submitted(web_stage, DIGEST_HOLDS + 1))

    full, rest = await digests(web_stage)
    assert full.ts == first.ts
    assert len(opens(full)) == DIGEST_HOLDS
    assert len(opens(rest)) == 2
    assert opens(full) | opens(rest) >= {r.id for r in more}


async def test_a_lost_answer_gives_two_digests_of_which_one_decides(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await shown(web_stage, await submitted(web_stage, RUSH))
    web_stage.time.pass_(timedelta(seconds=10))
    await web_stage.fault("lost_answer", "chat.postMessage")
    (request,) = await shown(web_stage, await submitted(web_stage, 1))
    lost, known = await digests(web_stage)
    person = web_stage.person(AMIR)

    on_copy = await open_line(web_stage, lost, request)

    assert on_copy.ephemeral is not None
    assert "copy" in on_copy.ephemeral.text
    assert await person.modal() is None
    assert (await open_line(web_stage, known, request)).modal is not None


async def test_a_digest_of_which_nobody_knows_is_taken_up(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await shown(web_stage, await submitted(web_stage, RUSH))
    web_stage.time.pass_(timedelta(seconds=10))
    await web_stage.fault("lost_answer", "chat.postMessage")
    (request,) = await submitted(web_stage, 1)
    person = web_stage.person(AMIR)
    lost = await person.wait_for(lambda m: bool(opens(m)), where="dm")

    assert (await open_line(web_stage, lost, request)).modal is not None

    card = await web_stage.on_record(request.id, lost.ts)
    assert card.digest


async def test_a_line_that_is_out_of_date_costs_the_others_nothing(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    digest, together = await rushed(web_stage)
    await web_stage.fault("error", "chat.update", times=None)
    gone = together[0]
    await web_stage.approvals.decide(
        Decide(PROJECT, gone.id, SentinelId(1), Verdict.APPROVED, Door.API, "By telephone.")
    )

    outcome = await open_line(web_stage, digest, gone)

    assert outcome.modal is not None
    assert "Approved by Amir Haddad" in outcome.modal.all_text
    assert outcome.modal.buttons == []
    (still,) = await digests(web_stage)
    assert opens(still) == {r.id for r in together}, "the outbox, not the click, brings it up to date"


async def test_a_deleted_digest_is_shown_anew(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    digest, together = await rushed(web_stage)
    await web_stage.slack.chat_delete(channel=digest.channel, ts=digest.ts)

    await web_stage.ask(together[0].id, "Why?")
    anew = await web_stage.person(AMIR).wait_for(lambda m: opens(m) == {r.id for r in together}, where="dm")

    assert anew.ts != digest.ts
    await shown(web_stage, together)
    assert await web_stage.reconciler.sweep() == 0


async def test_of_a_deleted_digest_what_is_open_is_shown_anew_and_what_has_ended_is_not(
    web_stage: Stage,
) -> None:
    await web_stage.apply(amir())
    digest, together = await rushed(web_stage)
    await web_stage.slack.chat_delete(channel=digest.channel, ts=digest.ts)
    over, *still = together
    await web_stage.approvals.decide(Decide(PROJECT, over.id, SentinelId(1), Verdict.APPROVED, Door.API))
    await Passing(web_stage).drain(minutes(2))
    assert await digests(web_stage) == []

    assert await web_stage.reconciler.sweep() == len(still)
    assert await shown(web_stage, still)

    (anew,) = await digests(web_stage)
    assert opens(anew) == {r.id for r in still}
    assert await web_stage.reconciler.sweep() == 0


async def test_what_its_reader_waits_for_is_told_under_a_digest(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    digest, together = await rushed(web_stage, 1)
    soon = together[0]
    await web_stage.ask(soon.id, "Who signed?")
    await web_stage.answer(soon.id, 1, "The minister.")

    told = await web_stage.person(AMIR).wait_for(text="The minister.", where="dm")

    assert told.thread_ts == digest.ts
    assert told.text.startswith(f"#{soon.number} ")
    under = await web_stage.person(AMIR).messages("dm", thread_ts=digest.ts)
    assert not any("Who signed?" in m.text for m in under), "nothing that its reader knows"


async def test_nobody_decides_by_a_digest_that_somebody_else_has(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2))
    digest, together = await rushed(web_stage)
    passed = together[0]
    await web_stage.fault("error", "chat.update", times=None)
    await web_stage.approvals.escalate(
        Escalate(PROJECT, passed.id, SentinelId(1), Door.API, reasoning="Too much.")
    )

    outcome = await open_line(web_stage, digest, passed)

    assert outcome.modal is None
    assert outcome.ephemeral is not None
    assert (await web_stage.request(passed.id)).state is State.ASSIGNED


async def test_a_rush_through_an_outage_is_told_once(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    await web_stage.operator.post("outage", minutes=30)
    requests = await submitted(web_stage, RUSH + DIGEST_HOLDS)
    await Passing(web_stage).pass_(minutes(31))

    together = await shown(web_stage, requests)

    assert len(together) == DIGEST_HOLDS
    posts = [c for c in await web_stage.calls("chat.postMessage") if c["ok"]]
    assert len(posts) == RUSH + 1, "at the pace that Slack allows, ten cards and the rest at once"
