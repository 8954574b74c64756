"""The `domains:` of a file: rules for each field of expertise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from approvals.domains import LONGEST, slug
from approvals.model import ChannelShows, Domain, Reasoning, Risk
from deskfile.spots import Spot

FIELDS = (
    "channel",
    "channel_shows",
    "reasoning",
    "risk",
    "backups",
    "expires_after",
    "escalate_after",
)
LATER = {"arbitrium": "is not available yet; leave it out, and every request goes to a person"}
"""Fields that will come, and what to do until then."""

OTHERWISE = "default"
"""In a map of risks: the risk of every type that it does not name."""

_CHANNEL = re.compile(r"#[^\W_A-Z][\w-]{0,79}|[CG][A-Z0-9]{8,20}")


@dataclass(slots=True)
class Domains:
    """The domains of a file by slug, and where each stands."""

    rules: dict[str, Domain] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)


def read(spot: Spot | None) -> Domains:
    """Every domain, by slug."""
    found = Domains()
    for name, rules in spot.entries().items() if spot else ():
        key = named(name, rules)
        if key is None:
            continue
        if key in found.rules:
            rules.misplaced(f"is the same domain as on line {found.spots[key].line}")
            continue
        found.rules[key] = _domain(key, rules)
        found.spots[key] = rules
    return found


def named(name: str, spot: Spot) -> str | None:
    """The slug of a domain's name; a mistake where it has none."""
    key = slug(name)
    if key is None:
        spot.misplaced(f"`{name}` cannot name a domain; write up to {LONGEST} letters, digits, _ or -")
    return key


def channel(spot: Spot | None) -> str | None:
    """A Slack channel: `#name`, or its id."""
    if spot is None:
        return None
    if spot.empty:
        # To YAML, an unquoted # begins a comment.
        spot.wrong('is empty; a channel stands in quotes: "#approvals"')
        return None
    text = spot.text('"#approvals"')
    if text is None or _CHANNEL.fullmatch(text):
        return text
    fit = slug(text.lstrip("#"))
    spot.wrong(f'`{text}` is no name of a channel; write "#{fit or "approvals"}"')
    return None


def _domain(key: str, spot: Spot) -> Domain:
    known = spot.fields(*FIELDS, *LATER)
    for name in LATER.keys() & known.keys():
        known[name].misplaced(LATER[name])
    risk, by_type = _risk(known.get("risk"))
    shows = known["channel_shows"].word(ChannelShows) if "channel_shows" in known else None
    reasoning = known["reasoning"].word(Reasoning) if "reasoning" in known else None
    expires = known["expires_after"].duration() if "expires_after" in known else None
    escalates = known["escalate_after"].duration() if "escalate_after" in known else None
    if expires and escalates and escalates >= expires:
        known["escalate_after"].note("is not shorter than expires_after: requests expire before they move up")
    return Domain(
        slug=key,
        channel=channel(known.get("channel")),
        channel_shows=shows or ChannelShows.FACTS,
        reasoning=reasoning or Reasoning.ON_REJECT,
        risk=risk,
        risk_by_type=by_type,
        backups=_backups(known.get("backups")),
        expires_after=expires,
        escalate_after=escalates,
    )


def _backups(spot: Spot | None) -> bool:
    return spot is not None and spot.one_of(["may_decide", "no"]) == "may_decide"


def _risk(spot: Spot | None) -> tuple[Risk, Mapping[str, Risk]]:
    """The risk of a domain: one word, or one for each request type and `default` for the others."""
    if spot is None:
        return Risk.NORMAL, {}
    if spot.is_line:
        return spot.word(Risk) or Risk.NORMAL, {}
    words = {name: each.word(Risk) or Risk.NORMAL for name, each in spot.entries().items()}
    by_type = {unicodedata.normalize("NFC", name).casefold(): risk for name, risk in words.items()}
    return by_type.pop(OTHERWISE, Risk.NORMAL), by_type
