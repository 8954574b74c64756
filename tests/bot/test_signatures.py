"""What Slack did not send, or not just now, or sent before, changes nothing."""

import io
from collections.abc import Sequence
from urllib.parse import urlencode

import orjson
import pytest
from multidict import CIMultiDict

from approvals.events import EventKind
from approvals.model import State
from bot import action_ids
from bot.config import BotConfig
from bot.metadata import Routing
from bot.signatures import SIGNATURE, TIMESTAMP, genuine, sign
from tests.bot.stage import AMIR, CLAIRE, Stage, amir, claire
from tests.builders import NOW, PROJECT, a_domain

Headers = list[tuple[str, str]]

HOME, APP = "T0ACME0001", "A0DESK0001"


async def a_click(stage: Stage) -> tuple[bytes, str]:
    """A genuine click's body, and the id of the request that it would approve."""
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    payload = {
        "type": "block_actions",
        "user": {"id": stage.user_id(AMIR), "team_id": HOME},
        "team": {"id": HOME},
        "api_app_id": APP,
        "channel": {"id": card.channel},
        "message": {"ts": card.ts},
        "container": {"type": "message"},
        "actions": [
            {"type": "button", "action_id": action_ids.APPROVE, "value": request.id, "block_id": "b"}
        ],
        "trigger_id": "1.2.3",
    }
    return form(payload), request.id


def form(payload: dict[str, object]) -> bytes:
    """A payload as Slack sends it."""
    return urlencode({"payload": orjson.dumps(payload).decode()}).encode()


def stamp(stage: Stage, offset: float = 0) -> str:
    return str(int(stage.time().timestamp() + offset))


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


async def send(stage: Stage, body: bytes, headers: Headers, content_type: str = FORM) -> int:
    kind = [("Content-Type", content_type)]
    url = f"{stage.url}/slack/events"
    async with stage.session.post(url, data=io.BytesIO(body), headers=kind + headers) as answer:
        await answer.read()
        return answer.status


def signed(stage: Stage, body: bytes, timestamp: str | None = None, secret: str | None = None) -> Headers:
    at = timestamp or stamp(stage)
    return [(TIMESTAMP, at), (SIGNATURE, sign(secret or stage.ws.signing_secret, at, body))]


async def state(stage: Stage, request_id: str) -> State:
    return (await stage.store.anywhere(request_id)).state  # type: ignore[arg-type]


async def test_a_genuine_click_decides(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    assert await send(web_stage, body, signed(web_stage, body)) == 200
    assert await state(web_stage, request_id) is State.DECIDED


async def test_slack_verifies_the_address(web_stage: Stage) -> None:
    """What Slack asks of an address before it sends anything there."""
    body = orjson.dumps({"type": "url_verification", "challenge": "c0ffee", "token": "x"})
    headers = [("Content-Type", JSON), *signed(web_stage, body)]
    url = f"{web_stage.url}/slack/events"
    async with web_stage.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json(content_type=None))["challenge"] == "c0ffee"
    assert await send(web_stage, body, signed(web_stage, body, secret="x" * 32), JSON) == 401


async def test_a_repetition_to_the_letter_is_taken_and_does_nothing(web_stage: Stage) -> None:
    await web_stage.apply(amir())
    request = await web_stage.submit()
    await web_stage.card(AMIR)
    value = {"type": "plain_text_input", "value": "Which supplier?"}
    question = {
        "type": "view_submission",
        "user": {"id": web_stage.user_id(AMIR), "team_id": HOME},
        "team": {"id": HOME},
        "api_app_id": APP,
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": action_ids.ASK_MODAL,
            "private_metadata": Routing(request.id, 1).text(),
            "state": {"values": {action_ids.QUESTION: {action_ids.QUESTION: value}}},
        },
    }
    body = form(question)
    headers = signed(web_stage, body)
    assert await send(web_stage, body, headers) == 200
    # A question that was answered may be asked again; this one is not.
    await web_stage.answer(request.id, 1, "The same as ever.")
    assert [await send(web_stage, body, headers) for _ in range(2)] == [200, 200]
    facts = [r.event.kind for r in await web_stage.store.timeline(PROJECT, request.id)]
    assert facts.count(EventKind.ASKED) == 1


