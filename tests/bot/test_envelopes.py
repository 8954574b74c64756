"""What comes over a socket out of order, twice, by two connections, or again after a reconnect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from approvals.events import EventKind
from approvals.model import ApprovalRequest, ChannelShows, RequestId
from bot import action_ids, sockets
from tests.bot.forging import forging
from tests.bot.stage import AMIR, CLAIRE, LEGAL, Stage, amir, another, claire, staged
from tests.builders import PROJECT, a_domain
from workspace.courier import Courier
from workspace.driver import Outcome
from workspace.letters import Parcel

TWICE = 2


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, "socket") as stage:
        yield stage


async def times(stage: Stage, request_id: RequestId, kind: EventKind) -> int:
    """How often that happened to a request."""
    return [r.event.kind for r in await stage.store.timeline(PROJECT, request_id)].count(kind)


async def a_shared_card(stage: Stage) -> ApprovalRequest:
    """A card in the channel that two people may decide."""
    domain = a_domain(channel=LEGAL, channel_shows=ChannelShows.CONTENT, backups=True)
    await stage.apply(amir(), claire(), domains=[domain])
    request = await stage.submit()
    await stage.card(AMIR, LEGAL)
    return request


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set while the workspace holds an envelope back until another has overtaken it."""
    holding, hold = asyncio.Event(), Courier._hold

    async def told(self: Courier, seconds: float) -> None:
        asyncio.get_running_loop().call_soon(holding.set)
        await hold(self, seconds)

    monkeypatch.setattr(Courier, "_hold", told)
    return holding


async def again(stage: Stage, parcel: Parcel, count: int = TWICE) -> list[dict[str, object]]:
    """The same gesture so many times at once, by each connection in turn; what each is acknowledged with."""
    ids = stage.ws.ids
    sends = (stage.ws.sockets.send(parcel.kind, parcel.payload, ids.hexadecimal(32)) for _ in range(count))
    async with asyncio.timeout(10):
        return list(await asyncio.gather(*sends))


async def test_of_two_clicks_the_one_that_arrives_first_decides(stage: Stage, held: asyncio.Event) -> None:
    request = await a_shared_card(stage)
    card = await stage.card(AMIR, LEGAL)
    await stage.fault("delivery_reorder", "block_actions", seconds=10)

    # Claire presses first, and her envelope is overtaken by Amir's.
    late = asyncio.ensure_future(stage.person(CLAIRE).click(card, action_ids.APPROVE))
    await held.wait()
    early = await stage.person(AMIR).click(card, action_ids.APPROVE)

    assert early.warning is None
    told: Outcome = await late
    assert told.warning is None
    assert told.ephemeral is not None
    assert "Amir Haddad" in told.ephemeral.text
    decision = (await stage.request(request.id)).decision
    assert decision is not None
    assert decision.by_name == "Amir Haddad"
    assert await times(stage, request.id, EventKind.DECIDED) == 1


async def test_a_view_that_arrives_after_a_later_click_is_told_what_was_decided(
    stage: Stage, held: asyncio.Event
) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card, person = await stage.card(AMIR), stage.person(AMIR)
    await person.click(card, action_ids.REJECT)
    await stage.fault("delivery_reorder", "view_submission", seconds=10)

    late = asyncio.ensure_future(person.submit({action_ids.REASONING: "No."}))
    await held.wait()
    await person.click(card, action_ids.APPROVE)

    told = await late
    assert told.warning is None
    assert told.view is not None
    assert "You have already decided it" in told.view.all_text
    assert (await stage.request(request.id)).outcome == "approved"
    assert await times(stage, request.id, EventKind.DECIDED) == 1


