"""Every name that is sent out is listened to, and every listener has somebody who sends its name."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import action_ids, bulk, home, modals
from bot.cards import card
from bot.digest import digest
from bot.inbox import Inbox, Post
from bot.listeners import register
from bot.validator import elements
from tests.bot import test_cards as samples
from tests.bot.speaking import LANGUAGES
from tests.bot.stage import AMIR, Stage, amir
from tests.builders import NOW

EN = LANGUAGES["en"]

RELEASED = {p.stem: p.read_text() for p in sorted((Path(__file__).parent / "released").glob("*.json"))}

# Inputs are read when their view is submitted; nothing listens to them alone.
INPUTS = {
    action_ids.REASONING,
    action_ids.MODIFIED_ACTION,
    action_ids.TARGET,
    action_ids.QUESTION,
    action_ids.ITEMS,
    action_ids.AWAY_UNTIL,
    action_ids.AWAY_DELEGATE,
}


def surfaces() -> Iterator[dict[str, Any]]:
    for request in samples.STATES.values():
        about = samples.subject(request, questions=samples.QUESTIONS)
        for viewer in samples.VIEWERS.values():
            yield {"blocks": card(about, viewer, EN).blocks}
    about = samples.subject(samples.STATES["long"])
    for page in range(2):
        yield modals.approving(about, EN, page)
        yield modals.details(about, [], EN, page)
    about = samples.subject(samples.STATES["modifiable"])
    yield modals.details(about, [], EN)
    yield modals.modifying(about, EN)
    yield modals.rejecting(about, EN)
    yield modals.escalating(about, [samples.ABOVE], EN)
    yield modals.asking(about, EN)
    yield modals.notice("x", EN)
    waiting = tuple(samples.subject(samples.assigned(number=n, risk=samples.Risk.LOW)) for n in range(60))
    for who in (samples.MARIE, samples.replace(samples.MARIE, away_until=samples.NOW.replace(year=2030))):
        for page in range(3):
            yield home.home(Inbox((Post(samples.ROSTER, who),), waiting, ()), samples.NAMES, EN, NOW, page)
    yield {"blocks": digest(waiting[:3], samples.MARIE, EN).blocks}
    yield home.away([samples.ABOVE], EN)
    yield bulk.approving(waiting[:3], EN)


def sent() -> tuple[set[str], set[str]]:
    """All action_ids and all callback_ids that leave for Slack."""
    actions, callbacks = set(), set()
    for surface in surfaces():
        callbacks |= {surface["callback_id"]} if surface.get("callback_id") else set()
        for block in surface["blocks"]:
            actions |= {element["action_id"] for element in elements(block)}
    return actions, callbacks


class Ear:
    """Stands where Bolt's app would, and notes what is listened to."""

    def __init__(self) -> None:
        self.actions: set[str] = set()
        self.views: set[str] = set()
        self.commands: set[str] = set()
        self.events: set[str] = set()

    def __getattr__(self, kind: str) -> Any:
        heard: set[str] = self.__dict__[f"{kind}s"]

        def listen(name: Any) -> Any:
            if not isinstance(name, re.Pattern):
                heard.add(name)
            return lambda function: function

        return listen


@pytest.fixture
def ear() -> Ear:
    ear = Ear()
    register(ear, None, None)  # type: ignore[arg-type]
    return ear


def test_buttons_and_listeners_match(ear: Ear) -> None:
    actions, _ = sent()
    assert actions - INPUTS == ear.actions
    assert actions >= INPUTS


def test_views_and_listeners_match(ear: Ear) -> None:
    _, callbacks = sent()
    # What cannot be submitted needs no listener.
    assert callbacks - {action_ids.NOTICE_MODAL, action_ids.DETAILS_MODAL} == ear.views


def test_the_command_and_the_events_of_the_manifest_are_listened_to(ear: Ear) -> None:
    assert ear.commands == {action_ids.COMMAND}
    assert ear.events == {"app_home_opened", "app_uninstalled", "tokens_revoked", "user_change"}


