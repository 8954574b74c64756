"""One call: what is tried again, with which bytes, and what the desk's errors become."""

import pytest

from sentinel_desk import (
    APIError,
    Conflict,
    ConnectionFailed,
    DeskFailure,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
    Retries,
    UnreadableMessage,
    drafts,
)
from sentinel_desk.exchange import Lost, Reply
from tests.sdk.play import Back, Play, reply, standing

CREATED = reply(201, standing("pending"))


@pytest.mark.parametrize(
    "trouble",
    [
        Lost("ReadError"),
        reply(429),
        reply(502),
        reply(503),
        reply(504),
        reply(409, retry_after="1"),
        Reply(502, {}, b"<html>"),
    ],
)
def test_what_may_succeed_is_tried_again_with_the_same_key_and_bytes(trouble: Back) -> None:
    play = Play()
    made = play.run(play.flows.create(drafts.create(payload={"amount": 500})), [trouble, trouble, CREATED])
    assert made.id == "req_1"
    assert len(play.sent) == 3
    assert len({send.headers["Idempotency-Key"] for send in play.sent}) == 1
    assert {send.body for send in play.sent} == {b'{"payload":{"amount":500}}'}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 500, 501, 302])
def test_what_will_not_succeed_is_not_tried_again(status: int) -> None:
    play = Play()
    with pytest.raises(APIError) as refused:
        play.run(play.flows.create(drafts.create(payload={})), [reply(status)])
    assert refused.value.status == status


def test_each_create_has_its_own_key() -> None:
    assert drafts.create(payload={}).idempotency_key != drafts.create(payload={}).idempotency_key
    assert drafts.create(payload={}, idempotency_key="mine").idempotency_key == "mine"


def test_retry_after_is_honoured() -> None:
    play = Play()
    back = [reply(429, retry_after="7"), reply(503, retry_after="Sun, 18 Jan 2026 12:00:20 GMT"), CREATED]
    play.run(play.flows.create(drafts.create(payload={})), back)
    first, second, third = [send.after for send in play.sent]
    assert first == 0.0
    assert 7.0 <= second <= 7.5
    assert 20.0 <= third <= 21.0


def test_a_quota_that_is_used_up_for_long_is_an_error_at_once() -> None:
    play = Play()
    with pytest.raises(RateLimited) as limited:
        play.run(play.flows.create(drafts.create(payload={})), [reply(429, retry_after="86400")])
    assert limited.value.retry_after == 86400.0


def test_in_the_end_the_last_failure_is_the_error() -> None:
    play = Play(Retries(attempts=3))
    with pytest.raises(ConnectionFailed, match="no route"):
        play.run(play.flows.get("req_1"), [Lost("a"), reply(503), Lost("no route")])
    assert len(play.sent) == 3
    with pytest.raises(DeskFailure):
        play.run(play.flows.get("req_1"), [Lost("a"), Lost("b"), reply(503)])


def test_one_attempt_is_one_attempt() -> None:
    play = Play(Retries(attempts=1))
    with pytest.raises(DeskFailure):
        play.run(play.flows.get("req_1"), [reply(503)])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, NotAuthenticated),
        (403, NotPermitted),
        (404, NotFound),
        (409, Conflict),
        (413, InvalidRequest),
        (422, Conflict),
        (500, DeskFailure),
        (418, APIError),
    ],
)
def test_the_tree_of_errors(status: int, kind: type[APIError]) -> None:
    said = {"error": "payload can't be blank", "errors": {"payload": ["can't be blank"]}}
    play = Play()
    with pytest.raises(kind) as refused:
        play.run(play.flows.get("req_1"), [reply(status, said, x_request_id="abc-1")])
    error = refused.value
    assert type(error) is kind
    assert (error.status, error.message, error.field) == (status, "payload can't be blank", "payload")
    assert error.errors == {"payload": ("can't be blank",)}
    assert error.request_id == "abc-1"
    assert str(error) == f"{status}: payload can't be blank"


def test_errors_of_our_own_routes() -> None:
    said = {"error": {"code": "invalid_field", "message": "answer can't be blank", "field": "answer"}}
    play = Play()
    with pytest.raises(InvalidRequest) as refused:
        play.run(play.flows.questions("req_1"), [reply(400, said)])
    assert (refused.value.code, refused.value.field) == ("invalid_field", "answer")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"no"', b'{"error": 7}', b'{"errors": ["x"]}', b"\xff"]
)
def test_an_error_in_foreign_words_is_still_an_error(body: bytes) -> None:
    play = Play()
    with pytest.raises(APIError, match="without a reason"):
        play.run(play.flows.get("req_1"), [Reply(500, {}, body)])


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"id": "req_1", "status": "maybe", "payload": {}}', b"\xff", b"null"],
)
def test_a_yes_in_foreign_words_is_no_answer(body: bytes) -> None:
    play = Play()
    with pytest.raises(UnreadableMessage):
        play.run(play.flows.get("req_1"), [Reply(200, {}, body)])


@pytest.mark.parametrize("hostile", ["", "..", "../x", "a/b", "req_1?x=1", "req_1#", "req 1", "é", "a" * 65])
def test_an_id_reaches_no_other_path(hostile: str) -> None:
    play = Play()
    with pytest.raises(ValueError, match="letters"):
        play.run(play.flows.get(hostile), [])
    with pytest.raises(ValueError, match="letters"):
        play.run(play.flows.wait(hostile, 1.0), [])
