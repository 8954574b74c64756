"""Waiting for a decision, on a counted clock."""

from itertools import repeat

import pytest

from sentinel_desk import APIError, ConnectionFailed, NotFound, Retries, UnreadableMessage, WaitTimeout
from sentinel_desk.exchange import Lost, Reply
from tests.sdk.play import ENOUGH, Clock, Play, held, hold_of, reply, standing


def test_the_answer_is_held_until_there_is_a_decision() -> None:
    play = Play()
    ended = play.run(play.flows.wait("req_1", None), [held("pending"), held("pending"), held("approved")])
    assert ended.ended.approved
    assert [hold_of(send) for send in play.sent] == [55, 55, 55]
    assert [send.after for send in play.sent] == [0.0, 0.0, 0.0]
    assert {send.path for send in play.sent} == {"/api/v1/requests/req_1"}


def test_no_call_is_given_up_before_its_hold_is_over() -> None:
    play = Play()
    play.run(play.flows.wait("req_1", 500), [held("pending"), held("approved")])
    assert all(send.timeout > hold_of(send) for send in play.sent)


def test_a_deadline_is_kept() -> None:
    play = Play()
    with pytest.raises(WaitTimeout) as late:
        play.run(play.flows.wait("req_1", 130.0), repeat(held("pending")))
    assert [hold_of(send) for send in play.sent] == [55, 55, 20]
    assert play.clock.at == 1130.0
    assert isinstance(late.value, TimeoutError)
    assert late.value.request is not None
    assert late.value.request.status == "pending"


def test_a_deadline_of_a_fraction_is_kept_too() -> None:
    play = Play()
    with pytest.raises(WaitTimeout):
        play.run(play.flows.wait("req_1", 1.5), repeat(held("pending")))
    assert play.clock.at == 1001.5


@pytest.mark.parametrize("timeout", [0.0, -1.0])
def test_no_patience_is_one_look(timeout: float) -> None:
    play = Play()
    with pytest.raises(WaitTimeout):
        play.run(play.flows.wait("req_1", timeout), [reply(200, standing("pending"))])
    assert (
        play.run(play.flows.wait("req_1", timeout), [reply(200, standing("rejected"))]).decision is not None
    )
    assert [hold_of(send) for send in play.sent] == [0, 0]


def test_a_restart_of_the_desk_is_waited_out() -> None:
    play = Play()
    back = [reply(200, standing("pending")), Lost("refused"), Lost("refused"), reply(503), held("approved")]
    assert play.run(play.flows.wait("req_1", 600.0), back).ended.approved
    assert all(0.0 <= send.after <= 8.0 for send in play.sent)


def test_many_failures_in_a_row_are_waited_out_when_nobody_set_a_deadline() -> None:
    play = Play()
    back = [*[Lost("refused")] * 40, held("approved")]
    assert play.run(play.flows.wait("req_1", None), back).ended.approved


def test_a_desk_that_never_answers_is_given_up() -> None:
    play = Play(Retries(longest_outage=120.0))
    with pytest.raises(ConnectionFailed):
        play.run(play.flows.wait("req_1", None), repeat(Lost("refused")))
    assert 1120.0 < play.clock.at < 1140.0


def test_a_wait_that_heard_nothing_says_why() -> None:
    play = Play()
    with pytest.raises(WaitTimeout) as late:
        play.run(play.flows.wait("req_1", 5.0), repeat(Lost("refused")))
    assert isinstance(late.value.__cause__, ConnectionFailed)
    assert late.value.request is None
    assert play.clock.at == 1005.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_what_will_not_get_better_is_an_error_at_once(status: int) -> None:
    play = Play()
    with pytest.raises(APIError):
        play.run(play.flows.wait("req_1", 600.0), [reply(status)])


def test_a_request_that_is_gone() -> None:
    play = Play()
    with pytest.raises(NotFound):
        play.run(play.flows.wait("req_1", None), [held("pending"), reply(404)])


def test_an_unknown_status_is_never_taken_for_a_yes() -> None:
    play = Play()
    with pytest.raises(UnreadableMessage):
        play.run(play.flows.wait("req_1", None), [reply(200, standing("auto_approved"))])


def test_retry_after_is_honoured_while_waiting() -> None:
    play = Play()
    play.run(play.flows.wait("req_1", 600.0), [reply(429, retry_after="20"), held("approved")])
    assert 20.0 <= play.sent[1].after <= 20.5


def test_a_server_that_holds_nothing_is_asked_now_and_then() -> None:
    play = Play()
    with pytest.raises(WaitTimeout):
        play.run(play.flows.wait("req_1", 100.0), repeat(reply(200, standing("pending"))))
    pauses = [send.after for send in play.sent]
    assert pauses[0] == 0.0
    assert min(pauses[1:-1]) >= 0.5
    assert max(pauses) <= 10.0
    assert len(pauses) < 30
    assert play.clock.at == 1100.0


def test_a_proxy_that_breaks_off_long_answers_is_no_failure() -> None:
    def broken_off(send: object, clock: Clock) -> Reply:
        clock.at += 60.0
        return reply(504)

    play = Play(hold=300)
    assert play.run(play.flows.wait("req_1", None), [*[broken_off] * 10, held("approved")]).ended.approved


ASKED = {"questions": [{"number": 1, "question": "Which order?"}]}


def test_a_wait_for_news_is_held_as_long_as_any_and_hears_of_the_next_question() -> None:
    play = Play()
    (question,) = play.run(play.flows.news("req_1", 0, None), [held("pending"), reply(200, ASKED)])  # type: ignore[misc]
    assert question.number == 1
    assert [hold_of(send) for send in play.sent] == [55, 0]
    assert play.sent[0].params == {"questions_after": "0"}


def test_news_that_are_known_are_none() -> None:
    play = Play()
    back = [held("pending"), reply(200, ASKED), held("approved")]
    assert play.run(play.flows.news("req_1", 1, None), back).ended.approved  # type: ignore[union-attr]
    assert play.sent[0].params == {"questions_after": "1"}


def test_a_wait_for_a_decision_alone_hears_of_no_question() -> None:
    play = Play()
    play.run(play.flows.wait("req_1", None), [held("approved")])
    assert play.sent[0].params == {}


def test_a_server_without_questions_is_not_pressed() -> None:
    play = Play()
    pending = [reply(200, standing("pending")), reply(404)]
    with pytest.raises(WaitTimeout):
        play.run(play.flows.news("req_1", 0, 100.0), pending * ENOUGH)
    assert len(play.sent) < 60


@pytest.mark.parametrize("trouble", [[reply(404)], [Lost("refused")] * 6, [reply(503)] * 6])
def test_a_wait_survives_that_questions_cannot_be_had(trouble: list[Reply | Lost]) -> None:
    play = Play()
    back = [held("pending"), *trouble, Lost("refused"), held("approved")]
    assert play.run(play.flows.news("req_1", 0, None), back).ended.approved  # type: ignore[union-attr]


def test_a_wait_for_news_keeps_its_deadline() -> None:
    play = Play()
    back = [held("pending"), reply(200, {"questions": []}), held("pending")]
    with pytest.raises(WaitTimeout):
        play.run(play.flows.news("req_1", 0, 57.0), back)
    assert play.clock.at == 1057.0
