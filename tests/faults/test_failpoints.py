"""Stopped at each boundary of a transition, the desk is whole: no end without its messages and evidence."""

from __future__ import annotations

import ast
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import failpoints
from tests.faults.fleet import MARIE, PATIENCE_S, Fleet, flapping, fleet, hasten, settled
from tests.journeys.process import CommandFailed
from tests.journeys.world import World, world
from tests.nursery import ROOT

ROOMS = ("api", "approvals", "bot", "cli", "deskfile", "scheduler", "store", "workspace")

IN_A_TRANSACTION = (
    "lock.before=exit@4",
    "lock.after=exit@5",
    "guard.before=exit",
    "guard.after=exit",
    "event.before=exit@2",
    "event.after=exit@2",
    "outbox.before=exit@2",
    "outbox.after=exit@2",
    "commit.before=exit@6",
    "commit.after=exit@5",
)
AT_A_DOOR = ("answer.before=exit", "answer.before=exit@2")
IN_A_DELIVERY = (
    "claim.before=exit@3",
    "claim.after=exit",
    "post.before=exit",
    "post.after=exit",
    "completion.before=exit",
    "completion.after=exit",
)
AT_A_CARD = ("card.before=exit", "card.after=exit")
AT_A_START = ("migration.before=exit", "migration.step=exit", "migration.after=exit")


def boundaries() -> Iterator[str]:
    """Every name that stands in a `fail(…)` of the product."""
    for path in (*ROOT.glob("*.py"), *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "fail":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: not a plain name"
                yield str(node.args[0].value)


def test_the_list_of_boundaries_is_complete_and_each_is_tried_here() -> None:
    tried = {
        order.partition("=")[0]
        for order in (*IN_A_TRANSACTION, *AT_A_DOOR, *IN_A_DELIVERY, *AT_A_CARD, *AT_A_START)
    }
    assert Counter(boundaries()) == Counter(failpoints.BOUNDARIES)
    assert tried == set(failpoints.BOUNDARIES)


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def test_they_are_inert_unless_armed(disarmed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, ";".join(f"{name}=raise" for name in failpoints.BOUNDARIES))
    for name in failpoints.BOUNDARIES:
        # What the environment says counts from `arm` on, which the command line alone calls.
        failpoints.fail(name)
    assert failpoints.arm({}) == ()
    for name in failpoints.BOUNDARIES:
        failpoints.fail(name)


def test_each_mode_does_what_it_says(disarmed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    ended: list[int] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("os._exit", ended.append)
    orders = "lock.before=raise@2; lock.after=sleep:1.5; commit.after=exit"
    assert failpoints.arm({"FAILPOINTS": orders}) == ("lock.before", "lock.after", "commit.after")
    failpoints.fail("lock.before")
    with pytest.raises(failpoints.Failed):
        failpoints.fail("lock.before")
    failpoints.fail("lock.before")
    failpoints.fail("lock.after")
    assert slept == [1.5]
    failpoints.fail("commit.after")
    assert ended == [failpoints.EXIT_CODE]


@pytest.mark.parametrize("order", ["nowhere=exit", "lock.before=explode", "lock.before"])
def test_an_order_that_means_nothing_is_refused(order: str) -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.arm({"FAILPOINTS": order})


@asynccontextmanager
async def armed(desk: Fleet, order: str) -> AsyncIterator[asyncio.Future[int]]:
    """The desk with one failpoint, started again without it when it ends. Gives its first exit code."""
    server, code = desk.first, asyncio.get_running_loop().create_future()
    plain = server.environment
    await server.stop()
    server.environment = plain | {failpoints.VARIABLE: order}

    async def keep() -> None:
        assert server.server is not None
        code.set_result(await server.server.wait())
        server.answering.clear()
        await server.start()

    try:
        await server.start()
    finally:
        server.environment = plain
    keeping = asyncio.create_task(keep())
    yield code
    await asyncio.wait_for(keeping, PATIENCE_S)
    assert code.result() == failpoints.EXIT_CODE, order


@pytest.mark.parametrize(
    ("kind", "orders"),
    [
        pytest.param("sqlite", (*IN_A_TRANSACTION, *AT_A_DOOR), id="sqlite"),
        pytest.param("sqlite", IN_A_DELIVERY, id="sqlite-deliveries"),
        pytest.param("postgresql", IN_A_TRANSACTION[1::2], id="postgresql", marks=pytest.mark.postgres),
    ],
)
async def test_ended_at_each_boundary(
    kind: str, orders: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Ask twice, approve once, cancel once; whatever happens, all of it is done and told once."""
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    ends: dict[str, str] = {}
    async with flapping(1) as receiver, fleet(tmp_path, 1, url) as desk:
        receiver.steady = True
        await desk.start()
        for n, order in enumerate(orders):
            async with armed(desk, order):
                first = await desk.create(f"one, {order}", callback_url=receiver.url(2 * n))
                second = await desk.create(f"two, {order}", callback_url=receiver.url(2 * n + 1))
                decided = await desk.decide(first, "approved", f"decide, {order}")
                assert (decided.status, decided.said["verdict"]) == (200, "approved")
                cancelled = await desk.cancel(second)
                assert cancelled.status == 200 or "cancelled" in str(cancelled.said).lower()
            ends |= {first: "approved", second: "cancelled"}
        await desk.kill()
        await hasten(desk.first.database_url)
        await desk.start()
        await receiver.until(set(ends))
        receiver.check()
        rows = await desk.rows("SELECT id, status FROM requests")
        assert {row["id"]: row["status"] for row in rows} == ends


async def test_ended_while_a_card_is_posted(tmp_path: Path) -> None:
    async with world() as around, fleet(tmp_path, **around.slack("socket")) as desk:
        await desk.start()
        for order in AT_A_CARD:
            async with armed(desk, order):
                await desk.create(order)
        await desk.kill()
        await hasten(desk.first.database_url)
        await desk.start()
        await posted(around, desk)


async def posted(around: World, desk: Fleet) -> None:
    """Each surface of each request has a card on record, and it is in Slack."""
    for order in AT_A_CARD:
        await around.person(MARIE).wait_for(text=order, where="dm")
    cards = await settled(desk, "SELECT request_id, surface, ts FROM cards WHERE ts IS NOT NULL", 4)
    assert len({(card["request_id"], card["surface"]) for card in cards}) == 4


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_a_migration_that_is_ended_is_made_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = None if kind == "sqlite" else request.getfixturevalue("postgres_empty_url")
    async with fleet(tmp_path, 1, url) as desk:
        plain, file = desk.first.environment, str(tmp_path / "desk.yml")
        if kind == "sqlite":
            plain = plain | {"DESK_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/fresh.db"}
        else:
            await desk.change("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        for order in AT_A_START:
            desk.first.environment = plain | {failpoints.VARIABLE: order}
            with pytest.raises(CommandFailed):
                await desk.first.run("apply", file)
        desk.first.environment = plain
        await desk.first.run("apply", file)
        await desk.start()
        await desk.create("one")
