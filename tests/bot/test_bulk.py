"""Several approved at once: what is chosen is judged by the record, whatever the view says."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest

from approvals.commands import Amend, Decide
from approvals.model import ApprovalRequest, Door, KeyId, Risk, SentinelId, Verdict
from bot import action_ids, bulk
from tests.bot.stage import AMIR, Stage, amir, claire
from tests.bot.test_signatures import APP, FORM, HOME, form, signed
from tests.builders import PROJECT, a_caller, a_domain

TOGETHER = "cannot be approved together"


def low(slug: str = "legal") -> Any:
    return a_domain(slug, risk=Risk.LOW)


async def submitted(
    stage: Stage, ticked: Sequence[ApprovalRequest], shown: Mapping[str, object] | None = None
) -> str:
    """What Amir is told who sends such a view, as Slack would sign it."""
    versions = shown if shown is not None else {r.id: r.content_version for r in ticked}
    values = {
        action_ids.ITEMS: {
            action_ids.ITEMS: {"type": "checkboxes", "selected_options": [{"value": r.id} for r in ticked]}
        }
    }
    body = form(
        {
            "type": "view_submission",
            "user": {"id": stage.user_id(AMIR), "team_id": HOME},
            "team": {"id": HOME},
            "api_app_id": APP,
            "view": {
                "id": "V1",
                "type": "modal",
                "callback_id": action_ids.BULK_MODAL,
                "private_metadata": orjson.dumps(versions).decode(),
                "state": {"values": values},
            },
        }
    )
    headers = [("Content-Type", FORM), *signed(stage, body)]
    url = f"{stage.url}/slack/events"
    async with stage.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
        assert answer.status == 200
        return await answer.text()


async def outcomes(stage: Stage, requests: Sequence[ApprovalRequest]) -> list[str | None]:
    return [(await stage.request(r.id)).outcome for r in requests]


MIXED: dict[str, dict[str, Any]] = {
    "another agent": {"agent_id": "another-agent"},
    "another key": {"caller": a_caller(key_id=KeyId("another-key"))},
    "another domain": {"domain": "finance"},
}


@pytest.mark.parametrize("other", MIXED.values(), ids=MIXED.keys())
async def test_what_is_not_of_one_kind_is_refused_whole(web_stage: Stage, other: dict[str, Any]) -> None:
    await web_stage.apply(amir(domains=["legal", "finance"]), domains=[low(), low("finance")])
    requests = [await web_stage.submit(), await web_stage.submit(), await web_stage.submit(**other)]
    assert TOGETHER in await submitted(web_stage, requests)
    assert await outcomes(web_stage, requests) == [None, None, None]


async def test_more_than_a_view_shows_is_refused_whole(web_stage: Stage) -> None:
    await web_stage.apply(amir(), domains=[low()])
    requests = [await web_stage.submit() for _ in range(bulk.MOST + 1)]
    assert TOGETHER in await submitted(web_stage, requests)
    assert set(await outcomes(web_stage, requests)) == {None}


async def test_each_that_is_not_approved_says_why(web_stage: Stage) -> None:
    await web_stage.apply(amir(), claire(domains=["finance"]), domains=[low(), low("finance")])
    good, decided, changed, foreign = [
        await web_stage.submit(),
        await web_stage.submit(),
        await web_stage.submit(),
        await web_stage.submit(domain="finance"),
    ]
    no = Decide(PROJECT, decided.id, SentinelId(1), Verdict.REJECTED, Door.API, reasoning="No.")
    await web_stage.approvals.decide(no)
    await web_stage.approvals.amend(Amend(PROJECT, changed.id, "agent", content={"summary": "Other words."}))

    told = await submitted(web_stage, [good, decided, changed, foreign])

    assert "#1: approved" in told
    assert "#2: Already decided" in told or "#2: You have already decided" in told
    assert "#3: The content changed" in told
    assert "This request is gone" in told
    assert f"#{foreign.number}" not in told
    assert await outcomes(web_stage, [good, decided, changed, foreign]) == [
        "approved",
        "rejected",
        None,
        None,
    ]


async def test_what_has_to_be_decided_by_itself_is_not_approved_among_others(web_stage: Stage) -> None:
    await web_stage.apply(amir(), domains=[low()])
    good, long = await web_stage.submit(), await web_stage.submit(summary="x" * (bulk.SMALL + 1))
    assert "#2: it has to be decided by itself" in await submitted(web_stage, [good, long])
    assert await outcomes(web_stage, [good, long]) == ["approved", None]


@pytest.mark.parametrize("version", ["1", None, True, 1.5, [1], {}], ids=repr)
async def test_a_version_that_is_no_number_was_not_shown(web_stage: Stage, version: object) -> None:
    await web_stage.apply(amir(), domains=[low()])
    request = await web_stage.submit()
    assert "This request is gone" in await submitted(web_stage, [request], {request.id: version})
    assert await outcomes(web_stage, [request]) == [None]
