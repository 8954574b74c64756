"""Both clients over a real socket, against the dialect as its reference shows it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from sentinel_desk import (
    AsyncClient,
    Client,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Retries,
    WaitTimeout,
)
from tests.sdk.conftest import AT_ONCE
from tests.sdk.standin import StandIn, answering, lost_after, lost_before


async def test_the_announced_interface(desk: StandIn) -> None:
    """The reference's own example, but for the name of the package."""

    def agent() -> str:
        client = Client(api_key=desk.key, base_url=desk.url)
        request = client.requests.create(
            title="Approve $500 refund", payload={"customer_id": "cust_123", "amount": 500}
        )
        decision = request.wait_for_decision(timeout=300)  # 5 minutes
        client.close()
        if decision.approved:
            return f"refund {decision.payload['amount']}"
        return f"rejected: {decision.note}"

    for verdict, note, result in [("approved", None, "refund 500"), ("rejected", "no", "rejected: no")]:
        running = asyncio.create_task(asyncio.to_thread(agent))
        await desk.until_held(1)
        await desk.decide(list(desk.requests)[-1], verdict, note)
        assert await running == result
        assert "wait=55" in [call.headers.get("Prefer") for call in desk.seen]


async def test_what_goes_over_the_wire(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(
        title="Approve $500 refund", payload={"amount": 500}, domain="finance", external_id="refund-7"
    )
    (call,) = desk.seen
    assert (call.method, call.path) == ("POST", "/api/v1/requests")
    assert call.headers["Authorization"] == f"Bearer {desk.key}"
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["User-Agent"].startswith("sentinel-desk-client/")
    assert json.loads(call.body) == {
        "title": "Approve $500 refund",
        "external_id": "refund-7",
        "payload": {"amount": 500, "domain": "finance"},
    }
    assert request.id in desk.requests
    assert (request.status, request.external_id) == ("pending", "refund-7")
    assert request.inserted_at == datetime(2026, 1, 18, 12, tzinfo=UTC)
    assert request.decision is None


async def test_a_decision_in_full(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={"amount": 500})
    await desk.decide(request.id, "approved", "Looks good to me")
    decision = await request.wait_for_decision()
    assert decision.approved
    assert (decision.request_id, decision.status, decision.outcome) == (request.id, "approved", "approved")
    assert (decision.note, decision.decided_by_id) == ("Looks good to me", "user_1")
    assert decision.decided_at is not None
    assert decision.decided_at.tzinfo is not None
    assert decision.payload == {"amount": 500}


@pytest.mark.parametrize(
    ("status", "outcome", "approved", "word"),
    [
        ("approved", None, True, "approved"),
        ("rejected", None, False, "rejected"),
        ("rejected", "modified", False, "modified"),
        ("rejected", "escalated", False, "escalated"),
        ("rejected", "cancelled", False, "cancelled"),
        ("expired", None, False, "expired"),
        # Two words that contradict each other are no approval.
        ("approved", "rejected", False, "rejected"),
    ],
)
async def test_only_an_approval_is_approved_and_true(
    desk: StandIn, client: AsyncClient, status: str, outcome: str | None, approved: bool, word: str
) -> None:
    request = await client.requests.create(payload={})
    await desk.decide(request.id, status, outcome=outcome)
    decision = await request.wait_for_decision(timeout=5)
    assert (decision.approved, bool(decision), decision.outcome) == (approved, approved, word)


async def test_a_request_that_has_ended_is_not_asked_about_again(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    await desk.decide(request.id, "rejected")
    ended = await request.refresh()
    calls = len(desk.seen)
    assert (await ended.wait_for_decision()).outcome == "rejected"
    assert len(desk.seen) == calls


async def test_an_answer_that_is_lost_makes_no_second_request(desk: StandIn, client: AsyncClient) -> None:
    desk.faults.extend([lost_after, lost_before, answering(503), answering(502, text="<html>")])
    request = await client.requests.create(payload={"amount": 10})
    assert list(desk.requests) == [request.id]
    assert len(desk.seen) == 5
    assert len({call.headers["Idempotency-Key"] for call in desk.seen}) == 1
    assert len({call.body for call in desk.seen}) == 1


async def test_a_blocking_client_tries_again_too(desk: StandIn, blocking: Client) -> None:
    desk.faults.extend([lost_after, answering(429, {"Retry-After": "0"}), lost_before])
    request = await asyncio.to_thread(blocking.requests.create, payload={"amount": 10})
    assert list(desk.requests) == [request.id]
    assert len({call.headers["Idempotency-Key"] for call in desk.seen}) == 1


async def test_two_creates_are_two_requests(desk: StandIn, client: AsyncClient) -> None:
    first, second = [await client.requests.create(payload={"amount": 10}) for _ in range(2)]
    assert first.id != second.id


async def test_one_external_id_is_one_request(desk: StandIn, client: AsyncClient) -> None:
    first, again = [await client.requests.create(payload={"n": 1}, external_id="x") for _ in range(2)]
    assert first.id == again.id
    with pytest.raises(Conflict) as taken:
        await client.requests.create(payload={"n": 2}, external_id="x")
    assert (taken.value.field, taken.value.errors) == (
        "external_id",
        {"external_id": ("has already been taken",)},
    )


async def test_a_key_of_ones_own_with_another_body(client: AsyncClient) -> None:
    await client.requests.create(payload={"n": 1}, idempotency_key="mine")
    with pytest.raises(Conflict) as refused:
        await client.requests.create(payload={"n": 2}, idempotency_key="mine")
    assert refused.value.status == 422


async def test_errors(desk: StandIn, client: AsyncClient) -> None:
    with pytest.raises(NotFound) as gone:
        await client.requests.get("req_nothing")
    assert (gone.value.message, gone.value.request_id) == ("Request not found", "abc-1")
    async with AsyncClient("wrong", desk.url) as stranger:
        with pytest.raises(NotAuthenticated):
            await stranger.requests.create(payload={})
    desk.faults.append(answering(400, text='{"error": "no", "errors": {"expires_at": ["is invalid"]}}'))
    with pytest.raises(InvalidRequest) as invalid:
        await client.requests.create(payload={}, expires_at="tomorrow")
    assert invalid.value.field == "expires_at"
    desk.faults.append(answering(429, {"Retry-After": "1209600"}))
    with pytest.raises(RateLimited):
        await client.requests.create(payload={})


async def test_nobody_there() -> None:
    async with AsyncClient(
        "k", "http://127.0.0.1:9", retries=Retries(attempts=2, first=0, longest=0)
    ) as client:
        with pytest.raises(ConnectionFailed, match="ConnectError"):
            await client.requests.get("req_1")


async def test_the_key_follows_no_redirect(desk: StandIn, client: AsyncClient) -> None:
    desk.faults.append(answering(307, {"Location": f"{desk.url}/elsewhere"}))
    with pytest.raises(Exception, match="307"):
        await client.requests.create(payload={})
    assert len(desk.seen) == 1


async def test_a_wait_survives_a_restart(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision(timeout=60))
    await desk.until_held(1)
    desk.faults.extend([lost_before, answering(503, {"Retry-After": "0"})])
    await desk.release()
    await desk.until_held(1)
    await desk.decide(request.id, "approved")
    assert (await waiting).approved


async def test_a_timeout_says_how_the_request_stands(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={}, title="Deploy")
    with pytest.raises(WaitTimeout, match=request.id) as late:
        await request.wait_for_decision(timeout=0.05)
    assert late.value.request is not None
    assert late.value.request.title == "Deploy"
    assert desk.requests[request.id]["status"] == "pending"


async def test_a_blocking_wait_times_out_too(desk: StandIn, blocking: Client) -> None:
    request = await asyncio.to_thread(blocking.requests.create, payload={})
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(request.wait_for_decision, 0.05)


async def test_who_is_cancelled_hangs_up(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision())
    await desk.until_held(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await desk.until_held(0)
    await desk.decide(request.id, "approved")
    assert (await request.wait_for_decision()).approved


async def test_waiters_do_not_wait_for_each_other(desk: StandIn, client: AsyncClient) -> None:
    requests = [await client.requests.create(payload={"n": n}) for n in range(150)]
    waiting = [asyncio.create_task(request.wait_for_decision()) for request in requests]
    await desk.until_held(150)
    for request in reversed(requests):
        await desk.decide(request.id, "approved")
    assert all(decision.approved for decision in await asyncio.gather(*waiting))


async def test_listing(client: AsyncClient, blocking: Client) -> None:
    made = [await client.requests.create(payload={}, external_id=f"x-{n}") for n in range(3)]
    page = await client.requests.list(status="pending")
    assert [request.id for request in page] == [made[2].id, made[1].id]
    rest = await client.requests.list(status="pending", cursor=page.next_cursor)
    assert ([request.id for request in rest], rest.next_cursor) == ([made[0].id], None)
    (found,) = (await asyncio.to_thread(blocking.requests.list, external_id="x-1")).requests
    assert (await asyncio.to_thread(found.refresh)).id == made[1].id


async def test_cancelling(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision())
    await desk.until_held(1)
    assert (await request.cancel()).outcome == "cancelled"
    decision = await waiting
    assert (decision.approved, decision.outcome) == (False, "cancelled")
    assert (await request.cancel()).outcome == "cancelled", "again is no error"


async def test_cancelling_what_is_decided(desk: StandIn, client: AsyncClient, blocking: Client) -> None:
    request = await client.requests.create(payload={})
    await desk.decide(request.id, "approved")
    with pytest.raises(Conflict):
        await request.cancel()
    with pytest.raises(Conflict):
        await asyncio.to_thread(blocking.requests.cancel, request.id)


async def test_questions(desk: StandIn, client: AsyncClient, blocking: Client) -> None:
    request = await client.requests.create(payload={})
    assert await request.questions() == ()
    await desk.ask(request.id, "Which order?")
    await desk.ask(request.id, "How much?")
    first, second = await request.questions()
    assert (first.number, first.question, first.asked_by, first.open) == (1, "Which order?", "Marie", True)
    await request.answer(1, "ord_456")
    await asyncio.to_thread((await asyncio.to_thread(blocking.requests.get, request.id)).answer, 2, "500")
    first, second = await asyncio.to_thread(blocking.requests.questions, request.id)
    assert (first.answer, second.answer) == ("ord_456", "500")


async def test_an_answer_whose_receipt_is_lost(desk: StandIn, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    await desk.ask(request.id, "Which order?")
    desk.faults.append(lost_after)
    await request.answer(1, "ord_456")
    assert desk.questions[request.id][0]["answer"] == "ord_456"
    with pytest.raises(InvalidRequest):
        await request.answer(1, "another")


async def test_the_key_is_in_no_log_and_no_repr(
    desk: StandIn, client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    request = await client.requests.create(payload={"secret": "of the agent"})
    await desk.decide(request.id, "approved")
    decision = await request.wait_for_decision()
    shown = caplog.text + repr([client, client.requests, request, decision, vars(client)])
    assert "127.0.0.1" in shown
    assert desk.key not in shown
    assert "of the agent" not in shown


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A server that takes connections and never says anything."""
    stop = asyncio.Event()

    async def say_nothing(request: web.Request) -> web.Response:
        await stop.wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", say_nothing)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    stop.set()
    await runner.cleanup()


async def test_a_desk_that_says_nothing(silent: str) -> None:
    async with AsyncClient("k", silent, timeout=0.05, retries=AT_ONCE) as client:
        with pytest.raises(ConnectionFailed, match="ReadTimeout"):
            await client.requests.create(payload={})
        with pytest.raises(WaitTimeout) as late:
            await client.requests.wait_for_decision("req_1", timeout=0.2)
    assert isinstance(late.value.__cause__, ConnectionFailed)
