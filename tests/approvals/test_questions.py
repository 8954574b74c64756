"""Asking the agent, its answers, and what it thinks of a decision afterwards."""

import pytest

from approvals.commands import Answer, Ask, Cancel, Rate
from approvals.errors import AlreadyAnswered, AlreadyEnded, IllegalMove, InvalidField, NotAuthorised
from approvals.model import ApprovalRequest, Door, SentinelId
from tests.approvals.conftest import Desk
from tests.builders import PROJECT, a_wanted


def a_question(request: ApprovalRequest, words: str = "Which supplier?", by: int = 1) -> Ask:
    """A Sentinel asks in Slack."""
    return Ask(PROJECT, request.id, SentinelId(by), words, Door.SLACK)


def an_answer(request: ApprovalRequest, number: int = 1, words: str = "The usual one.") -> Answer:
    """The agent answers."""
    return Answer(PROJECT, request.id, number, words, "Agent's key")


async def test_questions_are_numbered_and_answered_once_in_any_order(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.approvals.ask(a_question(request, " Which supplier? "))
    await desk.approvals.ask(a_question(request, "Which country?"))
    await desk.approvals.answer(an_answer(request, 2, "Here."))
    await desk.approvals.answer(an_answer(request, 1))
    facts = (await desk.facts(request))[2:]
    assert [(f.kind.value, f.actor, dict(f.data)) for f in facts] == [
        ("asked", "Sentinel 1", {"number": 1, "question": "Which supplier?", "by": "Sentinel 1"}),
        ("asked", "Sentinel 1", {"number": 2, "question": "Which country?", "by": "Sentinel 1"}),
        ("answered", "Agent's key", {"number": 2, "answer": "Here."}),
        ("answered", "Agent's key", {"number": 1, "answer": "The usual one."}),
    ]
    assert (await desk.now(request)).assigned_to == 1
    for number, refusal in {1: AlreadyAnswered, 2: AlreadyAnswered, 0: InvalidField, 3: InvalidField}.items():
        with pytest.raises(refusal):
            await desk.approvals.answer(an_answer(request, number))


async def test_the_same_question_before_its_answer_is_one_question(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    for words in ("Which supplier?", " Which supplier? ", "Which country?", "Which supplier?"):
        await desk.approvals.ask(a_question(request, words))
    await desk.approvals.answer(an_answer(request, 3))
    await desk.approvals.ask(a_question(request))
    assert (await desk.kinds(request)).count("asked") == 4


async def test_an_answer_still_comes_when_nobody_holds_it_any_more(desk: Desk) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    await desk.approvals.ask(a_question(request))
    await desk.staff(a_wanted(2, capacity=0))
    await desk.approvals.answer(an_answer(request))
    assert (await desk.kinds(request))[-1] == "answered"


@pytest.mark.parametrize("words", ["", " \n"])
async def test_blank_words_are_no_question_and_no_answer(desk: Desk, words: str) -> None:
    await desk.staff(a_wanted(1))
    request = await desk.ask()
    with pytest.raises(InvalidField):
        await desk.approvals.ask(a_question(request, words))
    await desk.approvals.ask(a_question(request))
    with pytest.raises(InvalidField):
        await desk.approvals.answer(an_answer(request, 1, words))


async def test_only_who_may_decide_may_ask(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2))
    request = await desk.ask()
    with pytest.raises(NotAuthorised):
        await desk.approvals.ask(a_question(request, by=2))


async def test_nobody_asks_about_what_waits_or_has_ended(desk: Desk) -> None:
    await desk.staff(a_wanted(1, capacity=1))
    request, waiting = await desk.ask(), await desk.ask()
    with pytest.raises(IllegalMove):
        await desk.approvals.ask(a_question(waiting))
    await desk.approvals.ask(a_question(request))
    await desk.approvals.cancel(Cancel(PROJECT, request.id, "key"))
    with pytest.raises(AlreadyEnded):
        await desk.approvals.ask(a_question(request))
    with pytest.raises(AlreadyEnded):
        await desk.approvals.answer(an_answer(request))


@pytest.mark.parametrize("rating", [1, 5])
async def test_feedback_goes_on_the_record(desk: Desk, rating: int) -> None:
    request = await desk.ask()
    await desk.approvals.rate(Rate(PROJECT, request.id, rating, "Quick.", "Agent's key"))
    assert (await desk.facts(request))[-1].data == {"rating": rating, "comment": "Quick."}
    assert desk.store.tenants[PROJECT].ratings == [(request.id, rating, "Quick.")]
    assert await desk.now(request) == request


@pytest.mark.parametrize("rating", [0, 6, -1])
async def test_feedback_is_a_number_from_one_to_five(desk: Desk, rating: int) -> None:
    request = await desk.ask()
    with pytest.raises(InvalidField):
        await desk.approvals.rate(Rate(PROJECT, request.id, rating, None, "Agent's key"))
