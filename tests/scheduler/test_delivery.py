"""The pump: lanes, slots, the ladder, leases and the drain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals.outbox import Attempt, Carrier, Delivery, Fate
from scheduler.backoff import CALLBACKS, SLACK
from scheduler.callback import CallbackSender
from scheduler.delivery import LEASE, Pump, Sender
from scheduler.guard import Guard
from tests.fakes import Clock
from tests.scheduler.mail import DELIVERED, REFUSED, Held, Mail, Told, http, slack
from tests.scheduler.receivers import Receiver, black_hole, secrets, wall


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail(clock: Clock) -> Mail:
    return Mail(clock)


@asynccontextmanager
async def pumping(
    mail: Mail,
    clock: Callable[[], datetime],
    http_sender: Sender | None = None,
    slack_sender: Sender | None = None,
    **options: Any,
) -> AsyncIterator[Pump]:
    """A pump at work, with no jitter and no pace unless asked for."""
    given = {Carrier.HTTP: http_sender, Carrier.SLACK: slack_sender}
    senders = {carrier: sender for carrier, sender in given.items() if sender is not None}
    pump = Pump(mail, senders, clock, **{"random": lambda: 0.5, **options})
    pump.start()
    try:
        yield pump
    finally:
        await pump.stop(0)


async def test_what_is_due_is_carried_by_its_carrier(mail: Mail, clock: Clock) -> None:
    posted, called = Told(), Told()
    mail.post(http(topic="callback"), slack(topic="card"))
    async with pumping(mail, clock, posted, called):
        await mail.tries(2)
    assert (posted.topics, called.topics) == (["callback"], ["card"])
    assert {m.fate for m in mail.messages} == {Fate.DELIVERED}


async def test_a_kick_finds_what_came_later(mail: Mail, clock: Clock) -> None:
    async with pumping(mail, clock, Told()) as pump:
        for count in (1, 2, 3):
            mail.post(http())
            pump.kick()
            await mail.tries(count)


async def test_a_lane_sends_one_at_a_time_in_order_and_goes_on_at_once(mail: Mail, clock: Clock) -> None:
    sender = Held()
    mail.post(*(http(topic=str(n)) for n in range(5)))
    async with pumping(mail, clock, sender) as pump:
        await sender.holding(1)
        pump.kick()
        mail.post(http("http:b", "other lane"))
        pump.kick()
        await sender.holding(2)
        assert sorted(d.topic for d in sender.held) == ["0", "other lane"]
        sender.let_go()
        # Without another kick: a lane that is done is looked at again.
        done = await mail.tries(6)
    assert [d.topic for d, _, _ in done if d.lane == "http:a"] == ["0", "1", "2", "3", "4"]
    assert sender.most == 2


async def test_never_more_than_its_slots(mail: Mail, clock: Clock) -> None:
    sender = Held()
    mail.post(*(http(f"http:{n}") for n in range(20)))
    async with pumping(mail, clock, sender, Told(), slots=4) as pump:
        await sender.holding(4)
        mail.post(slack("slack:a"))
        pump.kick()
        # The other carrier's turn comes after this one's.
        await mail.tries(1)
        assert pump.in_flight <= 5
        sender.let_go()
        await mail.tries(21)
    assert sender.most == 4


async def test_receivers_that_never_answer_take_no_place_from_cards(mail: Mail, clock: Clock) -> None:
    dead, called = Held(), Told()
    mail.post(*(http(f"http:{n}") for n in range(10)), slack(topic="card"))
    async with pumping(mail, clock, dead, called, slots=4):
        await dead.holding(4)
        await mail.tries(1)
        assert called.topics == ["card"]
        assert len(dead.held) == 4


async def test_twenty_black_holes_and_a_good_receiver() -> None:
    mail = Mail(wall)
    allowed = Guard(["127.0.0.0/8"])
    async with black_hole() as hole, Receiver() as good, CallbackSender(secrets, allowed, wall) as sender:
        mail.post(*(http(f"http:dead{n}", url=f"{hole}{n}") for n in range(20)))
        mail.post(*(http("http:good", str(n), good.url) for n in range(10)))
        async with pumping(mail, wall, sender) as pump:
            done = await mail.tries(10)
            assert {d.lane for d, _, _ in done} == {"http:good"}
            assert pump.in_flight >= 20


async def test_it_knows_for_how_long_nobody_has_looked(
    mail: Mail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One carrier that nobody looks for is enough: what is due for it stands still."""
    now, looked = 1000.0, asyncio.Event()
    monkeypatch.setattr("scheduler.delivery.monotonic", lambda: now)
    claim = mail.claim

    async def half(limit: int, lease: timedelta, carrier: Carrier | None = None) -> Any:
        if carrier is Carrier.SLACK:
            looked.set()
            raise RuntimeError("the database is away")
        return await claim(limit, lease, carrier)

    async with pumping(mail, clock, Told(), Told()) as pump:
        now += 30
        mail.post(slack(), http())
        pump.kick()
        await mail.tries(2)
        assert pump.idle_s == 0
        monkeypatch.setattr(mail, "claim", half)
        now += 61
        mail.post(http())
        pump.kick()
        await looked.wait()
        await mail.tries(3)
        assert pump.idle_s == 61


