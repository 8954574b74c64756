"""`/desk/v1/requests`: what people and agents do with a request beside the dialects."""

from typing import Any

import pytest

from approvals import ids
from approvals.model import Dialect, Domain, Reasoning, RequestId
from tests.api.bench import OTHER, Bench
from tests.builders import a_submit, a_wanted, hours

ONE = "/desk/v1/requests/1"


async def asked(bench: Bench, **changes: Any) -> str:
    """A request that Sentinel 1 holds; its id."""
    return (await bench.desk.approvals.submit(a_submit(**changes))).request.id


async def said(bench: Bench, verb: str, body: Any, *, key: str | None = None, status: int = 200) -> Any:
    """The answer to a verb on request 1, which must have this status."""
    key = key or await bench.key("decide", speaks_for=("*",))
    answer = await bench.call("POST", f"{ONE}/{verb}", key, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def shown(bench: Bench) -> Any:
    """Request 1 in canonical form."""
    return await (await bench.call("GET", ONE, await bench.key())).json()


async def test_the_canonical_form_has_every_id(bench: Bench) -> None:
    canonical = RequestId(await asked(bench))
    expected = {
        "humanlayer": canonical,
        "humanapproval": ids.humanapproval(canonical),
        "humancheck": 1,
        "hitl": ids.hitl(canonical),
    }
    for form in expected.values():
        answer = await bench.call("GET", f"/desk/v1/requests/{form}", await bench.key())
        words = await answer.json()
        assert (words["ids"], words["state"]) == (expected, "assigned")
        assert words["links"]["timeline"] == f"/desk/v1/requests/{canonical}/timeline"


@pytest.mark.parametrize("who", [1, "1", "s1@example.com", "S1@Example.com", "Sentinel 1", "sentinel 1"])
async def test_a_sentinel_is_named_by_number_mail_or_name(bench: Bench, who: Any) -> None:
    await asked(bench)
    words = await said(bench, "decide", {"as": who, "verdict": "approved"})
    assert (words["verdict"], words["decided_by"]) == ("approved", {"number": 1, "name": "Sentinel 1"})
    assert words["evidence"]["decided_by"] == "s1@example.com"


@pytest.mark.parametrize("who", [2, 0, -1, "nobody@example.com", "٣", "9" * 300])
async def test_nobody_of_that_name(bench: Bench, who: Any) -> None:
    await asked(bench)
    words = await said(bench, "decide", {"as": who, "verdict": "approved"}, status=400)
    assert (words["error"]["code"], words["error"]["field"]) == ("invalid_field", "as")


@pytest.mark.parametrize("who", [None, "", True, 1.5, ["s1@example.com"], "x" * 321])
async def test_what_cannot_name_anybody(bench: Bench, who: Any) -> None:
    await asked(bench)
    words = await said(bench, "decide", {"as": who, "verdict": "approved"}, status=400)
    assert words["error"]["field"] == "as"


async def test_a_name_that_two_bear_is_refused(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, name="Sentinel 1"))
    await asked(bench)
    words = await said(bench, "decide", {"as": "Sentinel 1", "verdict": "approved"}, status=400)
    assert "several" in words["error"]["message"]


async def test_of_two_with_one_name_the_active_one_is_meant(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, name="Sentinel 1"))
    await bench.call("POST", "/desk/v1/sentinels/1/deactivate", await bench.key("admin"))
    await asked(bench)
    words = await said(bench, "decide", {"as": "Sentinel 1", "verdict": "approved"})
    assert words["decided_by"]["number"] == 2


@pytest.mark.parametrize("speaks_for", [("s2@example.com",), ()])
async def test_a_key_speaks_only_for_whom_it_may(bench: Bench, speaks_for: tuple[str, ...]) -> None:
    await bench.people(a_wanted(1), a_wanted(2))
    await asked(bench)
    key = await bench.key("decide", speaks_for=speaks_for)
    words = await said(bench, "decide", {"as": 1, "verdict": "approved"}, key=key, status=403)
    assert words["error"]["code"] == "not_speaking_for"
    assert (await shown(bench))["state"] == "assigned"


async def test_whoever_is_not_assigned_may_not(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2))
    await asked(bench)
    words = await said(bench, "decide", {"as": 2, "verdict": "approved"}, status=403)
    assert words["error"]["code"] == "not_authorised"
    assert words["error"]["details"]["reason"] == "not_assigned"
    assert "Sentinel 2" in words["error"]["message"]


