"""What Slack did not send, or not just now, or sent before, changes nothing."""

import io
from collections.abc import Sequence
from urllib.parse import urlencode

import orjson
import pytest

from approvals.model import RequestId, State
from bot import action_ids
from bot.signatures import SIGNATURE, TIMESTAMP, sign
from tests.bot.stage import AMIR, Stage, amir
from tests.builders import PROJECT

Headers = list[tuple[str, str]]


async def a_click(stage: Stage) -> tuple[bytes, str]:
    """A genuine click's body, and the id of the request that it would approve."""
    await stage.apply(amir())
    request = await stage.submit()
    card = await stage.card(AMIR)
    payload = {
        "type": "block_actions",
        "user": {"id": stage.user_id(AMIR), "team_id": "T0ACME0001"},
        "team": {"id": "T0ACME0001"},
        "channel": {"id": card.channel},
        "message": {"ts": card.ts},
        "container": {"type": "message"},
        "actions": [
            {"type": "button", "action_id": action_ids.APPROVE, "value": request.id, "block_id": "b"}
        ],
        "trigger_id": "1.2.3",
    }
    return urlencode({"payload": orjson.dumps(payload).decode()}).encode(), request.id


def stamp(stage: Stage, offset: float = 0) -> str:
    return str(int(stage.time().timestamp() + offset))


async def send(stage: Stage, body: bytes, headers: Headers) -> int:
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    url = f"{stage.url}/slack/events"
    async with stage.session.post(url, data=io.BytesIO(body), headers=form + headers) as answer:
        await answer.read()
        return answer.status


def signed(stage: Stage, body: bytes, timestamp: str | None = None, secret: str | None = None) -> Headers:
    at = timestamp or stamp(stage)
    return [(TIMESTAMP, at), (SIGNATURE, sign(secret or stage.ws.signing_secret, at, body))]


async def state(stage: Stage, request_id: str) -> State:
    return (await stage.store.anywhere(request_id)).state  # type: ignore[arg-type]


async def test_a_genuine_click_decides_and_its_repetition_does_nothing(web_stage: Stage) -> None:
    body, request_id = await a_click(web_stage)
    headers = signed(web_stage, body)
    assert await send(web_stage, body, headers) == 200
    assert await state(web_stage, request_id) is State.DECIDED
    recorded = await web_stage.store.timeline(PROJECT, RequestId(request_id))
    assert await send(web_stage, body, headers) == 200
    assert await web_stage.store.timeline(PROJECT, RequestId(request_id)) == recorded
    assert len([m for m in await web_stage.person(AMIR).messages("dm") if m.ephemeral]) == 0


@pytest.mark.parametrize("offset", [-299, 299])
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
    foreign = body.replace(b"T0ACME0001", b"T0RIVAGE01")
    assert await send(web_stage, foreign, signed(web_stage, foreign)) == 200
    assert await state(web_stage, request_id) is State.ASSIGNED
