"""By what requests are listed and counted, so that a page and its total cost the same among any number.

Each facet has an index that ends in status and number, and a tally per status. Two that the dialects
let a client ask for together have one of both together. `store.tables` holds the indexes.
"""

from __future__ import annotations

from collections.abc import Mapping

from approvals.model import ApprovalRequest, KeyId
from approvals.ports import Listing
from store.changes import Facet
from store.mapping import status_of, title_key

STATUSES = (
    "pending",
    "assigned",
    "started",
    "approved",
    "rejected",
    "modified",
    "escalated",
    "expired",
    "cancelled",
)
"""Every word of `requests.status`."""

COLUMNS = {
    "title": "title_key",
    "framework": "framework",
    "template_id": "template_id",
    "assignee": "assigned_to",
}
"""Facet -> its column of `requests`."""

TOGETHER = (("title", "framework"), ("template_id", "assignee"))

EVERYTHING = ("all", "")

KEY = "key"
"""The facet under which a key's open requests are counted, for its bound. Nobody lists by it."""


def facets(request: ApprovalRequest) -> list[Facet]:
    """The tallies that a request counts in; its key's only while it is open."""
    status = status_of(request)
    words = {
        "title": title_key(request.title),
        "framework": request.wire.get("framework"),
        "template_id": request.wire.get("template_id"),
        "assignee": request.assigned_to,
    }
    given = {name: str(word) for name, word in words.items() if word}
    pairs = [pair for pair in TOGETHER if given.keys() >= set(pair)]
    found = [EVERYTHING, *given.items(), *(_together(pair, given) for pair in pairs)]
    held = [] if request.state.terminal else [open_of(request.key_id)]
    return [*((name, value, status) for name, value in found), *held]


def open_of(key_id: KeyId) -> Facet:
    """The tally of a key's open requests, wherever they stand."""
    return (KEY, key_id, "open")


def asked(listing: Listing) -> dict[str, str | int]:
    """The facets that a listing asks for, each with its word as its column holds it."""
    words = {
        "title": None if listing.title is None else title_key(listing.title),
        "framework": listing.framework,
        "template_id": listing.template_id,
        "assignee": listing.assignee,
    }
    return {name: word for name, word in words.items() if word is not None}


def tally(listing: Listing) -> tuple[str, str] | None:
    """Facet and value under which the listing's total is kept; None where it has to be counted."""
    if listing.agent_id or listing.external_id or listing.request_type:
        return None
    given = {name: str(word) for name, word in asked(listing).items()}
    if len(given) < 2:
        return next(iter(given.items()), EVERYTHING)
    return next((_together(pair, given) for pair in TOGETHER if given.keys() == set(pair)), None)


def _together(pair: tuple[str, str], words: Mapping[str, str]) -> tuple[str, str]:
    # Only the first of two may hold a line break, so that no two pairs are written alike.
    return "+".join(pair), "\n".join(words[name] for name in pair)
