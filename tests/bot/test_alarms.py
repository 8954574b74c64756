"""What operations read when a message is given up, and what never becomes a message to them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.model import Roster
from approvals.outbox import Attempt, Carrier, Delivery, Fate, Loss, Lost, Outgoing
from approvals.ports import Unit
from bot import topics
from bot.alarms import DeliveryAlarms, told_of_loss
from tests.bot.speaking import LANGUAGES
from tests.bot.stage import AMIR, Stage, amir
from tests.builders import NOW, PROJECT, a_domain, a_roster

OPS = a_roster(operations_channel="#ops", domains=[a_domain(channel="#legal")])
URL = "https://user:secret@hook.example/path?token=1"
WEBHOOK = Delivery(
    id="msg_1",
    project=PROJECT,
    carrier=Carrier.HTTP,
    lane="endpoint:w1",
    topic="request.decided",
    request_id=None,
    url=URL,
    signer="endpoint:w1",
    body=b"{}",
    intent={},
    attempt=12,
    created_at=NOW,
    seq=1,
)


def lost(kind: Loss = Loss.DEAD, count: int = 1, **changes: object) -> Lost:
    delivery = replace(WEBHOOK, **changes)  # type: ignore[arg-type]
    return Lost(kind, delivery, "refused (503)", count=count)


def row(what: Lost, roster: Roster = OPS) -> Outgoing:
    made = DeliveryAlarms().lost(what, roster)
    assert made is not None
    return made


def test_the_row_names_the_host_and_never_the_address() -> None:
    made = row(lost())
    assert (made.topic, made.intent["channel"], made.intent["host"]) == ("ops.lost", "#ops", "hook.example")
    assert "secret" not in str(made)
    assert "token" not in str(made)


def test_the_channel_of_the_domain_hears_where_there_is_none_for_operations() -> None:
    roster = a_roster(domains=[a_domain("legal", channel="#legal")])
    assert row(replace(lost(), domain="legal"), roster).intent["channel"] == "#legal"
    assert DeliveryAlarms().lost(lost(), roster) is None


def test_nobody_is_told_where_slack_is_off() -> None:
    assert DeliveryAlarms(enabled=False).lost(lost(), OPS) is None


@pytest.mark.parametrize("topic", [topics.OPERATIONS, topics.LOSSES, topics.THREAD, topics.REMINDER])
def test_of_what_slack_did_not_take_only_cards_are_told(topic: str) -> None:
    what = lost(carrier=Carrier.SLACK, topic=topic, request_id="r1", signer=None)
    assert DeliveryAlarms().lost(what, OPS) is None
    card = lost(carrier=Carrier.SLACK, topic=topics.CARD, request_id="r1", signer=None)
    assert row(card).intent["reason"] == "refused"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lost(), "1 message to hook.example was given up (request.decided: refused (503))"),
        (lost(count=1000), "1,000 messages to hook.example were given up"),
        (lost(Loss.GONE, 3), "`sentinel-desk endpoints activate w1`"),
        (lost(Loss.FAILING), "has only failed for five days (refused (503))"),
    ],
)
def test_the_words(what: Lost, words: str) -> None:
    intent = row(what).intent
    assert words in str(told_of_loss(intent, LANGUAGES["en"]).blocks)
    assert told_of_loss(intent, LANGUAGES["fr-CA"]).text != told_of_loss(intent, LANGUAGES["en"]).text


async def test_operations_read_that_a_receiver_is_lost(web_stage: Stage) -> None:
    await web_stage.apply(amir(), operations_channel="#general")

    async def send(unit: Unit) -> None:
        unit.send([Outgoing(Carrier.HTTP, "http:x", "request.decided", url=URL, signer="key:k", body=b"{}")])

    await web_stage.store.write(PROJECT, send)
    (head,) = await web_stage.store.outbox.claim(1, timedelta(seconds=30), Carrier.HTTP)
    await web_stage.store.outbox.complete(head, Attempt(Fate.DEAD, 400, "refused (400)"), None)
    web_stage.pump.kick()
    assert await web_stage.person(AMIR).wait_for(text="1 message to hook.example", where="#general")
