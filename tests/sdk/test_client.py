"""Both clients over a real socket, against the dialect as its reference shows it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from sentinel_desk import (
    AsyncClient,
    Client,
    Conflict,
    ConnectionFailed,
    Event,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    Question,
    RateLimited,
    Retries,
    WaitTimeout,
    verify,
)
from tests.sdk.conftest import AT_ONCE
from tests.sdk.front import PATIENCE_S, Front, answering, lost_after, lost_before
from tests.sdk.real import RealDesk, real_desk
from tests.sdk.standin import StandIn


async def test_the_announced_interface(desk: Front) -> None:
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
        await desk.decide((await desk.made())[-1]["id"], verdict, note)
        assert await running == result
        assert "wait=55" in [call.headers.get("Prefer") for call in desk.seen]


async def test_what_goes_over_the_wire(desk: Front, client: AsyncClient) -> None:
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
    assert [made["id"] for made in await desk.made()] == [request.id]
    assert (request.status, request.external_id) == ("pending", "refund-7")
    assert request.inserted_at is not None
    assert abs(request.inserted_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert request.decision is None


async def test_a_decision_in_full(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={"amount": 500})
    await desk.decide(request.id, "approved", "Looks good to me")
    decision = await request.wait_for_decision()
    assert decision.approved
    assert (decision.request_id, decision.status, decision.outcome) == (request.id, "approved", "approved")
    assert (decision.note, decision.decided_by_id) == ("Looks good to me", "user_1")
    assert decision.decided_at is not None
    assert decision.decided_at.tzinfo is not None
    assert decision.payload == {"amount": 500}


async def test_a_request_that_has_ended_is_not_asked_about_again(
    desk: Front, client: AsyncClient, blocking: Client
) -> None:
    request = await client.requests.create(payload={})
    await desk.decide(request.id, "rejected")
    ended = await request.refresh()
    too = await asyncio.to_thread(blocking.requests.get, request.id)
    calls = len(desk.seen)
    assert (await ended.wait_for_decision()).outcome == "rejected"
    assert (await asyncio.to_thread(too.wait_for_decision)).outcome == "rejected"
    assert len(desk.seen) == calls


async def test_an_answer_that_is_lost_makes_no_second_request(desk: Front, client: AsyncClient) -> None:
    desk.faults.extend([lost_after, lost_before, answering(503), answering(502, text="<html>")])
    request = await client.requests.create(payload={"amount": 10})
    assert [made["id"] for made in await desk.made()] == [request.id]
    assert len(desk.seen) == 5
    assert len({call.headers["Idempotency-Key"] for call in desk.seen}) == 1
    assert len({call.body for call in desk.seen}) == 1


async def test_a_blocking_client_tries_again_too(desk: Front, blocking: Client) -> None:
    desk.faults.extend([lost_after, answering(429, {"Retry-After": "0"}), lost_before])
    request = await asyncio.to_thread(blocking.requests.create, payload={"amount": 10})
    assert [made["id"] for made in await desk.made()] == [request.id]
    assert len({call.headers["Idempotency-Key"] for call in desk.seen}) == 1


async def test_two_creates_are_two_requests(desk: Front, client: AsyncClient) -> None:
    first, second = [await client.requests.create(payload={"amount": 10}) for _ in range(2)]
    assert first.id != second.id


async def test_one_external_id_is_one_request(desk: Front, client: AsyncClient) -> None:
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


async def test_errors(desk: Front, client: AsyncClient) -> None:
    with pytest.raises(NotFound) as gone:
        await client.requests.get("req_" + 32 * "0")
    assert gone.value.message == "Request not found"
    assert gone.value.request_id
    async with AsyncClient("wrong", desk.url) as stranger:
        with pytest.raises(NotAuthenticated):
            await stranger.requests.create(payload={})
    desk.faults.append(answering(429, {"Retry-After": "1209600"}))
    with pytest.raises(RateLimited):
        await client.requests.create(payload={})


async def test_what_the_desk_finds_wrong_is_named(real: RealDesk) -> None:
    async with AsyncClient(real.key, real.url) as client:
        for field, wrong in {
            "expires_at": "tomorrow",
            "callback_url": "ftp://agent.example.com",
            "title": "two\nlines",
        }.items():
            with pytest.raises(InvalidRequest) as invalid:
                await client.requests.create(payload={}, **{field: wrong})  # type: ignore[arg-type]
            assert invalid.value.field == field


async def test_nobody_there() -> None:
    async with AsyncClient(
        "k", "http://127.0.0.1:9", retries=Retries(attempts=2, first=0, longest=0)
    ) as client:
        with pytest.raises(ConnectionFailed, match="ConnectError"):
            await client.requests.get("req_1")


async def test_the_key_follows_no_redirect(desk: Front, client: AsyncClient) -> None:
    desk.faults.append(answering(307, {"Location": f"{desk.url}/elsewhere"}))
    with pytest.raises(Exception, match="307"):
        await client.requests.create(payload={})
    assert len(desk.seen) == 1


async def test_a_wait_survives_a_restart(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision(timeout=60))
    await desk.until_held(1)
    desk.faults.extend([lost_before, answering(503, {"Retry-After": "0"})])
    desk.release()
    await desk.until_held(1)
    await desk.decide(request.id, "approved")
    assert (await waiting).approved


async def test_a_timeout_says_how_the_request_stands(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={}, title="Deploy")
    with pytest.raises(WaitTimeout, match=request.id) as late:
        await request.wait_for_decision(timeout=0.05)
    assert late.value.request is not None
    assert late.value.request.title == "Deploy"
    assert (await request.refresh()).status == "pending"


async def test_a_blocking_wait_times_out_too(desk: Front, blocking: Client) -> None:
    request = await asyncio.to_thread(blocking.requests.create, payload={})
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(request.wait_for_decision, 0.05)


async def test_who_is_cancelled_hangs_up(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision())
    await desk.until_held(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await desk.until_held(0)
    await desk.decide(request.id, "approved")
    assert (await request.wait_for_decision()).approved


async def test_waiters_do_not_wait_for_each_other(desk: Front, client: AsyncClient) -> None:
    # More than the connections that the HTTP library allows by default.
    requests = [await client.requests.create(payload={"n": n}) for n in range(105)]
    waiting = [asyncio.create_task(request.wait_for_decision()) for request in requests]
    await desk.until_held(105)
    for request in reversed(requests):
        await desk.decide(request.id, "approved")
    assert all(decision.approved for decision in await asyncio.gather(*waiting))


async def test_listing(desk: Front, client: AsyncClient, blocking: Client) -> None:
    made = [await client.requests.create(payload={}, external_id=f"x-{n}") for n in range(3)]
    await desk.decide(made[0].id, "approved")
    page = await client.requests.list(status="pending")
    assert [request.id for request in page] == [made[2].id, made[1].id]
    assert page.next_cursor is None
    (found,) = (await asyncio.to_thread(blocking.requests.list, external_id="x-1")).requests
    assert (await asyncio.to_thread(found.refresh)).id == made[1].id


async def test_cancelling(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    waiting = asyncio.create_task(request.wait_for_decision())
    await desk.until_held(1)
    assert (await request.cancel()).outcome == "cancelled"
    decision = await waiting
    assert (decision.approved, decision.outcome) == (False, "cancelled")
    assert (await request.cancel()).outcome == "cancelled", "again is no error"


async def test_cancelling_what_is_decided(desk: Front, client: AsyncClient, blocking: Client) -> None:
    request = await client.requests.create(payload={})
    await desk.decide(request.id, "approved")
    with pytest.raises(Conflict):
        await request.cancel()
    with pytest.raises(Conflict):
        await asyncio.to_thread(blocking.requests.cancel, request.id)


async def test_questions(desk: Front, client: AsyncClient, blocking: Client) -> None:
    request = await client.requests.create(payload={})
    assert await request.questions() == ()
    await desk.ask(request.id, "Which order?")
    await desk.ask(request.id, "How much?")
    first, second = await request.questions()
    assert (first.number, first.question, first.asked_by, first.open) == (
        1,
        "Which order?",
        "Marie Dupont",
        True,
    )
    await request.answer(1, "ord_456")
    await asyncio.to_thread((await asyncio.to_thread(blocking.requests.get, request.id)).answer, 2, "500")
    first, second = await asyncio.to_thread(blocking.requests.questions, request.id)
    assert (first.answer, second.answer) == ("ord_456", "500")


async def test_questions_are_answered_while_waiting(desk: Front) -> None:
    heard: list[str] = []

    async def answer(question: Question) -> str | None:
        heard.append(question.question)
        return None if "colour" in question.question else f"answer {question.number}"

    async with AsyncClient(desk.key, desk.url, hold=0) as client:
        request = await client.requests.create(payload={})
        for text in ("Which order?", "Which colour?", "How much?"):
            await desk.ask(request.id, text)
        waiting = asyncio.create_task(request.wait_for_decision(on_question=answer))
        async with asyncio.timeout(PATIENCE_S):
            while (await request.questions())[2].open:
                assert not waiting.done()
        await desk.decide(request.id, "approved")
        assert (await waiting).approved
        assert [q.answer for q in await request.questions()] == ["answer 1", None, "answer 3"]
    assert heard == ["Which order?", "Which colour?", "How much?"]


async def test_a_blocking_wait_answers_too(desk: Front) -> None:
    with Client(desk.key, desk.url, hold=0) as client:
        request = await asyncio.to_thread(client.requests.create, payload={})
        await desk.ask(request.id, "Which order?")
        heard = asyncio.Event()
        loop = asyncio.get_running_loop()

        def answer(question: Question) -> str:
            loop.call_soon_threadsafe(heard.set)
            return "ord_456"

        waiting = asyncio.create_task(asyncio.to_thread(request.wait_for_decision, 60, on_question=answer))
        await asyncio.wait_for(heard.wait(), PATIENCE_S)
        await desk.decide(request.id, "approved")
        assert (await waiting).approved


async def test_a_blocking_answer_that_comes_too_late_is_no_failure(desk: Front) -> None:
    loop = asyncio.get_running_loop()

    def answer(question: Question) -> str:
        asyncio.run_coroutine_threadsafe(desk.decide(request.id, "rejected"), loop).result(PATIENCE_S)
        return "ord_456"

    with Client(desk.key, desk.url, hold=0) as client:
        request = await asyncio.to_thread(client.requests.create, payload={})
        await desk.ask(request.id, "Which order?")
        decision = await asyncio.to_thread(request.wait_for_decision, on_question=answer)
    assert decision.outcome == "rejected"


async def test_an_answer_that_comes_too_late_is_no_failure(desk: Front) -> None:
    async def answer(question: Question) -> str:
        await desk.decide(request.id, "rejected")
        return "ord_456"

    async with AsyncClient(desk.key, desk.url, hold=0) as client:
        request = await client.requests.create(payload={})
        await desk.ask(request.id, "Which order?")
        assert (await request.wait_for_decision(on_question=answer)).outcome == "rejected"


async def test_an_answer_whose_receipt_is_lost(desk: Front, client: AsyncClient) -> None:
    request = await client.requests.create(payload={})
    await desk.ask(request.id, "Which order?")
    desk.faults.append(lost_after)
    await request.answer(1, "ord_456")
    assert [question.answer for question in await request.questions()] == ["ord_456"]
    with pytest.raises(Conflict):
        await request.answer(1, "another")


async def test_the_key_is_in_no_log_and_no_repr(standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AsyncClient(standin.key, standin.url) as client:
        request = await client.requests.create(payload={"secret": "of the agent"})
        await standin.decide(request.id, "approved")
        decision = await request.wait_for_decision()
        shown = caplog.text + repr([client, client.requests, request, decision, vars(client)])
    assert "127.0.0.1" in shown
    assert standin.key not in shown
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
        with pytest.raises(ConnectionFailed, match="Timeout"):
            await client.requests.create(payload={})
        with pytest.raises(WaitTimeout) as late:
            await client.requests.wait_for_decision("req_1", timeout=0.2)
    assert isinstance(late.value.__cause__, ConnectionFailed)


async def test_a_deadline_that_passes(real: RealDesk) -> None:
    async with AsyncClient(real.key, real.url) as client:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        request = await client.requests.create(payload={}, expires_at=soon)
        decision = await request.wait_for_decision(timeout=60)
    assert (decision.approved, decision.status, decision.outcome) == (False, "expired", "expired")


async def test_a_desk_that_stops_is_waited_for(tmp_path: Path) -> None:
    """Its drain answers with the state as it is, and the next desk on the same database goes on."""
    async with real_desk(tmp_path) as first, AsyncClient(first.key, first.url) as client:
        request = await client.requests.create(payload={})
    async with real_desk(tmp_path) as second, AsyncClient(second.key, second.url) as client:
        waiting = asyncio.create_task(client.requests.wait_for_decision(request.id))
        await second.until_held(1)
        await second.decide(request.id, "approved")
        assert (await waiting).approved


async def test_a_callback_is_believed(real: RealDesk) -> None:
    """What the desk sends is what `verify` accepts, with the secret that the key was made with."""
    arrived: asyncio.Queue[Event] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        arrived.put_nowait(verify(request.headers, await request.read(), real.webhook_secret))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/decided", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with AsyncClient(real.key, real.url) as client:
        request = await client.requests.create(
            payload={"amount": 500},
            external_id="refund-7",
            callback_url=f"http://127.0.0.1:{runner.addresses[0][1]}/decided",
        )
        await real.decide(request.id, "approved", "Looks good to me")
        event = await asyncio.wait_for(arrived.get(), PATIENCE_S)
    await runner.cleanup()
    assert (event.event, event.request_id, event.external_id) == ("request.decided", request.id, "refund-7")
    assert event.decision.approved
    assert (event.decision.note, event.decision.payload) == ("Looks good to me", {"amount": 500})