def test_the_names_of_the_contract() -> None:
    assert action_ids.CARD_BUTTONS == (
        "approval.approve",
        "approval.reject",
        "approval.modify",
        "approval.escalate",
        "approval.ask",
        "approval.details",
    )
    views = (
        action_ids.DECIDE_MODAL,
        action_ids.ESCALATE_MODAL,
        action_ids.ASK_MODAL,
        action_ids.DETAILS_MODAL,
    )
    assert views == ("approval.decide", "approval.escalate", "approval.ask", "approval.details")
    inputs = (action_ids.REASONING, action_ids.MODIFIED_ACTION, action_ids.TARGET, action_ids.field("x"))
    assert inputs == ("reasoning", "modified_action", "target", "field.x")
    assert action_ids.COMMAND == "/approvals"


def test_the_names_of_the_home_tab() -> None:
    names = {value for name, value in vars(action_ids).items() if name.startswith("HOME_")}
    assert names >= {
        "home.page.prev",
        "home.page.next",
        "home.bulk",
        "home.away",
        "home.language",
        "home.open",
    }
    assert (action_ids.BULK_MODAL, action_ids.AWAY_MODAL) == ("approval.bulk", "home.away")
    assert (action_ids.ITEMS, action_ids.AWAY_UNTIL, action_ids.AWAY_DELEGATE) == (
        "items",
        "away.until",
        "away.delegate",
    )


GESTURES = {
    name
    for name, value in vars(action_ids).items()
    if name.isupper()
    and isinstance(value, str)
    and value not in INPUTS
    and not name.endswith(("_BLOCK", "_MODAL"))
} - {"FIELD_PREFIX", "COMMAND"}


def test_every_gesture_is_made_over_both_transports() -> None:
    """The scenarios take `stage`, which is the bot over HTTP and over a socket."""
    made: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.AsyncFunctionDef) and "stage" in {a.arg for a in function.args.args}:
                names = (n for n in ast.walk(function) if isinstance(n, ast.Attribute))
                made |= {n.attr for n in names if ast.unparse(n.value) == "action_ids"}
    assert made >= GESTURES


def test_bolt_takes_the_listeners() -> None:
    app = AsyncApp(client=AsyncWebClient("xoxb-none"), request_verification_enabled=False)
    register(app, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("release", RELEASED)
async def test_a_card_of_a_past_release_still_works(web_stage: Stage, release: str) -> None:
    """Cards live for weeks: each release's card is kept here as it was posted, and its buttons work."""
    await web_stage.apply(amir())
    request = await web_stage.submit()
    card = await web_stage.card(AMIR)
    await web_stage.on_record(request.id, card.ts)
    old = json.loads(RELEASED[release])["request"]
    kept = json.loads(RELEASED[release].replace(old, request.id))
    shown = {name: kept[name] for name in ("text", "blocks", "attachments")}
    await web_stage.slack.chat_update(channel=card.channel, ts=card.ts, **shown)
    person = web_stage.person(AMIR)
    posted = await web_stage.card(AMIR, text="Bill 25 asks for an assessment")
    for button in posted.buttons:
        if button.action_id != action_ids.APPROVE:
            opened = await person.click(posted, button.action_id)
            assert opened.modal or opened.ephemeral, button.action_id
            if opened.modal:
                await person.close_modal()
    await person.click(posted, action_ids.APPROVE)
    assert (await web_stage.request(request.id)).outcome == "approved"


def a_message_of_a_past_release(value: str, action_id: str) -> list[dict[str, Any]]:
    press = {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": "Press"},
    }
    return [{"type": "actions", "elements": [press]}]


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("approval.of_old", "x"),
        (action_ids.APPROVE, "not an id"),
        (action_ids.APPROVE, "11111111-1111-4111-8111-111111111111"),
        (action_ids.REJECT, "1"),
        (action_ids.DETAILS, ""),
    ],
)
async def test_a_stale_or_unknown_button_is_answered(stage: Stage, action_id: str, value: str) -> None:
    await stage.apply(amir())
    person = stage.person(AMIR)
    await stage.slack.chat_postMessage(
        channel=stage.user_id(AMIR), text="old", blocks=a_message_of_a_past_release(value, action_id)
    )
    message = await person.wait_for(text="old", where="dm")

    outcome = await person.click(message, action_id)

    assert outcome.warning is None
    assert outcome.ephemeral is not None
    assert "gone" in outcome.ephemeral.text