@pytest.mark.parametrize("offset", [-290, 290])
async def test_within_five_minutes_it_counts(web_stage: Stage, offset: int) -> None:
    body, request_id = await a_click(web_stage)
    assert await send(web_stage, body, signed(web_stage, body, stamp(web_stage, offset))) == 200
    assert await state(web_stage, request_id) is State.DECIDED


def forgeries(stage: Stage, body: bytes) -> dict[str, Sequence[tuple[str, str]]]:
    now = stamp(stage)
    (_, good), (_, signature) = signed(stage, body)
    return {
        "no headers": [],
        "no signature": [(TIMESTAMP, now)],
        "no timestamp": [(SIGNATURE, signature)],
        "another secret": signed(stage, body, secret="x" * 32),
        "another body": signed(stage, body + b"&more=1"),
        "a body with a line more": signed(stage, body + b"\n"),
        "six minutes old": signed(stage, body, stamp(stage, -360)),
        "six minutes ahead": signed(stage, body, stamp(stage, 360)),
        "a word for a time": signed(stage, body, "soon"),
        "a negative time": signed(stage, body, "-1"),
        "a time with a fraction": signed(stage, body, now + ".0"),
        "an endless time": signed(stage, body, "9" * 400),
        "an empty time": [(TIMESTAMP, ""), (SIGNATURE, signature)],
        "two signatures": [(TIMESTAMP, good), (SIGNATURE, signature), (SIGNATURE, signature)],
        "two timestamps": [(TIMESTAMP, good), (TIMESTAMP, good), (SIGNATURE, signature)],
        "a signature in capitals": [(TIMESTAMP, good), (SIGNATURE, signature.upper())],
        "a signature that is none": [(TIMESTAMP, good), (SIGNATURE, "v0=")],
        "an older scheme": [(TIMESTAMP, good), (SIGNATURE, signature.replace("v0", "v1"))],
    }