async def test_clicks_on_two_cards_in_another_order_decide_both(stage: Stage, held: asyncio.Event) -> None:
    await stage.apply(amir())
    requests = [await stage.submit(), await stage.submit()]
    cards = await stage.cards(AMIR, 2)
    await stage.fault("delivery_reorder", "block_actions", seconds=10)
    late = asyncio.ensure_future(stage.person(AMIR).click(cards[0], action_ids.APPROVE))
    await held.wait()
    early = await stage.person(AMIR).click(cards[1], action_ids.APPROVE)
    assert {early.warning, (await late).warning} == {None}
    assert [(await stage.request(r.id)).outcome for r in requests] == ["approved", "approved"]


@pytest.mark.parametrize("connections", [1, 2])
async def test_a_click_that_comes_twice_decides_once(stage: Stage, connections: int) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    card, person = await stage.card(AMIR), stage.person(AMIR)
    with forging({}) as sent:
        await person.click(card, action_ids.DETAILS)
    click = sent[0]
    click.payload["actions"][0]["action_id"] = action_ids.APPROVE
    if connections == 1:
        assert len(await again(stage, click)) == TWICE
    else:
        async with another(stage, "socket"):
            assert len(stage.ws.sockets.connections) == TWICE
            assert len(await again(stage, click)) == TWICE

    told = await person.wait_for(lambda m: m.ephemeral, where="dm")
    assert "You have already decided it" in told.text
    assert await times(stage, request.id, EventKind.DECIDED) == 1


async def test_a_click_that_opens_a_view_twice_opens_it_once_and_complains_of_nothing(stage: Stage) -> None:
    await stage.apply(amir())
    await stage.submit()
    card, person = await stage.card(AMIR), stage.person(AMIR)
    await stage.fault("delivery_duplicate", "block_actions")

    opened = await person.click(card, action_ids.REJECT)

    assert opened.warning is None
    assert opened.modal is not None
    assert [call["ok"] for call in await stage.calls("views.open")] in ([True, False], [False, True])
    assert not [m for m in await person.messages("dm") if m.ephemeral]
    assert (await person.submit({action_ids.REASONING: "No."})).closed


async def test_a_view_that_comes_twice_asks_once(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)
    async with another(stage, "socket"):
        for number, words in enumerate(("Which supplier?", "Which supplier?", "And which year?"), start=1):
            await person.click(await stage.card(AMIR), action_ids.ASK)
            await stage.fault("delivery_duplicate", "view_submission")
            done = await person.submit({action_ids.QUESTION: words})
            assert done.warning is None
            assert done.closed
            if number == 1:
                await stage.answer(request.id, 1, "Acme.")
    assert await times(stage, request.id, EventKind.ASKED) == 3


async def test_a_view_that_rejects_twice_rejects_once(stage: Stage) -> None:
    await stage.apply(amir())
    request = await stage.submit()
    person = stage.person(AMIR)
    await person.click(await stage.card(AMIR), action_ids.REJECT)
    with forging({}) as sent:
        assert (await person.submit({action_ids.REASONING: "No."})).closed
    [answer] = await again(stage, sent[0], 1)
    assert answer["response_action"] == "update"
    assert "You have already decided it" in str(answer["view"])
    assert await times(stage, request.id, EventKind.DECIDED) == 1


async def test_a_click_whose_answer_was_lost_with_its_socket_is_answered_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_S", 0.1)
    async with staged(tmp_path, "socket") as stage:
        await stage.apply(amir())
        request = await stage.submit()
        card, person = await stage.card(AMIR), stage.person(AMIR)
        with forging({}) as sent:
            clicked = asyncio.ensure_future(person.click(card, action_ids.APPROVE, settle=0))
            await stage.until(request.id, lambda r: r.decision is not None)
            stage.ws.sockets.drop()
            await clicked
        await stage.ws.sockets.wait_accepted(TWICE)

        assert await again(stage, sent[0], 1) == [{}]

        told = await person.wait_for(lambda m: m.ephemeral, where="dm")
        assert "You have already decided it" in told.text
        assert await times(stage, request.id, EventKind.DECIDED) == 1