async def test_messages_without_a_sender_stay(mail: Mail, clock: Clock) -> None:
    mail.post(slack(), http())
    async with pumping(mail, clock, Told()):
        await mail.tries(1)
    assert [m.fate for m in mail.messages] == [None, Fate.DELIVERED]
    assert mail.message(0).delivery.attempt == 0


async def climb(mail: Mail, clock: Clock, pump: Pump, tries: int) -> list[timedelta]:
    """Let time pass to each next try; the waits before them."""
    waits = []
    for n in range(1, tries + 1):
        _, _, retry_at = (await mail.tries(n))[n - 1]
        if retry_at is not None:
            waits.append(retry_at - clock())
            clock.now = retry_at
            pump.kick()
    return waits


async def test_the_ladder_is_climbed_to_its_end_and_then_it_is_dead(mail: Mail, clock: Clock) -> None:
    sender = Told(REFUSED)
    mail.post(http())
    async with pumping(mail, clock, sender) as pump:
        waits = await climb(mail, clock, pump, 12)
    # A jitter of 0.5 is none on the short steps and +5 % on the long ones.
    assert waits == [wait * (1.05 if wait >= timedelta(hours=2) else 1) for wait in CALLBACKS]
    assert [d.attempt for d in sender.given] == list(range(1, 13))
    assert {(d.id, d.body) for d in sender.given} == {(sender.given[0].id, b"{}")}
    assert mail.message().fate is Fate.DEAD
    assert mail.completed[-1][1] == Attempt(Fate.DEAD, 500, "refused (500)")


async def test_slack_has_a_ladder_of_its_own(mail: Mail, clock: Clock) -> None:
    mail.post(slack())
    async with pumping(mail, clock, slack_sender=Told(REFUSED)) as pump:
        waits = await climb(mail, clock, pump, 10)
    assert waits == list(SLACK[:10])


async def test_a_receiver_may_ask_for_patience_and_not_for_haste(mail: Mail, clock: Clock) -> None:
    later = Attempt(Fate.RETRY, 429, retry_after=timedelta(hours=1))
    sooner = Attempt(Fate.RETRY, 429, retry_after=timedelta(0))
    mail.post(http())
    async with pumping(mail, clock, Told(later, sooner)) as pump:
        waits = await climb(mail, clock, pump, 2)
    assert waits == [timedelta(hours=1), CALLBACKS[1]]


async def test_slack_says_itself_when_it_will_listen(mail: Mail, clock: Clock) -> None:
    busy = Attempt(Fate.RETRY, 429, retry_after=timedelta(seconds=7))
    mail.post(slack())
    async with pumping(mail, clock, slack_sender=Told(busy)) as pump:
        waits = await climb(mail, clock, pump, 8)
    assert waits == [timedelta(seconds=7)] * 8


async def test_dead_is_dead(mail: Mail, clock: Clock) -> None:
    mail.post(http())
    async with pumping(mail, clock, Told(Attempt(Fate.DEAD, 410, "gone"))):
        ((_, attempt, retry_at),) = await mail.tries(1)
    assert (attempt.fate, retry_at) == (Fate.DEAD, None)


async def test_what_waits_for_its_turn_was_not_tried(mail: Mail, clock: Clock) -> None:
    turn, told, tried = timedelta(seconds=9), list[datetime](), list[Attempt]()
    not_yet = Attempt(Fate.RETRY, retry_after=turn, pause_lane=timedelta(seconds=1), tried=False)
    mail.post(slack())
    options = {"tried": lambda delivery, attempt, now: tried.append(attempt)}
    async with pumping(mail, clock, slack_sender=Told(*[not_yet] * 1_000, REFUSED), **options) as pump:
        pump.on_due_again(told.append)
        for count in range(1, 1_002):
            await mail.tries(count)
            clock.advance(turn)
            pump.kick()
    assert told[:2] == [told[0], told[0] + turn - timedelta(seconds=1)]
    # A thousand turns are no thousand tries: it is on the ladder still.
    assert [attempt.fate for attempt in tried] == [Fate.RETRY]
    assert mail.message().fate is None


async def test_a_failure_that_stalls_holds_the_lane_for_as_long_as_the_message(
    mail: Mail, clock: Clock
) -> None:
    silent = Attempt(Fate.RETRY, error="ServerDisconnectedError", stalls=True)
    mail.post(slack(), slack())
    async with pumping(mail, clock, slack_sender=Told(silent, DELIVERED)) as pump:
        await mail.tries(1)
        pump.kick()
        assert await mail.next_due() == clock() + SLACK[0]
        clock.advance(SLACK[0])
        pump.kick()
        done = await mail.tries(3)
    assert [d.seq for d, _, _ in done] == [1, 1, 2]


