"""The whole of a file: project, operations, intake and webhooks around domains and Sentinels."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from approvals.applying import Wanted, WantedEndpoint, WantedSentinel
from approvals.authority import ANY_DOMAIN
from approvals.domains import slug
from approvals.model import Dialect, Json, ProjectId
from approvals.subscriptions import EVENTS
from deskfile import domains, sentinels
from deskfile.domains import Domains
from deskfile.spots import Spot

FIELDS = ("project", "workspace", "operations", "domains", "sentinels", "intake", "webhooks")

_WORKSPACE = re.compile(r"T[A-Z0-9]{6,20}|E[A-Z0-9]{6,20}(/T[A-Z0-9]{6,20})?")

INTAKE = {
    "humanapproval": ("domain", "jurisdiction"),
    "humancheck": ("domain", "jurisdiction", "task_type"),
    "hitl": ("domain", "jurisdiction"),
}
"""Where requests of these dialects go that say nothing of it themselves."""


def read(root: Spot) -> Wanted:
    """The project that the file describes; what is wrong stands in the book."""
    known = root.fields(*FIELDS)
    rules = domains.read(known.get("domains"))
    people = sentinels.read(known.get("sentinels"), rules)
    _notes(rules, people)
    return Wanted(
        project=ProjectId(_project(known.get("project"))),
        workspace=_workspace(known.get("workspace")),
        operations_channel=_operations(known.get("operations")),
        domains=rules.rules,
        sentinels=people,
        intake=_intake(known.get("intake"), rules),
        endpoints=_webhooks(known.get("webhooks")),
    )


def _project(spot: Spot | None) -> str:
    text = spot.text("a name such as default") if spot else "default"
    if spot and text is not None and text != slug(text):
        spot.wrong(f"`{text}` is no name of a project; write {slug(text) or 'default'}")
    return text or ""


def _workspace(spot: Spot | None) -> str | None:
    """A Slack workspace, an organisation, or a workspace in an organisation."""
    text = spot.text("a workspace such as T012ABCDEF") if spot else None
    if spot is None or text is None or _WORKSPACE.fullmatch(text):
        return text
    better = text.upper() if _WORKSPACE.fullmatch(text.upper()) else "one such as T012ABCDEF"
    spot.wrong(f"`{text}` is no Slack workspace; write {better}, or E012ABCDEF/T012ABCDEF in an organisation")
    return None


def _operations(spot: Spot | None) -> str | None:
    return domains.channel(spot.fields("channel").get("channel")) if spot else None


def _notes(rules: Domains, people: tuple[WantedSentinel, ...]) -> None:
    """What a team should know of its own rules before a request finds out."""
    for key, domain in rules.rules.items():
        spot = rules.spots[key]
        able = [p for p in people if key in p.domains or ANY_DOMAIN in p.domains]
        if not able:
            spot.note("has no Sentinel: its requests will wait")
        elif domain.escalate_after and len({p.tier for p in able}) == 1:
            spot.note("escalates after a while, but nobody stands in a higher tier")


def _intake(spot: Spot | None, rules: Domains) -> dict[str, Json]:
    known = spot.fields(*INTAKE) if spot else {}
    return {name: _door(each, INTAKE[name], rules) for name, each in known.items()}


def _door(spot: Spot, allowed: tuple[str, ...], rules: Domains) -> dict[str, Json]:
    known = spot.fields(*allowed)
    found: dict[str, Json] = {}
    if "domain" in known:
        found["domain"] = sentinels.expected_domain(known["domain"], rules, anywhere=False)
    if "jurisdiction" in known:
        found["jurisdiction"] = sentinels.place(known["jurisdiction"])
    if "task_type" in known:
        types = known["task_type"].entries()
        found["task_type"] = {
            name: sentinels.expected_domain(each, rules, anywhere=False) for name, each in types.items()
        }
    return found


def _webhooks(spot: Spot | None) -> tuple[WantedEndpoint, ...]:
    found: dict[tuple[str, Dialect], WantedEndpoint] = {}
    for each in spot.items("- {url: https://example.com/hook, dialect: humanapproval}") if spot else ():
        endpoint = _webhook(each)
        if endpoint is None:
            continue
        if (endpoint.url, endpoint.dialect) in found:
            each.wrong(f"{endpoint.url} stands here twice for {endpoint.dialect.value}")
        found[endpoint.url, endpoint.dialect] = endpoint
    return tuple(found.values())


def _webhook(spot: Spot) -> WantedEndpoint | None:
    known = spot.fields("url", "dialect", "events")
    for name in {"url", "dialect"} - known.keys() if spot.is_mapping else ():
        spot.misplaced(f"needs `{name}`")
    url = _url(known["url"]) if "url" in known else None
    dialect = known["dialect"].word(Dialect) if "dialect" in known else None
    if url is None or dialect is None:
        return None
    events = _events(known["events"], dialect) if "events" in known else EVENTS[dialect]
    return WantedEndpoint(url, dialect, events)


def _events(spot: Spot, dialect: Dialect) -> tuple[str, ...]:
    items = spot.items(f"[{EVENTS[dialect][0]}]", some=True)
    return tuple(dict.fromkeys(name for each in items if (name := each.one_of(EVENTS[dialect]))))


def _url(spot: Spot) -> str | None:
    text = spot.text("an address such as https://example.com/hook")
    if text is None:
        return None
    if not _is_web_address(text):
        spot.wrong(f"`{text}` is no address for webhooks; write one such as https://example.com/hook")
        return None
    refused = spot.book.refusal(text) if spot.book.refusal else None
    if refused is not None:
        spot.wrong(f"`{text}` {refused}")
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in {"http", "https"} and parts.username is None and " " not in text
