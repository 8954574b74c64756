"""What operations are told: about requests that nobody takes, and about messages that were given up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from approvals.model import Json, ProjectId, RequestId, Roster
from approvals.outbox import Carrier, Loss, Lost, Outgoing
from bot import facts, text
from bot.blocks import section, theirs
from bot.language import Language, msgid
from bot.message import Message
from bot.subject import Subject
from bot.topics import CARD, LOSSES, OPERATIONS, REPAIR

_ALARMS = {
    "uncovered": msgid(
        "🚨 Nobody is configured who could decide request {number} ({domain}). It waits until somebody is."
    ),
    "waiting": msgid("🚨 Request {number} ({domain}) still waits: nobody qualified is available."),
    "silence": msgid(
        "🚨 Request {number} ({domain}) is with {holder}, who has not reacted, and nobody stands above."
    ),
    "refused": msgid("🚨 Slack does not take the card of request {number} ({domain}): {error}."),
}

_SWITCHED_OFF = {
    Loss.GONE: msgid(
        "🚨 The webhook endpoint {endpoint} ({host}) says that it is gone, and is switched off;"
        " messages kept: {count}. `sentinel-desk endpoints activate {endpoint}` switches it on again."
    ),
    Loss.FAILING: msgid(
        "🚨 The webhook endpoint {endpoint} ({host}) has only failed for five days ({error}), and is"
        " switched off; messages kept: {count}. `sentinel-desk endpoints activate {endpoint}` switches"
        " it on again."
    ),
}


@dataclass(frozen=True, slots=True)
class DeliveryAlarms:
    """Words losses for operations (see `approvals.ports.Alarms`); for nobody where Slack is off."""

    enabled: bool = True

    def lost(self, lost: Lost, roster: Roster) -> Outgoing | None:
        """What operations are told of a message that was given up."""
        if not self.enabled:
            return None
        if lost.delivery.carrier is Carrier.HTTP:
            return _loss_row(lost, roster)
        # Of what else was to go to Slack its card tells, and what was to go to operations would be a loop.
        if lost.delivery.topic != CARD or lost.delivery.request_id is None:
            return None
        # What could not be repaired either was told when it was lost.
        if lost.delivery.intent.get(REPAIR):
            return None
        channel = operations_channel(roster, lost.domain)
        return alarm_row(roster.project, lost.delivery.request_id, channel, "refused", lost.error)


def operations_channel(roster: Roster, domain: str | None) -> str | None:
    """Who hears that something is wrong: operations, else the channel of the request's domain."""
    return roster.operations_channel or (roster.domain(domain).channel if domain else None)


def alarm_row(
    project: ProjectId, request_id: RequestId, channel: str | None, reason: str, error: str | None = None
) -> Outgoing:
    """Tell operations about a request."""
    intent: dict[str, Json] = {"surface": OPERATIONS, "channel": channel, "reason": reason, "error": error}
    return Outgoing(Carrier.SLACK, _lane(project, channel), OPERATIONS, request_id, intent=intent)


def _loss_row(lost: Lost, roster: Roster) -> Outgoing | None:
    channel = operations_channel(roster, lost.domain)
    if channel is None:
        return None
    intent: dict[str, Json] = {
        "channel": channel,
        "kind": lost.kind.value,
        "host": urlsplit(lost.delivery.url or "").hostname or "?",
        "endpoint": lost.delivery.endpoint,
        "topic": lost.delivery.topic,
        "error": lost.error,
        "count": lost.count,
    }
    return Outgoing(Carrier.SLACK, _lane(roster.project, channel), LOSSES, intent=intent)


def _lane(project: ProjectId, channel: str | None) -> str:
    return f"slack:channel:{project}:{channel or OPERATIONS}"


def told_of_request(reason: str, error: str | None, subject: Subject, language: Language) -> Message:
    """What operations are told about a request."""
    request = subject.request
    holder = subject.holder.name if subject.holder else language.gettext("nobody")
    told = language.gettext(
        _ALARMS[reason],
        number=request.number,
        domain=text.line(request.domain, facts.NAME),
        holder=text.line(holder, facts.NAME),
        error=text.line(error or "", facts.NAME),
    )
    return _plain(told)


def told_of_loss(intent: Mapping[str, Json], language: Language) -> Message:
    """What operations are told about messages that were given up; only the receiver's host is named."""
    shown = {
        name: text.line(str(intent[name]), facts.NAME) for name in ("host", "endpoint", "topic", "error")
    }
    kind, count = Loss(str(intent["kind"])), int(str(intent["count"]))
    if kind in _SWITCHED_OFF:
        return _plain(language.gettext(_SWITCHED_OFF[kind], count=count, **shown))
    told = language.ngettext(
        "🚨 {n} message to {host} was given up ({topic}: {error}). `sentinel-desk deliveries list"
        " --state dead` shows it, and `deliveries replay` sends it again.",
        "🚨 {n} messages to {host} were given up, the first {topic}: {error}. `sentinel-desk deliveries"
        " list --state dead` shows them, and `deliveries replay` sends them again.",
        count,
        **{name: shown[name] for name in ("host", "topic", "error")},
    )
    return _plain(told)


def _plain(told: str) -> Message:
    return Message(text.inert(told, 500), [section(theirs(text.fit(told, 2900).text))])
