"""Which messages an event makes necessary."""

import pytest

from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Json, Roster, SentinelId
from approvals.outbox import Carrier, Outgoing
from bot.announcer import CardAnnouncer
from tests.builders import NOW, a_domain, a_request, a_roster, assigned

CHANNEL = a_roster(domains=[a_domain(channel="#legal")])


def announced(
    request: ApprovalRequest, *kinds: EventKind, roster: Roster = CHANNEL, data: dict[str, Json] | None = None
) -> list[Outgoing]:
    events = [Event(kind, request.id, NOW, "somebody", data or {}) for kind in kinds]
    return list(CardAnnouncer().announce(request, events, roster))


def told(messages: list[Outgoing]) -> set[tuple[str, str]]:
    return {(m.topic, str(m.intent["surface"])) for m in messages}


def test_a_new_request_has_a_card_for_its_sentinel_and_in_the_channel() -> None:
    request = assigned()
    messages = announced(request, EventKind.SUBMITTED, EventKind.ASSIGNED)
    assert told(messages) == {("card", "dm:1"), ("card", "channel")}
    assert {m.carrier for m in messages} == {Carrier.SLACK}
    assert {m.lane for m in messages} == {"slack:dm:default:1", "slack:channel:default:#legal"}
    assert all(m.request_id == request.id and m.body is None for m in messages)


def test_several_events_of_one_change_make_one_row_a_card() -> None:
    assert len(announced(assigned(), EventKind.RELEASED, EventKind.ASSIGNED)) == 2


def test_everybody_who_ever_had_it_hears_of_the_end_and_one_thread_keeps_it() -> None:
    request = assigned(2, recipients=(SentinelId(1), SentinelId(2)))
    messages = announced(request, EventKind.DECIDED, data={"verdict": "approved"})
    assert told(messages) == {
        ("card", "dm:1"),
        ("card", "dm:2"),
        ("card", "channel"),
        ("thread", "channel"),
    }


@pytest.mark.parametrize("end", [EventKind.DECIDED, EventKind.EXPIRED, EventKind.CANCELLED])
def test_every_end_closes_the_cards(end: EventKind) -> None:
    messages = announced(assigned(), end, data={"verdict": "approved"})
    assert {("card", "dm:1"), ("card", "channel")} <= told(messages)


def test_without_a_channel_the_thread_is_the_last_recipients() -> None:
    messages = announced(assigned(), EventKind.EXPIRED, roster=a_roster())
    assert told(messages) == {("card", "dm:1"), ("thread", "dm:1")}


def test_an_answer_goes_to_who_waits_for_it() -> None:
    messages = announced(assigned(), EventKind.ANSWERED, data={"number": 1, "answer": "yes"})
    assert ("thread", "dm:1") in told(messages)
    assert not any("yes" in str(m.intent) for m in messages)


def test_a_reminder_goes_to_the_holder_alone() -> None:
    (reminder,) = announced(assigned(), EventKind.REMINDED)
    assert (reminder.topic, reminder.intent["surface"]) == ("remind", "dm:1")
    assert reminder.lane == "slack:remind:default:1", "what waits for the morning holds up no card"


def test_a_look_shows_in_the_channel_alone() -> None:
    assert told(announced(assigned(), EventKind.STARTED)) == {("card", "channel")}
    assert announced(assigned(), EventKind.STARTED, roster=a_roster()) == []


def test_operations_hear_of_what_nobody_takes() -> None:
    alarm = {"reason": "uncovered"}
    roster = a_roster(operations_channel="#ops", domains=[a_domain(channel="#legal")])
    (heard,) = announced(a_request(), EventKind.UNATTENDED, roster=roster, data=alarm)
    assert (heard.topic, heard.intent["channel"], heard.intent["reason"]) == ("ops", "#ops", "uncovered")
    (instead,) = announced(a_request(), EventKind.UNATTENDED, data=alarm)
    assert instead.intent["channel"] == "#legal"
    (nobody,) = announced(a_request(), EventKind.UNATTENDED, roster=a_roster(), data=alarm)
    assert nobody.intent["channel"] is None


def test_nothing_is_announced_where_slack_is_off() -> None:
    event = Event(EventKind.DECIDED, assigned().id, NOW, "x", {"verdict": "approved"})
    assert list(CardAnnouncer(enabled=False).announce(assigned(), [event], CHANNEL)) == []
