"""What Slack's errors mean for a message on its way: try again, send anew, or give it up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from slack_sdk.errors import SlackApiError

from approvals.outbox import Attempt, Fate


class Failure(StrEnum):
    """The kinds of errors that call for different things."""

    LATER = "later"
    GONE = "gone"
    TOKEN = "token"
    NEVER = "never"


# The message is not there, or not ours to change any more.
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

# Nothing gets through until somebody repairs the installation; then everything does.
_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "token_expired",
        "token_revoked",
    }
)

_NEVER = frozenset(
    {
        "block_mismatch",
        "cannot_dm_bot",
        "channel_is_limited_access",
        "channel_not_found",
        "ekm_access_denied",
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "is_archived",
        "is_inactive",
        "metadata_too_large",
        "missing_scope",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_permission",
        "no_text",
        "not_in_channel",
        "restricted_action",
        "too_many_attachments",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)

UNSHOWABLE = frozenset(
    {
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
"""The message itself cannot be shown; a plainer one can."""

NOT_INSTALLED = "not_installed"
"""Our own word for a message to a workspace in which the app is not, or that nobody has named."""

MENDED_BY_INSTALLING = _TOKEN | {NOT_INSTALLED}

_AFTER_REPAIR = timedelta(minutes=2)
"""How long a conversation waits for somebody to repair the installation before it looks again."""

_LONGEST_PAUSE = timedelta(minutes=15)
"""More than Slack ever asks for; a larger number is a mistake on the way."""

_SHORTEST_PAUSE = timedelta(seconds=1)


def error_name(error: SlackApiError) -> str:
    """Slack's word for it (`not_in_channel`), or `http_503` where the answer was not Slack's."""
    data = getattr(error.response, "data", None)
    name = data.get("error") if isinstance(data, Mapping) else None
    return str(name) if name else f"http_{_status(error)}"


def failure(error: SlackApiError) -> Failure:
    """Of what kind it is; what is not known by name is tried again."""
    name = error_name(error)
    for kind, names in ((Failure.GONE, _GONE), (Failure.TOKEN, _TOKEN), (Failure.NEVER, _NEVER)):
        if name in names:
            return kind
    return Failure.LATER


def limited(error: SlackApiError) -> bool:
    """Whether Slack says that this came too soon after others."""
    return _status(error) == 429 or error_name(error) in {"ratelimited", "rate_limited"}


def attempt(error: SlackApiError) -> Attempt:
    """What becomes of the message."""
    kind, name, status = failure(error), error_name(error), _status(error)
    if limited(error):
        pause = retry_after(error)
        return Attempt(Fate.RETRY, status, name, retry_after=pause, pause_lane=pause)
    if kind is Failure.TOKEN:
        return Attempt(Fate.RETRY, status, name, retry_after=_AFTER_REPAIR, pause_lane=_AFTER_REPAIR)
    # Where Slack itself is in trouble, the next message of the lane would fare no better.
    return Attempt(Fate.RETRY if kind is Failure.LATER else Fate.DEAD, status, name, stalls=status >= 500)


def held_back() -> Attempt:
    """What becomes of a message to where the app is not: it waits until it is."""
    return Attempt(Fate.RETRY, error=NOT_INSTALLED, retry_after=_AFTER_REPAIR, pause_lane=_AFTER_REPAIR)


def retry_after(error: SlackApiError) -> timedelta:
    """How long Slack wants to be left alone."""
    headers = getattr(error.response, "headers", None) or {}
    asked = str(headers.get("Retry-After", ""))
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    return min(max(timedelta(seconds=seconds), _SHORTEST_PAUSE), _LONGEST_PAUSE)


def _status(error: SlackApiError) -> int:
    found = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return int(found) if found else 0
