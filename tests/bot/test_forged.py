"""Gestures that Slack would not have sent: each is answered visibly, nothing is changed, nothing breaks."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.cards import RUSH
from approvals.events import EventKind
from approvals.model import Risk
from bot import action_ids
from bot.gestures import gesture
from bot.metadata import routing
from tests.bot.forging import GONE, Forgery, forging
from tests.bot.passing import Passing
from tests.bot.stage import AMIR, CLAIRE, Stage, amir, claire
from tests.bot.test_forms import FILLED, REVIEW
from tests.builders import PROJECT, a_domain, hours, minutes
from workspace.driver import Outcome, SubmitResult

HUGE = "a" * 100_000
NUL = "a\0b"

HOSTILE: tuple[Any, ...] = (GONE, None, "", "x", "-1", "1.5", "9" * 30, "٣", NUL, HUGE, 7, True, [], {}, [1])
"""What no button, option or field of ours has as its value."""

VALUE = "actions/0/value"
METADATA = "view/private_metadata"


def state(name: str) -> str:
    """Where a field's state stands in a submitted view."""
    return f"view/state/values/{name}/{name}"


@contextmanager
def unbroken() -> Iterator[None]:
    """Nothing that happens meanwhile is unexpected, and everybody can be told."""
    wrong: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            wrong.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")

    noting = Noting(logging.ERROR)
    logging.getLogger("bot").addHandler(noting)
    yield
    logging.getLogger("bot").removeHandler(noting)
    assert wrong == []


async def standing(stage: Stage) -> object:
    """What must stay as it is: how each request stands, and how each person does."""
    roster = await stage.store.roster(PROJECT)
    people = [(s.away_until, s.delegate, s.locale, s.active) for s in roster.sentinels.values()]
    told = []
    for number in range(1, 4):
        request = await stage.store.request(PROJECT, number)
        # That somebody has begun to read is noted when a view opens, a moment after it shows.
        facts = [r.event for r in await stage.store.timeline(PROJECT, request.id)]
        known = [event for event in facts if event.kind is not EventKind.STARTED]
        told.append((request.state, request.decision, request.assigned_to, request.min_tier, known))
    return people, told


@asynccontextmanager
async def unchanged(stage: Stage) -> AsyncIterator[None]:
    """Whatever happens meanwhile, the desk stands as before."""
    before = await standing(stage)
    with unbroken():
        yield
    assert await standing(stage) == before


@pytest.fixture
async def set_up(stage: Stage) -> Stage:
    """Somebody with three small requests and somebody above."""
    await stage.apply(amir(), claire(tier=2), domains=[a_domain(risk=Risk.LOW)])
    for _ in range(3):
        await stage.submit()
    return stage


def answered(outcome: Outcome, forgery: object) -> None:
    """Somebody who clicked sees something, and it is not Slack's own warning."""
    assert outcome.warning is None, forgery
    assert outcome.ephemeral or outcome.home or outcome.modal_opened, forgery


def refused(outcome: SubmitResult, forgery: object, fields: Collection[str]) -> None:
    """Somebody who submitted a view is told so in it, beside one of these fields if any."""
    assert outcome.warning is None, forgery
    if fields:
        assert outcome.errors, forgery
        assert set(outcome.errors) <= set(fields), forgery
    notice = outcome.view is not None and outcome.view.callback_id == action_ids.NOTICE_MODAL
    assert outcome.errors or notice, forgery


async def test_a_button_on_a_card(set_up: Stage) -> None:
    person, card = set_up.person(AMIR), await set_up.card(AMIR)
    buttons = [b.action_id for b in card.buttons]
    assert len(buttons) == 5
    odd: list[Forgery] = [{VALUE: value} for value in HOSTILE]
    odd += [{"actions/0/action_id": value} for value in ("approval.of_old", NUL, HUGE)]
    odd += [
        {"message": value, "container/message_ts": GONE} for value in (GONE, None, {}, {"ts": 7}, "x", [])
    ]
    odd += [{"channel": value, "container/channel_id": GONE} for value in (GONE, {}, {"id": ["D1"]}, [])]
    odd += [{"user": value} for value in ({"id": "U0NOBODY"}, {"id": set_up.user_id(CLAIRE)})]
    async with unchanged(set_up):
        for number, forgery in enumerate(odd):
            button = buttons[number % len(buttons)] if VALUE not in forgery else None
            for name in [button] if button else buttons:
                with forging(forgery):
                    answered(await person.click(card, name), (name, forgery))


