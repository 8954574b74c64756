"""The page `docs/screens.md`: every scene with a line of what it shows, English and French side by side."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = """# What a reviewer sees

Every card, view and Home tab of the desk, in English and French. The pictures are made by
`make screenshots` from the code that also makes the real ones, in the page of the local workspace: its type
and spacing are not Slack's own, the words, their order and the buttons are. What an agent wrote is never
translated; the agents in these pictures write in the language of their team.
"""

SECTIONS: dict[str, dict[str, str]] = {
    "Cards in direct messages": {
        "assigned": "A request as its Sentinel gets it: the desk's facts above, the agent's words below.",
        "assigned-high-risk": "High risk, urgent, on behalf of somebody. Approve asks once more.",
        "assigned-reason-required": "The domain wants a reason for everything, so Approve opens a view.",
        "assigned-modifiable": "The client can hear of changes, so there is Modify.",
        "started": "Somebody has opened it.",
        "escalated": "Sent up by a colleague, with the reason.",
        "escalated-by-silence": "Sent up by the clock.",
        "stand-in": "Given to a colleague who stands in for somebody absent.",
        "passed-on": "The card of whoever sent it up: nothing to do any more.",
        "hidden-text": "More than a card holds: it says how much is hidden, and Approve opens all of it.",
        "invisible-and-confusable": "Invisible characters are shown by their numbers, look-alikes are"
        " told of, markup is dead.",
        "question-waits": "The Sentinel has asked the agent something.",
        "question-answered": "The agent has answered.",
        "not-configured": "A domain that nobody configured is marked as the agent's word.",
    },
    "Cards in a channel": {
        "channel-pending": "Nobody qualified is available.",
        "channel-facts": "The desk's facts without the agent's words, as is the default.",
        "channel-content": "The agent's words too, where the domain says so.",
        "channel-started": "Colleagues see that somebody has opened it.",
        "channel-approved": "Decided.",
    },
    "How it ended": {
        "approved": "Approved. Details opens all of it again.",
        "stand-in-approved": "Approved by whoever stood in.",
        "rejected": "Rejected, with the reason.",
        "modified": "Approved with changes, and what was approved.",
        "escalated-final": "Escalated for good: no higher tier, and the agent was told.",
        "expired": "Expired.",
        "cancelled": "Cancelled by the agent.",
        "copy-closed": "A second copy, born of a lost answer of Slack's, closed at its first click.",
        "digest": "So much at once that it stands together; each is opened to be decided.",
        "thread": "The thread under a card keeps the history.",
        "operations": "What the operations channel hears.",
    },
    "Refusals, for one reader only": {
        "refused-not-assigned": "Somebody else has it.",
        "refused-own-request": "Nobody approves for themselves.",
        "refused-unknown": "Not a Sentinel.",
        "refused-late": "Expired meanwhile.",
        "refused-content-changed": "The content is another one now.",
        "refused-gone": "A button of a request that does not exist any more.",
    },
    "Views": {
        "approve": "Approve with a reason.",
        "approve-long": "All of a long request, leafed through.",
        "approve-long-last": "Its last page has the button.",
        "approve-form": "A review template as a form.",
        "reject": "Reject always asks for the reason.",
        "modify": "Approve with changes.",
        "escalate": "Escalate, to somebody or to whoever is next.",
        "escalate-nobody-now": "Nobody above is available now.",
        "escalate-nobody-above": "Nobody stands above at all.",
        "ask": "Ask the agent.",
        "details": "Details, with the history.",
        "details-ended": "Details of what was decided: to be read, with the outcome above.",
        "details-long": "Details of a long request.",
        "bulk": "Several small requests at once.",
        "bulk-results": "What became of each.",
        "away": "Going away.",
        "race-lost": "Somebody else was faster.",
        "waiting": "The database takes long.",
        "recorded": "It has answered.",
        "error": "It has not.",
    },
    "App Home": {
        "home-empty": "Nothing waits.",
        "home-inbox": "What waits, by deadline, and small requests that can be approved together.",
        "home-backup": "What is with a colleague and may be decided as a backup.",
        "home-paged": "Twenty to a page.",
        "home-away": "Away.",
        "home-stranger": "Somebody who is no Sentinel.",
    },
}


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    for title, scenes in SECTIONS.items():
        yield f"## {title}\n"
        for name, told in scenes.items():
            yield f"**{told}**\n"
            yield "| English | Français |\n|---|---|"
            seen = (f"![{told}](assets/screens/{code}/{name}.png)" for code in ("en", "fr"))
            yield f"| {' | '.join(seen)} |\n"
