"""`@requires_approval`: it runs after a yes, once, with what the person saw, and never otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel_desk import (
    ArgumentsChanged,
    AsyncClient,
    Client,
    ConnectionFailed,
    Expired,
    InvalidRequest,
    Rejected,
    Retries,
    WaitTimeout,
    requires_approval,
)
from tests.sdk.front import Front, answering
from tests.sdk.standin import StandIn

Runs = list[Any]


async def decided(desk: Front, call: "asyncio.Task[Any]", verdict: str, **more: Any) -> Any:
    """Decide on what a call asks, and give back what it returns."""
    await desk.until_held(1)
    await desk.decide((await asked(desk))["id"], verdict, **more)
    return await call


async def asked(desk: Front) -> dict[str, Any]:
    """The newest request."""
    return (await desk.made())[-1]


async def test_it_runs_once_after_a_yes(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Refund {amount} to {customer}", client=client)
    async def refund(customer: str, amount: int, *, reason: str = "none given") -> str:
        """Pay it back."""
        runs.append((customer, amount, reason))
        return f"refunded {amount}"

    call = asyncio.create_task(refund("cust_123", amount=500))
    await desk.until_held(1)
    assert runs == []
    assert await decided(desk, call, "approved") == "refunded 500"
    assert runs == [("cust_123", 500, "none given")]
    (request,) = await desk.made()
    assert request["title"] == "Refund 500 to cust_123"
    assert request["payload"] == {
        "function": "test_it_runs_once_after_a_yes.<locals>.refund",
        "arguments": {"customer": "cust_123", "amount": 500, "reason": "none given"},
        "domain": "finance",
    }
    assert (refund.__name__, refund.__doc__) == ("refund", "Pay it back.")


async def test_a_plain_function(desk: Front, blocking: Client) -> None:
    @requires_approval(domain="finance", summary=lambda n: f"Pay {n}", jurisdiction="FR", client=blocking)
    def pay(n: int) -> int:
        return n

    call = asyncio.create_task(asyncio.to_thread(pay, 7))
    assert await decided(desk, call, "approved") == 7
    (request,) = await desk.made()
    assert (request["title"], request["payload"]["jurisdiction"]) == ("Pay 7", "FR")


@pytest.mark.parametrize(
    ("status", "outcome", "error"),
    [
        ("rejected", None, Rejected),
        ("rejected", "modified", Rejected),
        ("rejected", "escalated", Rejected),
        ("rejected", "cancelled", Rejected),
        ("approved", "rejected", Rejected),
        ("expired", None, Expired),
    ],
)
async def test_it_never_runs_after_anything_else(
    standin: StandIn, status: str, outcome: str | None, error: type[Exception]
) -> None:
    runs: Runs = []

    async with AsyncClient(standin.key, standin.url) as client:

        @requires_approval(domain="finance", summary="Pay", client=client)
        async def pay() -> None:
            runs.append(1)

        call = asyncio.create_task(pay())
        more = {"outcome": outcome} if outcome else {}
        with pytest.raises(error) as refused:
            await decided(standin, call, status, note="too much", **more)
    assert type(refused.value) is error
    assert refused.value.decision.note == "too much"  # type: ignore[attr-defined]
    assert "too much" in str(refused.value)
    assert runs == []


async def test_it_never_runs_when_asking_fails(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay", client=client)
    async def pay() -> None:
        runs.append(1)

    desk.faults.append(answering(400))
    with pytest.raises(InvalidRequest):
        await pay()
    once = Retries(attempts=1)
    with Client("k", "http://127.0.0.1:9", retries=once) as nowhere, pytest.raises(ConnectionFailed):
        requires_approval(domain="finance", summary="Pay", client=nowhere)(lambda: runs.append(1))()
    assert runs == []


async def test_who_gives_up_takes_the_request_back(
    desk: Front, client: AsyncClient, blocking: Client
) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay", timeout=0.05, client=client)
    async def pay() -> None:
        runs.append(1)

    @requires_approval(domain="finance", summary="Pay", timeout=0.05, client=blocking)
    def pay_now() -> None:
        runs.append(1)

    with pytest.raises(WaitTimeout):
        await pay()
    with pytest.raises(WaitTimeout):
        await asyncio.to_thread(pay_now)
    assert [request["outcome"] for request in await desk.made()] == ["cancelled", "cancelled"]
    assert runs == []


async def test_who_is_cancelled_does_not_run(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay", client=client)
    async def pay() -> None:
        runs.append(1)

    call = asyncio.create_task(pay())
    await desk.until_held(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await desk.until_held(0)
    await desk.decide((await asked(desk))["id"], "approved")
    assert runs == []


async def test_two_calls_are_two_questions(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay {n}", client=client)
    async def pay(n: int) -> None:
        runs.append(n)

    calls = [asyncio.create_task(pay(1)), asyncio.create_task(pay(1))]
    await desk.until_held(2)
    first, second = await desk.made()
    await desk.decide(first["id"], "approved")
    await desk.decide(second["id"], "rejected")
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Rejected"]
    assert runs == [1]


async def test_what_fails_after_the_yes_is_not_tried_again(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay", client=client)
    async def pay() -> None:
        runs.append(1)
        raise ConnectionFailed("the bank hung up")

    call = asyncio.create_task(pay())
    with pytest.raises(ConnectionFailed, match="bank"):
        await decided(desk, call, "approved")
    assert (runs, len(await desk.made())) == ([1], 1)


async def test_arguments_that_change_meanwhile_were_not_approved(desk: Front, client: AsyncClient) -> None:
    runs: Runs = []

    @requires_approval(domain="finance", summary="Pay", client=client)
    async def pay(order: dict[str, int]) -> None:
        runs.append(order)

    order = {"amount": 10}
    call = asyncio.create_task(pay(order))
    await desk.until_held(1)
    order["amount"] = 10_000
    with pytest.raises(ArgumentsChanged):
        await decided(desk, call, "approved")
    assert runs == []


async def test_methods_show_their_arguments_only(desk: Front, client: AsyncClient) -> None:
    class Bank:
        @requires_approval(domain="finance", summary="Pay {n}", client=client)
        async def pay(self, n: int) -> tuple["Bank", int]:
            return self, n

    bank = Bank()
    assert await decided(desk, asyncio.create_task(bank.pay(7)), "approved") == (bank, 7)
    assert (await asked(desk))["payload"]["arguments"] == {"n": 7}


async def test_what_no_person_shall_see_stays_out(desk: Front, client: AsyncClient) -> None:
    @requires_approval(
        domain="finance",
        summary="Pay {n}",
        description=lambda n, token: f"{n} euros",
        payload=lambda n, token: {"euros": n},
        client=client,
    )
    async def pay(n: int, token: object) -> int:
        return n

    circle: list[object] = []
    circle.append(circle)
    for token in (object(), iter([1]), circle, b"\xff"):
        assert await decided(desk, asyncio.create_task(pay(7, token)), "approved") == 7
        request = await asked(desk)
        assert (request["payload"], request["description"]) == ({"euros": 7, "domain": "finance"}, "7 euros")


async def test_what_cannot_be_shown_is_refused_before_anybody_is_asked(
    desk: Front, client: AsyncClient
) -> None:
    @requires_approval(domain="finance", summary="Pay", client=client)
    async def pay(what: object) -> None:
        raise AssertionError

    circle: list[object] = []
    circle.append(circle)
    for what in (object(), iter([1]), (n for n in [1]), b"\xff", circle):
        with pytest.raises(TypeError, match="what cannot be shown"):
            await pay(what)
    with pytest.raises(TypeError, match="too many"):
        await pay(1, 2)  # type: ignore[call-arg]
    assert desk.seen == []


async def test_a_deadline_for_the_person(desk: Front, client: AsyncClient) -> None:
    @requires_approval(domain="finance", summary="Pay", expires_in=timedelta(hours=1), client=client)
    async def pay() -> None: ...

    await decided(desk, asyncio.create_task(pay()), "approved")
    expires_at = datetime.fromisoformat((await asked(desk))["expires_at"])
    assert timedelta(minutes=59) < expires_at - datetime.now(UTC) < timedelta(minutes=61)


async def test_without_a_client_the_environment_says_where(
    desk: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTINEL_DESK_URL", desk.url)
    monkeypatch.setenv("SENTINEL_DESK_API_KEY", desk.key)

    @requires_approval(domain="finance", summary="Pay")
    async def pay() -> str:
        return "async"

    @requires_approval(domain="finance", summary="Pay")
    def pay_now() -> str:
        return "plain"

    assert await decided(desk, asyncio.create_task(pay()), "approved") == "async"
    assert await decided(desk, asyncio.create_task(asyncio.to_thread(pay_now)), "approved") == "plain"


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("function", [generator, async_generator])
def test_a_generator_cannot_be_guarded(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="generator"):
        requires_approval(domain="finance", summary="Pay")(function)


@pytest.mark.parametrize("summary", ["Pay {amout}", "Pay {amount} to {0}", "{other.amount}", "{x[0]}"])
def test_a_summary_names_parameters_only(summary: str) -> None:
    def pay(amount: int) -> None: ...

    with pytest.raises(TypeError, match="no parameter"):
        requires_approval(domain="finance", summary=summary)(pay)
    requires_approval(domain="finance", summary="{{literal}} {amount:,} {amount.real}")(pay)


async def test_the_client_must_fit_the_function(client: AsyncClient, blocking: Client) -> None:
    def plain() -> None: ...

    async def later() -> None: ...

    with pytest.raises(TypeError, match="needs a Client"):
        requires_approval(domain="finance", summary="Pay", client=client)(plain)
    with pytest.raises(TypeError, match="needs an AsyncClient"):
        requires_approval(domain="finance", summary="Pay", client=blocking)(later)
