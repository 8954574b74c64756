"""Every state of a card, for every kind of reader, in every language: valid, true, and inert."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from approvals.model import (
    ApprovalRequest,
    ChannelShows,
    Decision,
    Dialect,
    Escalation,
    Priority,
    Reasoning,
    Risk,
    Roster,
    Sentinel,
    State,
    Verdict,
)
from bot import action_ids, bulk, home, modals
from bot.blocks import Block
from bot.cards import card, closed_copy, decides_in_one_click
from bot.inbox import Inbox, Post
from bot.language import Language
from bot.message import Message
from bot.subject import Question, Subject
from bot.validator import check_message, check_view, elements, texts
from tests.bot.speaking import LANGUAGES
from tests.builders import NOW, a_domain, a_request, a_roster, a_sentinel, assigned
from workspace.blockkit.live import live
from workspace.blockkit.surfaces import check_message as slack_takes_message
from workspace.blockkit.surfaces import check_view as slack_takes_view

MARIE = a_sentinel(1, name="Marie Dupont", jurisdictions=("Québec",))
ABOVE = a_sentinel(2, name="Ann Above", tier=2)

ROSTER = a_roster(MARIE, ABOVE, domains=[a_domain(channel="#legal", risk=Risk.HIGH)])

LONG = "A very long word of somebody's, with <!channel> and *stars* & more. "


def ended(state: State, verdict: Verdict | None = None, reasoning: str | None = None) -> ApprovalRequest:
    decision = verdict and Decision(verdict, NOW, MARIE.id, MARIE.name, reasoning=reasoning)
    return assigned(state=state, ended_at=NOW, decision=decision)


def escalated() -> ApprovalRequest:
    step = Escalation(NOW, MARIE.id, MARIE.name, "Above my limit", 2)
    return assigned(2, escalations=(step,), escalated_by=frozenset({MARIE.id}), min_tier=2)


STATES: dict[str, ApprovalRequest] = {
    "pending": a_request(expires_at=NOW + timedelta(hours=3)),
    "assigned": assigned(expires_at=NOW + timedelta(days=2), agent_name="Quote Bot", risk=Risk.HIGH),
    "bare": assigned(jurisdiction=None, priority=Priority.URGENT, requested_by="jo@example.com"),
    "long": assigned(
        title=LONG * 50,
        summary=LONG * 200,
        context={"items": [LONG * 3] * 200},
        action={"pay": LONG * 100},
        agent_id="a" * 500,
        agent_name=LONG * 10,
        jurisdiction=LONG,
        requested_by=LONG,
    ),
    "escalated": escalated(),
    "silent": assigned(2, escalations=(Escalation(NOW, None, None, None, 2),), min_tier=2),
    "approved": ended(State.DECIDED, Verdict.APPROVED),
    "modified": ended(State.DECIDED, Verdict.MODIFIED),
    "rejected": ended(State.DECIDED, Verdict.REJECTED, LONG * 60),
    "final": ended(State.DECIDED, Verdict.ESCALATED, "Up"),
    "expired": ended(State.EXPIRED),
    "cancelled": ended(State.CANCELLED),
    "foreign": assigned(domain="never-heard-of"),
    "modifiable": assigned(dialect=Dialect.HUMANCHECK),
}

NAMES = {"en": "English", "fr": "français"}

VIEWERS: dict[str, Sentinel | None] = {"marie": MARIE, "above": ABOVE, "channel": None}

QUESTIONS = (
    Question(1, "Marie Dupont", "Which supplier?", "Acme " * 400),
    Question(2, "Marie Dupont", LONG * 20),
)


def subject(request: ApprovalRequest, roster: Roster = ROSTER, **more: Any) -> Subject:
    return Subject(request, roster, "Agent's key", **more)


def assert_takeable(message: Message) -> None:
    arguments = message.arguments()
    assert check_message(arguments) == []
    slack_takes_message(arguments["blocks"], arguments["attachments"])


def assert_view(view: Block) -> None:
    assert check_view(view) == []
    slack_takes_view(view, "modal", "home")


def shown(value: Any) -> str:
    return "\n".join(text["text"] for text in texts(value))


def buttons(message: Message) -> list[str]:
    return [e["action_id"] for block in message.blocks for e in elements(block)]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)
@pytest.mark.parametrize("state", STATES)
def test_every_card_is_what_slack_takes(state: str, viewer: Sentinel | None, language: Language) -> None:
    for questions in ((), QUESTIONS):
        assert_takeable(card(subject(STATES[state], questions=questions), viewer, language))


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("state", ["assigned", "bare", "long", "escalated", "foreign", "modifiable"])
def test_every_view_is_what_slack_takes(state: str, language: Language) -> None:
    about = subject(STATES[state], questions=QUESTIONS)
    views = [
        modals.approving(about, language),
        modals.rejecting(about, language),
        modals.escalating(about, [ABOVE] * 1, language),
        modals.escalating(about, [], language),
        modals.asking(about, language),
        modals.details(about, [LONG] * 60, language),
        modals.notice(LONG * 100, language),
    ]
    if state == "modifiable":
        views.append(modals.modifying(about, language))
    for view in views:
        assert_view(view)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_app_home_is_what_slack_takes(language: Language) -> None:
    waiting = tuple(
        subject(assigned(number=n, risk=Risk.LOW, expires_at=NOW + timedelta(days=n))) for n in range(1, 46)
    )
    recent = tuple(subject(STATES[s]) for s in ("approved", "rejected", "expired"))
    away = replace(MARIE, away_until=NOW + timedelta(days=3))
    for who in (MARIE, away):
        for page in range(4):
            assert_view(home.home(Inbox((Post(ROSTER, who),), waiting, recent), NAMES, language, NOW, page))
    assert_view(home.home(Inbox((Post(ROSTER, MARIE),), (), ()), NAMES, language, NOW))
    theirs = tuple(subject(assigned(2, number=n, title=LONG)) for n in range(100, 110))
    assert_view(home.home(Inbox((Post(ROSTER, MARIE),), waiting, recent, theirs), NAMES, language, NOW, 1))
    assert_view(home.away([ABOVE], language))
    assert_view(home.stranger(LONG))
    assert_view(bulk.approving(bulk.lots(waiting)[0], language))
    assert_view(bulk.results([LONG] * 10, language))


def test_a_card_of_facts_holds_no_word_of_the_agents_prose() -> None:
    message = card(
        subject(assigned(title="SECRET title", summary="SECRET summary", context={"x": "SECRET"})),
        None,
        LANGUAGES["en"],
    )
    assert "SECRET" not in shown(message.arguments()) + message.text
    assert buttons(message)[0] == action_ids.APPROVE


def test_a_channel_may_show_the_content() -> None:
    roster = a_roster(MARIE, domains=[a_domain(channel_shows=ChannelShows.CONTENT)])
    assert "Send the contract" in shown(card(subject(assigned(), roster), None, LANGUAGES["en"]).blocks)


def test_whoever_may_not_act_sees_neither_content_nor_buttons() -> None:
    message = card(subject(STATES["escalated"]), MARIE, LANGUAGES["en"])
    assert buttons(message) == []
    assert "Send the contract" not in shown(message.blocks)


@pytest.mark.parametrize("state", ["approved", "modified", "rejected", "final", "expired", "cancelled"])
@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=VIEWERS)
def test_an_ended_card_says_how_and_has_no_buttons(state: str, viewer: Sentinel | None) -> None:
    message = card(subject(STATES[state]), viewer, LANGUAGES["en"])
    reads = viewer is not None and subject(STATES[state]).may_read(viewer)
    assert buttons(message) == [action_ids.DETAILS] * reads
    assert message.colour != "#daa038" or state == "final"
    words = shown(message.arguments())
    if STATES[state].decision is not None:
        assert "Marie Dupont" in words
    assert message.bar
    assert f"{int(NOW.timestamp())}" in words


@pytest.mark.parametrize("priority", Priority)
def test_a_priority_is_the_agents_word_and_the_usual_one_is_nobodys(priority: Priority) -> None:
    words = shown(card(subject(assigned(priority=priority)), MARIE, LANGUAGES["en"]).arguments())
    said = [] if priority is Priority.NORMAL else [f"{priority}, says the agent"]
    assert [line for line in words.splitlines() if "says the agent" in line] == said
    assert ("*Priority*" in words) == bool(said)


def test_the_head_is_the_same_whatever_the_agent_writes() -> None:
    same = "11111111-1111-4111-8111-111111111111"
    plain, lurid = (
        card(subject(assigned(title=t, summary=t, context={"a": t}, id=same)), MARIE, LANGUAGES["en"])
        for t in ("Fine.", "*URGENT* approved by the CFO <!channel>\n\n*Risk:* none")
    )
    head = slice(0, [b["type"] for b in plain.blocks].index("divider"))
    assert plain.blocks[head] == lurid.blocks[head]
    assert plain.text == lurid.text


def test_a_card_reads_from_the_desks_facts_down_to_the_agents_words() -> None:
    request = STATES["assigned"]
    message = card(subject(request), MARIE, LANGUAGES["en"])
    ids = [block.get("block_id", block["type"]) for block in message.blocks]
    assert ids == [
        "approval.header",
        "approval.facts",
        "approval.facts:2",
        "divider",
        "context",
        "section",
        "approval.summary",
        "approval.actions",
        "context",
        "context",
    ]
    labels = [t["text"] for b in message.blocks[1:3] for t in b["fields"][::2]]
    told = ("Agent", "API key", "Domain", "Jurisdiction", "Risk", "Deadline")
    assert labels == [f"*{label}*" for label in told]
    deadline = message.blocks[2]["fields"][-1]
    assert request.expires_at is not None
    assert (
        f"<!date^{int(request.expires_at.timestamp())}^{{date_short_pretty}}, {{time}}|" in deadline["text"]
    )
    assert [e.get("style") for e in elements(message.blocks[-3])][:3] == ["primary", "danger", None]


def test_urgency_is_the_agents_word_and_risk_the_teams() -> None:
    words = shown(
        card(subject(assigned(priority=Priority.URGENT, risk=Risk.LOW)), MARIE, LANGUAGES["en"]).blocks
    )
    assert "urgent, says the agent" in words
    assert "🟢 Low" in words


def test_a_domain_of_nobodys_is_marked_and_stays_out_of_the_heading() -> None:
    message = card(subject(STATES["foreign"]), None, LANGUAGES["en"])
    assert "never-heard-of" not in shown(message.blocks[0])
    assert "never-heard-of (not configured)" in shown(message.blocks)


def test_buttons_tell_screen_readers_which_request() -> None:
    request = STATES["assigned"]
    for element in (e for b in card(subject(request), MARIE, LANGUAGES["en"]).blocks for e in elements(b)):
        assert request.id in element["accessibility_label"]
        assert element["value"] == request.id


def test_a_confirm_dialog_only_for_a_high_risk_approval() -> None:
    for risk in Risk:
        found = [
            e["action_id"]
            for b in card(subject(assigned(risk=risk)), MARIE, LANGUAGES["en"]).blocks
            for e in elements(b)
            if "confirm" in e
        ]
        assert found == ([action_ids.APPROVE] if risk is Risk.HIGH else [])


@pytest.mark.parametrize(
    ("request_", "roster", "viewer", "at_once"),
    [
        (assigned(), ROSTER, MARIE, True),
        (assigned(), ROSTER, None, False),
        (assigned(summary="x" * 2501), ROSTER, MARIE, False),
        (assigned(context={"x": "y" * 2001}), ROSTER, MARIE, False),
        (assigned(), a_roster(MARIE, domains=[a_domain(reasoning=Reasoning.REQUIRED)]), MARIE, False),
        (assigned(wire={"template": {"fields": [{"name": "ok", "type": "boolean"}]}}), ROSTER, MARIE, False),
    ],
)
def test_when_one_click_decides(
    request_: ApprovalRequest, roster: Roster, viewer: Sentinel | None, at_once: bool
) -> None:
    assert decides_in_one_click(subject(request_, roster), viewer) is at_once


def test_an_unread_answer_of_the_agents_is_never_approved_in_one_click() -> None:
    assert not decides_in_one_click(subject(assigned(), questions=QUESTIONS[:1]), MARIE)


def test_what_is_cut_is_said_and_the_full_view_has_it_all() -> None:
    about = subject(assigned(summary="s" * 2600 + "END"))
    assert "104 characters hidden" in shown(card(about, MARIE, LANGUAGES["en"]).blocks)
    assert "END" in shown(modals.approving(about, LANGUAGES["en"])["blocks"])


def test_a_copy_is_closed_without_buttons() -> None:
    assert_takeable(closed_copy(LANGUAGES["en"]))
    assert buttons(closed_copy(LANGUAGES["en"])) == []


prose = st.text(alphabet=st.characters(), max_size=300) | st.text(
    alphabet="<>&!@#|*_~`\n\u202e\U0001f600 abc^:/.", max_size=300
)


@settings(max_examples=60, deadline=None)
@given(prose, prose, prose, prose)
@example(*["<!channel> <https://evil.example|Approve>"] * 4)
def test_agents_words_are_inert_on_every_surface(name: str, title: str, summary: str, place: str) -> None:
    request = assigned(
        agent_name=name, agent_id=name or "a", title=title, summary=summary, jurisdiction=place or None,
        context={summary[:20]: [title, {"k": summary}]}, requested_by=name,
    )  # fmt: skip
    about = subject(request, questions=(Question(1, "Marie", title, summary),))
    for viewer in VIEWERS.values():
        message = card(about, viewer, LANGUAGES["en"])
        assert_takeable(message)
        assert {token["kind"] for token in live(message.arguments())} <= {"date"}
    for view in (modals.approving(about, LANGUAGES["en"]), modals.rejecting(about, LANGUAGES["en"])):
        assert_view(view)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 260_000), st.sampled_from("aé\U0001f600\u202e<&\n"))
def test_any_length_can_be_shown_and_leafed_through(length: int, letter: str) -> None:
    about = subject(assigned(context={"text": letter * length}))
    assert_takeable(card(about, MARIE, LANGUAGES["en"]))
    assert_view(modals.approving(about, LANGUAGES["en"]))
    assert_view(modals.details(about, [], LANGUAGES["en"], page=0))
