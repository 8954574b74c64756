"""What happened -> which Slack messages it makes necessary. Pure: it runs inside the transaction.

A row says which card to bring up to date, never what to write: the card is rendered from the request
as it is when the row is delivered, so that rows that pile up come to one update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from approvals.cards import CHANNEL, Astray, dm
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Json, Roster
from approvals.outbox import Carrier, Outgoing
from approvals.times import milliseconds
from bot.alarms import alarm_row, operations_channel
from bot.topics import CARD, REMINDER, REPAIR, THREAD

# What shows on every card. That somebody has begun to read it shows in the channel alone, where it keeps
# colleagues from beginning too; the others change nothing that a person would see there.
_VISIBLE = frozenset(EventKind) - {
    EventKind.STARTED,
    EventKind.UNATTENDED,
    EventKind.REMINDED,
    EventKind.RATED,
}

# What is told under the card as well, so that its story can be read from top to bottom.
_TOLD = frozenset(
    {
        EventKind.ESCALATED,
        EventKind.ASKED,
        EventKind.ANSWERED,
        EventKind.DECIDED,
        EventKind.EXPIRED,
        EventKind.CANCELLED,
        EventKind.REMINDED,
    }
)


@dataclass(frozen=True, slots=True)
class CardAnnouncer:
    """Announces to Slack; to nobody where Slack is off."""

    enabled: bool = True

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        """The messages that these events on this request cause."""
        if not self.enabled:
            return []
        return list(_messages(request, events, roster))


def bring_up_to_date(request: ApprovalRequest, roster: Roster) -> list[Outgoing]:
    """A row for every card of the request, whatever it shows now."""
    return [card_row(request, surface, channel) for surface, channel in surfaces(request, roster)]


def surfaces(request: ApprovalRequest, roster: Roster) -> Iterator[tuple[str, str | None]]:
    """Where the request has a card: everybody's direct messages who ever had it, and the domain's channel."""
    for sentinel in request.recipients:
        yield dm(sentinel), None
    channel = roster.domain(request.domain).channel
    if channel:
        yield CHANNEL, channel


def card_row(request: ApprovalRequest, surface: str, channel: str | None) -> Outgoing:
    """Bring one card up to date."""
    return _row(request, surface, channel, CARD, {})


def repair_row(astray: Astray, channel: str | None) -> Outgoing:
    """Bring one card up to date that should be so already. Where that fails it is no news to anybody."""
    return _row(astray, astray.surface, channel, CARD, {REPAIR: True})


def _messages(request: ApprovalRequest, events: Sequence[Event], roster: Roster) -> Iterator[Outgoing]:
    kinds = {event.kind for event in events}
    for surface, channel in surfaces(request, roster):
        if kinds & _VISIBLE or (EventKind.STARTED in kinds and surface == CHANNEL):
            yield card_row(request, surface, channel)
    for event in events:
        if event.kind in _TOLD:
            yield from _told(request, event, roster)
        if event.kind is EventKind.UNATTENDED:
            channel = operations_channel(roster, request.domain)
            yield alarm_row(request.project, request.id, channel, str(event.data["reason"]))


def _told(request: ApprovalRequest, event: Event, roster: Roster) -> Iterator[Outgoing]:
    named = {"event": event.kind.value, "at": milliseconds(event.at)}
    if event.kind is EventKind.REMINDED:
        yield _reminder(request, named)
        return
    for surface, channel in sorted(_listeners(request, event, roster)):
        yield _row(request, surface, channel, THREAD, named)


def _reminder(request: ApprovalRequest, named: dict[str, Json]) -> Outgoing:
    """To who has it, in a queue of its own: one that waits for the morning holds up no card."""
    lane = f"slack:remind:{request.project}:{request.assigned_to}"
    intent: dict[str, Json] = {"surface": f"dm:{request.assigned_to}", **named}
    return Outgoing(Carrier.SLACK, lane, REMINDER, request.id, intent=intent)


def _listeners(request: ApprovalRequest, event: Event, roster: Roster) -> set[tuple[str, str | None]]:
    """Under which cards it is told.

    One is enough for the record: the channel's, where there is one. An answer is also told under the
    card of who waits for it.
    """
    record = set(list(surfaces(request, roster))[-1:])
    if event.kind is EventKind.ANSWERED and request.assigned_to is not None:
        record.add((dm(request.assigned_to), None))
    return record


def _row(
    request: ApprovalRequest | Astray, surface: str, channel: str | None, topic: str, more: dict[str, Json]
) -> Outgoing:
    intent: dict[str, Json] = {"surface": surface, "channel": channel, **more}
    return Outgoing(Carrier.SLACK, lane(request, surface, channel), topic, request.id, intent=intent)


def lane(request: ApprovalRequest | Astray, surface: str, channel: str | None) -> str:
    """The queue of one conversation: a card and what stands under it keep their order."""
    if surface == CHANNEL:
        return f"slack:channel:{request.project}:{channel}"
    return f"slack:dm:{request.project}:{surface.removeprefix('dm:')}"