async def test_a_line_of_a_digest(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(tier=2))
    for _ in range(RUSH + 2):
        await web_stage.submit()
    await Passing(web_stage).drain(minutes(2))
    (digest,) = [m for m in await web_stage.person(AMIR).messages("dm") if m.all_text.startswith("2 more")]
    line = digest.buttons[0]
    assert line.action_id == action_ids.DIGEST_OPEN
    odd: list[Forgery] = [{VALUE: value} for value in HOSTILE]
    odd += [
        {"message": value, "container/message_ts": GONE} for value in (GONE, None, {}, {"ts": 7}, "x", [])
    ]
    odd += [{"channel": value, "container/channel_id": GONE} for value in (GONE, {}, {"id": ["D1"]}, [])]
    odd += [{"user": value} for value in ({"id": "U0NOBODY"}, {"id": web_stage.user_id(CLAIRE)})]
    for forgery in odd:
        async with unchanged(web_stage):
            with forging(forgery):
                outcome = await web_stage.person(AMIR).click(
                    digest, action_ids.DIGEST_OPEN, block_id=line.block_id
                )
        answered(outcome, forgery)
        assert outcome.modal is None, forgery


Opening = Callable[[], Awaitable[Outcome]]


async def submitting(
    stage: Stage,
    opening: Opening,
    values: dict[str, Any],
    odd: Iterable[Forgery],
    fields: Collection[str] = (),
) -> None:
    """Open a view as one does and submit it, once for each forgery; nothing comes of it."""
    person = stage.person(AMIR)
    for forgery in odd:
        opened = await opening()
        assert opened.modal is not None, (forgery, opened)
        async with unchanged(stage):
            with forging(forgery):
                refused(await person.submit(values), forgery, fields)
        await person.close_modal(everything=True)


def unremembered(good: dict[str, Any]) -> Iterator[Forgery]:
    """What no view remembers that was opened as this one was."""
    for whole in (GONE, None, "", "x", "[]", "null", "7", "{", "[" * 2000, HUGE, 7, [], {}):
        yield {METADATA: whole}
    for key in good:
        for value in (None, "x", "", "1.5", -7, 1.5, True, [], {}, 10**30, NUL):
            yield {METADATA: json.dumps({**good, key: value})}
    yield {METADATA: json.dumps({**good, "more": 1})}
    yield {METADATA: json.dumps(dict(list(good.items())[1:]))}


def chosen_wrongly(name: str) -> Iterator[Forgery]:
    """What no menu has as its choice."""
    for value in HOSTILE[2:]:
        yield {f"{state(name)}/selected_option": {"value": value}}
        yield {f"{state(name)}/selected_option": value}


def worded_wrongly(name: str) -> Iterator[Forgery]:
    """What no field of text holds."""
    for value in (NUL, HUGE, 7, True, [], {}, [1]):
        yield {f"{state(name)}/value": value}


async def test_a_view_that_decides(set_up: Stage) -> None:
    card, person = await set_up.card(AMIR), set_up.person(AMIR)
    good = {"request_id": request_id_of(card), "content_version": 1, "verdict": "rejected"}
    # A verdict of its own button, a page of its own and no request of somebody else's: those are choices.
    odd = [*unremembered(good), *worded_wrongly(action_ids.REASONING)]
    odd += [{METADATA: json.dumps(good | {"verdict": v})} for v in ("modified", "escalated", "Approved")]
    odd += [{f"{state(action_ids.REASONING)}/value": value} for value in (GONE, None, "", "  ")]
    odd += [
        {"view/state": value} for value in (GONE, None, [], {}, {"values": []}, {"values": {"reasoning": 1}})
    ]
    values = {action_ids.REASONING: "No."}
    await submitting(set_up, lambda: person.click(card, action_ids.REJECT), values, odd)


async def test_a_view_that_escalates(set_up: Stage) -> None:
    card, person = await set_up.card(AMIR), set_up.person(AMIR)
    good = {"request_id": request_id_of(card)}
    odd = [*unremembered(good), *worded_wrongly(action_ids.REASONING), *chosen_wrongly(action_ids.TARGET)]
    odd += [{f"{state(action_ids.TARGET)}/selected_option": {"value": v}} for v in ("1", "99")]
    values = {action_ids.REASONING: "Above my limit.", action_ids.TARGET: "2"}
    await submitting(set_up, lambda: person.click(card, action_ids.ESCALATE), values, odd)


async def test_a_view_that_asks(set_up: Stage) -> None:
    card, person = await set_up.card(AMIR), set_up.person(AMIR)
    odd = [*unremembered({"request_id": request_id_of(card)}), *worded_wrongly(action_ids.QUESTION)]
    odd += [{f"{state(action_ids.QUESTION)}/value": value} for value in (GONE, None, "", "  ")]
    values = {action_ids.QUESTION: "Which supplier?"}
    await submitting(set_up, lambda: person.click(card, action_ids.ASK), values, odd)