async def test_a_second_decision_names_the_first(bench: Bench) -> None:
    await asked(bench)
    await said(bench, "decide", {"as": 1, "verdict": "approved"})
    words = await said(bench, "decide", {"as": 1, "verdict": "rejected", "reasoning": "No."}, status=409)
    assert words["error"]["code"] == "already_ended"
    assert "approved by Sentinel 1 at 2026-11-23T15:00:00.000Z" in words["error"]["message"]
    assert words["error"]["details"]["decided_by"] == "Sentinel 1"


async def test_a_rejection_needs_words(bench: Bench) -> None:
    await asked(bench)
    words = await said(bench, "decide", {"as": 1, "verdict": "rejected"}, status=400)
    assert (words["error"]["code"], words["error"]["field"]) == ("reasoning_required", "reasoning")


async def test_a_domain_may_want_words_for_every_verdict(bench: Bench) -> None:
    strict = {"legal": Domain("legal", reasoning=Reasoning.REQUIRED)}
    await bench.people(a_wanted(1), domains=strict)
    await asked(bench)
    await said(bench, "decide", {"as": 1, "verdict": "approved", "reasoning": " "}, status=400)
    await said(bench, "decide", {"as": 1, "verdict": "approved", "reasoning": "Fine."})


async def test_modified_only_where_the_client_can_hear_it(bench: Bench) -> None:
    await asked(bench)
    body = {"as": 1, "verdict": "modified", "modified_action": "less"}
    await said(bench, "decide", body, status=409)
    await asked(bench, dialect=Dialect.HUMANCHECK)
    key = await bench.key("decide", speaks_for=("*",))
    without = {"as": 1, "verdict": "modified"}
    answer = await bench.call("POST", "/desk/v1/requests/2/decide", key, json=without)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, "modified_action")
    answer = await bench.call("POST", "/desk/v1/requests/2/decide", key, json=body)
    assert (await answer.json())["modified_action"] == "less"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"as": 1}, "verdict"),
        ({"as": 1, "verdict": "escalated"}, "verdict"),
        ({"as": 1, "verdict": "approved", "modified_action": "less"}, "modified_action"),
        ({"as": 1, "verdict": "approved", "reasoning": 5}, "reasoning"),
        ({"as": 1, "verdict": "approved", "content_version": "1"}, "content_version"),
    ],
)
async def test_decisions_that_say_nothing_clear(bench: Bench, body: Any, field: str) -> None:
    await asked(bench)
    assert (await said(bench, "decide", body, status=400))["error"]["field"] == field


async def test_a_decision_on_other_content_than_was_shown(bench: Bench) -> None:
    await asked(bench)
    stale = {"as": 1, "verdict": "approved", "content_version": 2}
    assert (await said(bench, "decide", stale, status=409))["error"]["code"] == "conflict"
    await said(bench, "decide", {**stale, "content_version": 1})


async def test_nothing_is_decided_after_the_deadline(bench: Bench) -> None:
    await asked(bench)
    bench.clock.advance(hours(48))
    words = await said(bench, "decide", {"as": 1, "verdict": "approved"}, status=409)
    assert words["error"]["code"] == "deadline_passed"
    assert "2026-11-25T15:00:00.000Z" in words["error"]["message"]


async def test_it_can_be_sent_up(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, tier=2), a_wanted(3, tier=2))
    await asked(bench)
    body = {"as": 1, "reasoning": "Too much for me.", "target": "s3@example.com"}
    words = await said(bench, "escalate", body)
    assert words["assigned_to"] == {"number": 3, "name": "Sentinel 3"}
    assert words["escalations"][0]["reasoning"] == "Too much for me."
    again = await said(bench, "decide", {"as": 1, "verdict": "approved"}, status=403)
    assert again["error"]["details"]["reason"] == "escalated_it"


async def test_an_escalation_needs_words_and_a_target_that_exists(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, tier=2))
    await asked(bench)
    assert (await said(bench, "escalate", {"as": 1}, status=400))["error"]["field"] == "reasoning"
    body = {"as": 1, "reasoning": "Up.", "target": "nobody"}
    assert (await said(bench, "escalate", body, status=400))["error"]["field"] == "target"
    error = (await said(bench, "escalate", body | {"target": 1}, status=409))["error"]
    assert error["field"] == "target"
    assert error["message"].startswith("target names somebody who cannot receive this escalation (send ")


