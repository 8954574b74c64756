"""The `sentinels:` of a file: who decides, where and how much."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from approvals import places
from approvals.applying import WantedSentinel
from approvals.authority import ANY_DOMAIN
from deskfile.domains import Domains, named
from deskfile.mistakes import nearest
from deskfile.spots import Spot

FIELDS = ("name", "email", "slack", "domains", "jurisdictions", "tier", "capacity", "languages")

HIGHEST_TIER = 99
LARGEST_CAPACITY = 100_000

TYPO = 0.75
"""How alike two names of domains are where one is taken for a mistyped other."""

PLACE_TYPO, SHORTEST_PLACE = 0.83, 6
"""The same of places, for names of so many letters: EMEA is a team's own word, and no mistyped EEA."""

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")
_SLACK = re.compile(r"[UW][A-Z0-9]{6,20}")
_PLACE = re.compile(r"[TE][A-Z0-9]{6,20}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def read(spot: Spot | None, domains: Domains) -> tuple[WantedSentinel, ...]:
    """Every Sentinel, each person once."""
    found = []
    taken: dict[str, Spot] = {}
    for each in spot.items("- name: Marie Dupont") if spot else ():
        known = each.fields(*FIELDS)
        if not each.is_mapping:
            continue
        sentinel = _sentinel(each, known, domains)
        _once(taken, known, "email", sentinel.email)
        _once(taken, known, "slack", _account(sentinel))
        found.append(sentinel)
    return tuple(found)


def _sentinel(spot: Spot, known: dict[str, Spot], domains: Domains) -> WantedSentinel:
    if "name" not in known:
        spot.misplaced("needs a `name`")
    if not {"email", "slack"} & known.keys():
        spot.misplaced("needs an `email`, or a Slack user id as `slack`")
    if "domains" not in known:
        spot.misplaced('needs `domains`, such as [legal], or ["*"] for all')
    slack_team, slack = _given(known, "slack", _slack) or (None, None)
    return WantedSentinel(
        name=_given(known, "name", lambda s: s.text("a name such as Marie Dupont")) or "",
        email=_given(known, "email", email),
        slack=slack,
        slack_team=slack_team,
        domains=frozenset(_given(known, "domains", lambda s: _domains(s, domains)) or ()),
        jurisdictions=_given(known, "jurisdictions", _jurisdictions) or ("*",),
        tier=_given(known, "tier", lambda s: s.whole(1, HIGHEST_TIER)) or 1,
        capacity=_given(known, "capacity", lambda s: s.whole(1, LARGEST_CAPACITY)),
        languages=_given(known, "languages", _languages) or (),
    )


def _given(known: dict[str, Spot], name: str, reader: Callable[[Spot], Any]) -> Any:
    return reader(known[name]) if name in known else None


def _once(taken: dict[str, Spot], known: dict[str, Spot], name: str, value: str | None) -> None:
    if value is None:
        return
    first = taken.setdefault(value.casefold(), known[name])
    if first is not known[name]:
        known[name].wrong(f"`{value}` is another Sentinel's already, on line {first.line}")


def email(spot: Spot) -> str | None:
    """An e-mail address."""
    text = spot.text("an address such as marie@example.com")
    if text is None or _EMAIL.fullmatch(text):
        return text
    spot.wrong(f"`{text}` is no e-mail address; write one such as marie@example.com")
    return None


def _slack(spot: Spot) -> tuple[str | None, str] | None:
    """A Slack user, with the workspace or organisation in front where the file names it."""
    text = spot.text("a user id such as U012ABCDEF, or T012ABCDEF/U012ABCDEF")
    if text is None:
        return None
    place, separator, user = text.rpartition("/")
    if _SLACK.fullmatch(user) and bool(place) == bool(separator) and (not place or _PLACE.fullmatch(place)):
        return place or None, user
    better = text.upper() if _SLACK.fullmatch(text.upper()) else "one such as U012ABCDEF"
    spot.wrong(f"`{text}` is no Slack user id; write {better}")
    return None


def _account(sentinel: WantedSentinel) -> str | None:
    """What nobody else may have: the account, and without an e-mail the user id in any workspace."""
    if sentinel.slack is None or sentinel.slack_team is None or sentinel.email is None:
        return sentinel.slack
    return f"{sentinel.slack_team}/{sentinel.slack}"


def _domains(spot: Spot, domains: Domains) -> list[str]:
    items = spot.items('[legal], or ["*"] for all', some=True)
    return [found for each in items if (found := expected_domain(each, domains)) is not None]


def expected_domain(spot: Spot, domains: Domains, anywhere: bool = True) -> str | None:
    """A domain that is named outside `domains:`; one that looks mistyped is a mistake."""
    text = spot.text("a domain such as legal")
    if text is None or (anywhere and text == ANY_DOMAIN):
        return text
    key = named(text, spot)
    if key is None or key in domains.rules:
        return key
    near = nearest(key, domains.rules, TYPO)
    if near is not None:
        spot.wrong(f"`{text}` is not one of the domains above; did you mean `{near}`?")
        return None
    spot.note(f"`{text}` is not under `domains`, so the default rules hold for it")
    return key


def _jurisdictions(spot: Spot) -> tuple[str, ...]:
    items = spot.items('[CA-QC, FR], or ["*"] for anywhere', some=True)
    return tuple(_unlike(text for text in map(place, items) if text is not None))


def place(spot: Spot) -> str | None:
    """Where the law applies; a place that looks mistyped is a mistake, another unknown one is noted."""
    text = spot.text("a place such as CA-QC, France or EU")
    if text is None or places.known(text):
        return text
    meant = places.suggest(text, PLACE_TYPO)
    if meant is not None and len(text) >= SHORTEST_PLACE:
        spot.wrong(f"`{text}` is no place that the desk knows; did you mean {meant}?")
        return None
    near = places.suggest(text)
    nearest_one = f"; the nearest that it knows is {near}" if near else ""
    spot.note(f"`{text}` is no place that the desk knows: only the same words match it{nearest_one}")
    return text


def _languages(spot: Spot) -> tuple[str, ...]:
    texts = []
    for each in spot.items("[fr, en]"):
        text = each.text("a language such as fr or en")
        if text is not None and not _LANGUAGE.fullmatch(text):
            each.wrong(f"`{text}` is no code of a language; write one such as fr, en or fr-CA")
        elif text is not None:
            texts.append(text)
    return tuple(_unlike(texts))


def _unlike(texts: Iterable[str]) -> list[str]:
    """Each once, in the order given."""
    return list(dict.fromkeys(texts))