async def test_a_view_that_approves_several(set_up: Stage) -> None:
    person = set_up.person(AMIR)
    await person.open_home()
    ids = [(await set_up.store.request(PROJECT, n)).id for n in (1, 2, 3)]
    ticked = f"{state(action_ids.ITEMS)}/selected_options"
    odd = [{METADATA: json.dumps(dict.fromkeys(ids, v))} for v in (None, "1", True, 1.5, [], -1, 10**30)]
    odd += [{METADATA: w} for w in (GONE, None, "", "x", "[]", "{}", "7", "[" * 2000, HUGE, 7, [], {})]
    odd += [{ticked: value} for value in HOSTILE if value is not GONE]
    odd += [{ticked: [{"value": value}]} for value in HOSTILE if value is not GONE]
    odd += worded_wrongly(action_ids.REASONING)
    await submitting(set_up, lambda: person.click_in_home(action_ids.HOME_BULK), {}, odd)


async def test_a_view_that_goes_away(set_up: Stage) -> None:
    person = set_up.person(AMIR)
    await person.open_home()
    picked = f"{state(action_ids.AWAY_UNTIL)}/selected_date"
    odd: list[Forgery] = [{picked: value} for value in HOSTILE]
    odd += [{picked: day} for day in ("2020-01-01", "0001-01-01", "9999-12-31", "2027-13-01", "2027-W01-1")]
    odd += [{picked: day} for day in ("20270104", "2027-01-04T00:00:00", "2027-01-04 ", "٢٠٢٧-٠١-٠٤")]
    odd += chosen_wrongly(action_ids.AWAY_DELEGATE)
    # Oneself, and nobody.
    odd += [{f"{state(action_ids.AWAY_DELEGATE)}/selected_option": {"value": v}} for v in ("1", "99", "0")]
    day = (set_up.time() + hours(72)).date().isoformat()
    values = {action_ids.AWAY_UNTIL: day, action_ids.AWAY_DELEGATE: "2"}
    await submitting(set_up, lambda: person.click_in_home(action_ids.HOME_AWAY), values, odd, values)


ODD_ANSWERS: dict[str, list[Forgery]] = {
    "field.amount": [
        {f"{state('field.amount')}/value": v}
        for v in (GONE, None, "", "ten", "nan", "inf", "-inf", "1e400", "9" * 16, NUL, HUGE, 7, True, [], {})
    ],
    "field.risk": [
        *chosen_wrongly("field.risk"),
        {f"{state('field.risk')}/selected_option": {"value": "2"}},
        {f"{state('field.risk')}/selected_option": None},
    ],
    "field.flags": [
        {f"{state('field.flags')}/selected_options": v}
        for v in ("x", 7, {}, [1], [{}], [{"value": "3"}], [{"value": "-1"}], [{"value": 0}], [None])
    ],
    "field.due": [
        {f"{state('field.due')}/selected_date": v}
        for v in ("", "soon", "2027-02-30", "2027-W01-1", "20270104", 7, [], {}, True, NUL)
    ],
    "field.score": [
        *chosen_wrongly("field.score"),
        *({f"{state('field.score')}/selected_option": {"value": v}} for v in ("0", "6", "-1")),
    ],
    "field.checked": [*chosen_wrongly("field.checked")],
    "field.approved": [
        *chosen_wrongly("field.approved"),
        {f"{state('field.approved')}/selected_option": None},
    ],
    "field.title": [*worded_wrongly("field.title")],
    "field.notes": [*worded_wrongly("field.notes")],
}


@pytest.mark.parametrize("field", ODD_ANSWERS)
async def test_a_form_of_a_template(web_stage: Stage, field: str) -> None:
    await web_stage.apply(amir())
    for _ in range(3):
        await web_stage.submit(**REVIEW)
    card, person = await web_stage.card(AMIR), web_stage.person(AMIR)
    opening: Opening = lambda: person.click(card, action_ids.APPROVE)  # noqa: E731
    await submitting(web_stage, opening, FILLED, ODD_ANSWERS[field], [field])
    await opening()
    with forging({f"{state('field.amount')}/value": "ten", f"{state(field)}/odd": 1}):
        assert "field.amount" in (await person.submit(FILLED)).errors