async def test_forgeries_are_401_and_change_nothing(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    for name, headers in forgeries(web_stage, body).items():
        assert await send(web_stage, body, list(headers)) == 401, name
    assert await state(web_stage, request_id) is State.ASSIGNED


def test_while_a_secret_is_rotated_either_counts() -> None:
    body, at = b"payload={}", str(int(NOW.timestamp()))
    secrets = BotConfig("http", signing_secret=f"{'o' * 32}, {'n' * 32}").signing_secrets
    for secret, counts in (
        ("o" * 32, True),
        ("n" * 32, True),
        ("x" * 32, False),
        (", ".join(secrets), False),
    ):
        signature = sign(secret, at, body)
        headers = CIMultiDict({TIMESTAMP: at, SIGNATURE: signature})
        assert genuine(secrets, headers, body, NOW) == (signature if counts else None)
    empty = CIMultiDict({TIMESTAMP: at, SIGNATURE: sign("", at, body)})
    for nothing in (None, "", " , "):
        assert genuine(BotConfig("http", signing_secret=nothing).signing_secrets, empty, body, NOW) is None


def test_five_minutes_to_the_second() -> None:
    for offset, counts in ((-301, False), (-300, True), (300, True), (301, False)):
        at = str(int(NOW.timestamp()) + offset)
        signature = sign("s" * 32, at, b"")
        headers = CIMultiDict({TIMESTAMP: at, SIGNATURE: signature})
        assert genuine(["s" * 32], headers, b"", NOW) == (signature if counts else None)


async def test_digits_of_another_script_are_no_time(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    eastern = stamp(web_stage).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert await send(web_stage, body, signed(web_stage, body, eastern)) == 401
    assert await state(web_stage, request_id) is State.ASSIGNED


async def test_a_body_beyond_all_measure_is_413(web_stage: Stage) -> None:
    body = b"payload=" + b"x" * (2 * 1024 * 1024)
    assert await send(web_stage, body, signed(web_stage, body)) == 413


async def test_a_click_from_another_workspace_is_refused(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    foreign = body.replace(HOME.encode(), b"T0RIVAGE01")
    assert await send(web_stage, foreign, signed(web_stage, foreign)) == 200
    assert await state(web_stage, request_id) is State.ASSIGNED


async def test_another_workspace_cannot_claim_somebody_who_is_not_linked_yet(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    await web_stage.apply(amir(), claire(), domains=[a_domain(backups=True)])
    ours, theirs = web_stage.user_id(AMIR), web_stage.user_id(CLAIRE)
    foreign = body.replace(HOME.encode(), b"T0RIVAGE01").replace(ours.encode(), theirs.encode())
    assert await send(web_stage, foreign, signed(web_stage, foreign)) == 200
    assert await state(web_stage, request_id) is State.ASSIGNED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=not json",
        b"payload=[1,2]",
        b"payload=null",
        b"payload={}",
        b'payload={"type":"block_actions"}',
        b'payload={"type":"block_actions","actions":[]}',
        b'payload={"type":"block_actions","actions":[{"action_id":"approval.approve"}],"user":"U1","team":"T1"}',
        b'payload={"type":"view_submission","view":{"callback_id":"approval.decide"}}',
        b'payload={"type":"view_submission","view":{"callback_id":"approval.decide","private_metadata":"[]"}}',
        b'payload={"type":"view_submission","view":{"callback_id":"approval.bulk","private_metadata":"{}"}}',
        b"command=/approvals&text=list",
        b"\xff\xfe",
        b"[" * 10_000,
    ],
    ids=lambda body: body[:90].decode("latin-1"),
)
async def test_nothing_that_is_signed_breaks_the_door(web_stage: Stage, body: bytes) -> None:
    # For the app that it is, and for none.
    for bolt in (
        body,
        body.replace(b'{"type"', b'{"api_app_id":"A0DESK0001","type"'),
        body + b"&api_app_id=A0DESK0001",
    ):
        assert await send(web_stage, bolt, signed(web_stage, bolt)) < 500


async def test_a_forged_value_or_view_gives_no_authority(web_stage: Stage) -> None:
    """Whatever a button or a view carries, who may decide is read from the record."""
    await web_stage.apply(amir(), claire(domains=["finance"]))
    request = await web_stage.submit()
    await web_stage.card(AMIR)
    claires = {"id": web_stage.user_id(CLAIRE), "team_id": HOME}
    click = {
        "type": "block_actions",
        "user": claires,
        "team": {"id": HOME},
        "api_app_id": APP,
        "channel": {"id": "C0LEGAL001"},
        "message": {"ts": "1.000001"},
        "container": {"type": "message"},
        "actions": [
            {"type": "button", "action_id": action_ids.APPROVE, "value": request.id, "block_id": "b"}
        ],
        "trigger_id": "1.2.3",
    }
    view = {
        "type": "view_submission",
        "user": claires,
        "team": {"id": HOME},
        "api_app_id": APP,
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": action_ids.DECIDE_MODAL,
            "private_metadata": Routing(request.id, 1, "approved").text(),
            "state": {"values": {}},
        },
    }
    for payload in (click, view):
        body = form(payload)
        assert await send(web_stage, body, signed(web_stage, body)) == 200
        assert await state(web_stage, request.id) is State.ASSIGNED


async def test_an_event_that_slack_sends_again_counts_once(web_stage: Stage) -> None:
    """A retry is signed anew, and bears the same event_id."""
    await web_stage.apply(amir())

    def opened(event_id: str) -> bytes:
        event = {"type": "app_home_opened", "user": web_stage.user_id(AMIR), "tab": "home"}
        told = {"type": "event_callback", "team_id": HOME, "api_app_id": APP, "event_id": event_id}
        return orjson.dumps({**told, "event": event})

    for offset, event_id in enumerate(("Ev1", "Ev1", "Ev1", "Ev2")):
        body = opened(event_id)
        assert await send(web_stage, body, signed(web_stage, body, stamp(web_stage, -offset)), JSON) == 200

    async def both() -> bool:
        return len(await web_stage.calls("views.publish")) >= 2

    await web_stage.person(AMIR).wait_until(both)
    # A click is answered after whatever came before it, and shows the tab once more.
    await web_stage.submit()
    await web_stage.person(AMIR).click(await web_stage.card(AMIR), action_ids.APPROVE)
    await web_stage.person(AMIR).wait_for_home(lambda view: "Approved" in view.all_text)
    early = [call for call in await web_stage.calls("views.publish") if "#1" not in str(call["sent"])]
    assert len(early) == 2