async def test_on_top_an_escalation_is_final_where_the_client_knows_the_word(bench: Bench) -> None:
    await asked(bench)
    words = await said(bench, "escalate", {"as": 1, "reasoning": "Ask the board."})
    assert (words["state"], words["verdict"]) == ("decided", "escalated")
    await asked(bench, dialect=Dialect.HITL)
    key = await bench.key("decide", speaks_for=("*",))
    body = {"as": 1, "reasoning": "Up."}
    answer = await bench.call("POST", "/desk/v1/requests/2/escalate", key, json=body)
    assert answer.status == 409
    assert "Nobody stands above" in (await answer.json())["error"]["message"]


async def test_a_cancel_needs_no_body(bench: Bench) -> None:
    await asked(bench)
    answer = await bench.call("POST", f"{ONE}/cancel", await bench.key())
    assert (answer.status, (await answer.json())["outcome"]) == (200, "cancelled")


async def test_a_question_and_its_answer(bench: Bench) -> None:
    await asked(bench)
    await said(bench, "ask", {"as": 1, "question": "Which law?"})
    agent = await bench.key()
    await said(bench, "questions/1/answer", {"answer": "Bill 25"}, key=agent)
    listed = await (await bench.call("GET", f"{ONE}/questions", agent)).json()
    assert listed["questions"] == (await shown(bench))["questions"]
    assert [(q["question"], q["answer"], q["asked_by"]) for q in listed["questions"]] == [
        ("Which law?", "Bill 25", "Sentinel 1")
    ]
    error = (await said(bench, "questions/1/answer", {"answer": "again"}, key=agent, status=409))["error"]
    assert error["message"].startswith("Question 1 was answered already, and that answer stands; ")
    error = (await said(bench, "questions/2/answer", {"answer": "x"}, key=agent, status=400))["error"]
    assert error["message"].startswith("number names no question of this request (")
    await said(bench, "questions/one/answer", {"answer": "x"}, key=agent, status=400)


async def test_the_timeline_has_everything_in_order(bench: Bench) -> None:
    request_id = await asked(bench)
    await said(bench, "decide", {"as": 1, "verdict": "approved"})
    words = await (await bench.call("GET", f"{ONE}/timeline", await bench.key())).json()
    assert words["request_id"] == request_id
    assert [event["kind"] for event in words["events"]] == ["submitted", "assigned", "decided"]
    assert [event["n"] for event in words["events"]] == [1, 2, 3]
    assert all(len(event["hash"]) == 64 for event in words["events"])


async def test_explain_says_why_of_everybody(bench: Bench) -> None:
    await bench.people(a_wanted(1), a_wanted(2, domains={"finance"}), a_wanted(3))
    await asked(bench)
    words = await (await bench.call("GET", f"{ONE}/explain", await bench.key())).json()
    reasons = {one["number"]: (one["reason"], one["eligible"]) for one in words["sentinels"]}
    assert reasons[2] == ("domain", False)
    assert reasons[3] == (None, True)


async def test_every_route_about_a_request_is_closed_to_other_projects(bench: Bench) -> None:
    request_id = await asked(bench)
    await bench.people(a_wanted(1), project=OTHER)
    keys = {
        "requests": await bench.key(project=OTHER),
        "decide": await bench.key("decide", project=OTHER, speaks_for=("*",)),
    }
    bodies: dict[str, Any] = {
        "decide": {"as": 1, "verdict": "approved"},
        "escalate": {"as": 1, "reasoning": "Up."},
        "ask": {"as": 1, "question": "Why?"},
        "cancel": {},
        "questions/1/answer": {"answer": "Because."},
    }
    for form in [request_id, 1]:
        for verb, body in bodies.items():
            key = keys["requests" if verb in {"cancel", "questions/1/answer"} else "decide"]
            answer = await bench.call("POST", f"/desk/v1/requests/{form}/{verb}", key, json=body)
            assert answer.status == 404, verb
        for part in ["", "/questions", "/explain", "/timeline"]:
            answer = await bench.call("GET", f"/desk/v1/requests/{form}{part}", keys["requests"])
            assert answer.status == 404, part
    assert (await shown(bench))["state"] == "assigned"