@pytest.mark.parametrize("button", [action_ids.APPROVE, action_ids.DETAILS])
async def test_the_pages_of_a_long_view(web_stage: Stage, button: str) -> None:
    await web_stage.apply(amir())
    for _ in range(3):
        await web_stage.submit(context={"text": "é" * 30_000})
    person, card = web_stage.person(AMIR), await web_stage.card(AMIR)
    odd: list[Forgery] = [{VALUE: value} for value in (GONE, "x", "-1", "1.5", "9" * 30, "٣", NUL, [], "99")]
    odd += [{METADATA: value} for value in (GONE, "x", "[]", "{}", 7)]
    odd += [{"view/id": value} for value in (GONE, 7)]
    for forgery in odd:
        await person.click(card, button)
        opened = await person.modal()
        assert opened is not None
        async with unchanged(web_stage):
            with forging(forgery):
                answer = await person.click_in_modal(action_ids.PAGE_ON)
        assert answer.warning is None, forgery
        # The first page again, or the last one: what is shown is another version of the view.
        assert answer.modal is not None, forgery
        assert answer.modal.raw["hash"] != opened.raw["hash"], forgery
        await person.close_modal(everything=True)


async def test_the_buttons_of_the_home_tab(set_up: Stage) -> None:
    for _ in range(22):
        await set_up.submit(agent_id="another-agent", context={"more": "x" * 2000})
    person = set_up.person(AMIR)
    await person.open_home()
    for button in (action_ids.HOME_OPEN, action_ids.HOME_BULK, action_ids.HOME_NEXT):
        for value in HOSTILE:
            async with unchanged(set_up):
                with forging({VALUE: value}):
                    answered(await person.click_in_home(button), (button, value))
            while await person.modal():
                await person.close_modal(everything=True)


async def test_the_choice_of_a_language(set_up: Stage) -> None:
    person = set_up.person(AMIR)
    await person.open_home()
    chosen = "actions/0/selected_option"
    odd: list[Forgery] = [{f"{chosen}/value": value} for value in (*HOSTILE, "de", "FR", "../fr")]
    odd += [{chosen: value} for value in (GONE, None, "fr", 7, [], {})]
    for forgery in odd:
        async with unchanged(set_up):
            with forging(forgery):
                outcome = await person.click_in_home(action_ids.HOME_LANGUAGE, value="fr")
        assert outcome.modal_opened, forgery
        assert outcome.modal is not None
        assert "does not speak" in outcome.modal.all_text
        await person.close_modal(everything=True)


async def test_the_command(set_up: Stage) -> None:
    person = set_up.person(AMIR)
    lines = [f"show {w}" for w in ("", "0", "-1", "9" * 30, "٣", NUL, HUGE, "req_x", "<@U1>", "#")]
    lines += [
        f"away {w}" for w in ("0d", "9999999d", "-3d", "0001-01-01", "9999-12-31", "2027-13-01", NUL, HUGE)
    ]
    lines += [NUL, HUGE, "dance", "LIST " + HUGE]
    odd: list[Forgery] = [{"text": value} for value in (*lines, None, GONE, 7, [], {})]
    odd += [{"user_id": value} for value in (GONE, "", 7, "U0NOBODY")]
    for forgery in odd:
        async with unchanged(set_up):
            with forging(forgery):
                outcome = await person.command("/approvals list")
        assert outcome.warning is None, forgery
        assert outcome.ephemeral is not None, forgery


async def test_a_command_that_may_open_nothing_is_answered_all_the_same(set_up: Stage) -> None:
    for trigger in (GONE, "", 7, "1.2.3"):
        with forging({"text": "show 1", "trigger_id": trigger}):
            outcome = await set_up.person(AMIR).command("/approvals list")
        assert outcome.warning is None, trigger
        assert outcome.ephemeral is not None, trigger


SOMETHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "ts"]), inner, max_size=2)
    ),
    max_leaves=4,
)

KNOWN = st.sampled_from(
    ["type", "user", "team", "enterprise", "channel", "message", "container", "actions", "view"]
)


@given(st.dictionaries(KNOWN, SOMETHING))
def test_a_payload_of_any_shape_is_read(body: dict[str, Any]) -> None:
    read = gesture(body)
    texts = (read.kind, read.who.user, read.who.key, read.value, read.channel, read.ts, read.view_id)
    assert {type(text) for text in texts} <= {str, type(None)}


@given(SOMETHING)
def test_metadata_of_any_shape_is_ours_or_nothing(remembered: object) -> None:
    assert routing(json.dumps(remembered)) is None


def test_half_a_character_is_none() -> None:
    read = gesture(
        {"actions": [{"value": "\ud800", "action_id": "\udfff"}], "view": {"private_metadata": "\ud800"}}
    )
    assert (read.value, read.action_id, read.private_metadata) == (None, None, "")


def request_id_of(card: Any) -> str:
    """The request that a card is about."""
    return str(card.buttons[0].value)