async def test_it_tells_when_a_failure_is_due_again(mail: Mail, clock: Clock) -> None:
    told: list[datetime] = []
    mail.post(http())
    async with pumping(mail, clock, Told(REFUSED)) as pump:
        pump.on_due_again(told.append)
        await mail.tries(1)
    assert told == [clock() + CALLBACKS[0]]


async def test_a_sender_that_breaks_is_tried_again(mail: Mail, clock: Clock) -> None:
    mail.post(http())
    async with pumping(mail, clock, Told(RuntimeError("a secret"), DELIVERED)) as pump:
        await climb(mail, clock, pump, 2)
    first, second = (attempt for _, attempt, _ in mail.completed)
    assert first == Attempt(Fate.RETRY, error="internal error (RuntimeError)")
    assert second.fate is Fate.DELIVERED


async def test_a_sender_that_takes_too_long_is_cut_before_its_lease_ends(
    mail: Mail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.delivery.LONGEST_TRY_S", 0.05)
    mail.post(http())
    async with pumping(mail, clock, Held()):
        ((_, attempt, _),) = await mail.tries(1)
    assert attempt.fate is Fate.RETRY
    assert "not done within" in (attempt.error or "")


async def test_whoever_lost_the_lease_cannot_complete(mail: Mail, clock: Clock) -> None:
    slow, quick = Held(), Told()
    mail.post(http())
    async with pumping(mail, clock, slow) as first:
        await slow.holding(1)
        clock.advance(LEASE)
        async with pumping(mail, clock, quick):
            await mail.tries(1)
        slow.let_go()
        await first.stop()
    assert [(d.attempt, a.fate) for d, a, _ in mail.completed] == [(2, Fate.DELIVERED)]
    assert quick.given[0].id == mail.message().delivery.id


async def test_a_claim_that_is_held_is_nobody_elses(mail: Mail, clock: Clock) -> None:
    slow, other = Held(), Told()
    mail.post(http(), http("http:b"))
    async with pumping(mail, clock, slow, slots=1):
        await slow.holding(1)
        async with pumping(mail, clock, other):
            await mail.tries(1)
        assert [d.lane for d in other.given] == ["http:b"]


class Failing(Mail):
    """An outbox whose database fails the first times."""

    def __init__(self, clock: Callable[[], datetime], **failures: int) -> None:
        super().__init__(clock)
        self.failures = failures
        self.failed = asyncio.Event()

    async def claim(self, *args: Any) -> Any:
        self._fail("claim")
        return await super().claim(*args)

    async def complete(self, delivery: Delivery, attempt: Attempt, retry_at: datetime | None) -> bool:
        self._fail("complete")
        return await super().complete(delivery, attempt, retry_at)

    def _fail(self, what: str) -> None:
        if self.failures.get(what, 0):
            self.failures[what] -= 1
            self.failed.set()
            raise OSError("the database is gone")


async def test_a_claim_that_fails_is_made_again(clock: Clock) -> None:
    mail = Failing(clock, claim=1)
    mail.post(http())
    async with pumping(mail, clock, Told()) as pump:
        async with asyncio.timeout(10):
            await mail.failed.wait()
        pump.kick()
        await mail.tries(1)


async def test_a_result_that_is_not_recorded_is_sent_again_when_the_lease_ends(clock: Clock) -> None:
    mail, sender = Failing(clock, complete=1), Told()
    mail.post(http())
    async with pumping(mail, clock, sender) as pump:
        async with asyncio.timeout(10):
            await mail.failed.wait()
        clock.advance(LEASE)
        pump.kick()
        await mail.tries(1)
    assert [(d.id, d.attempt) for d in sender.given] == [
        (mail.message().delivery.id, 1),
        (mail.message().delivery.id, 2),
    ]


async def test_a_stop_lets_finish_what_is_under_way_and_claims_no_more(mail: Mail, clock: Clock) -> None:
    sender = Held()
    mail.post(http(topic="under way"), http(topic="next"))
    async with pumping(mail, clock, sender) as pump:
        await sender.holding(1)
        stopping = asyncio.create_task(pump.stop(10))
        await asyncio.sleep(0)
        sender.let_go()
        await stopping
        assert pump.in_flight == 0
    assert [m.fate for m in mail.messages] == [Fate.DELIVERED, None]


async def test_what_a_stop_cuts_is_due_at_once_whatever_its_number(mail: Mail, clock: Clock) -> None:
    sender = Held()
    mail.post(http())
    mail.message().delivery = replace(mail.message().delivery, attempt=11)
    async with pumping(mail, clock, sender) as pump:
        await sender.holding(1)
        await pump.stop(0)
    ((cut, attempt, retry_at),) = mail.completed
    assert (cut.attempt, attempt.fate, retry_at) == (12, Fate.RETRY, clock())
    after = Told()
    async with pumping(mail, clock, after):
        await mail.tries(2)
    assert after.given[0].id == cut.id


async def test_a_stop_before_a_start_is_fine(mail: Mail, clock: Clock) -> None:
    await Pump(mail, {}, clock).stop()
