"""Slack as the desk calls it. Everything that leaves for Slack goes through here and is checked once more."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import action_ids, text
from bot.blocks import Block, actions, modal, section, theirs, words
from bot.failures import UNSHOWABLE, Failure, error_name, failure, limited, retry_after
from bot.message import Message
from bot.turns import POST, UPDATE, Turns
from bot.validator import TEXT_LIMIT, check_message, check_view

T = TypeVar("T")

log = logging.getLogger(__name__)

METADATA_TYPE = "approval_card"

# No preview, no guessing of names, no parsing: a message says what its blocks say and nothing else.
_AS_IT_IS: dict[str, Any] = {"parse": "none", "link_names": False}
_NO_PREVIEWS: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


class InvalidPayload(Exception):
    """Slack would refuse this payload."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: Slack's channel id and timestamp; when the next may follow it there."""

    channel: str
    ts: str
    rest: timedelta = timedelta(0)


class NoAnswer(Exception):
    """Slack did not answer; what was asked of it may have been done all the same."""


class SlackApi:
    """One installation of the app. Raises SlackApiError, or NoAnswer."""

    def __init__(
        self,
        client: AsyncWebClient,
        silences: tuple[type[Exception], ...],
        *,
        strict: bool = False,
        turns: Turns | None = None,
    ) -> None:
        """`silences` are the errors of the connection that mean that there was no answer.

        With `turns`, a call whose turn has not come raises NotYet; without, a person waits for it.
        """
        self._client = client
        self._silences = silences
        self._strict = strict
        self._turns = turns

    async def post(
        self, channel: str, message: Message, mark: str | None = None, thread_ts: str | None = None
    ) -> Posted:
        """Post; `mark` is an opaque id that is kept with the message."""
        told = {"event_type": METADATA_TYPE, "event_payload": {"id": mark}} if mark else None
        how = {"channel": channel, "thread_ts": thread_ts, "metadata": told, **_AS_IT_IS, **_NO_PREVIEWS}
        post = partial(self._client.chat_postMessage, **how)
        answer, rest = await self._in_turn(POST, partial(self._taken, post, message), channel)
        posted = Posted(str(answer["channel"]), str(answer["ts"]), rest)
        if self._turns is not None:
            self._turns.known(channel, posted.channel)
        return posted

    async def update(self, at: Posted, message: Message) -> bool:
        """Put `message` in the place of one of our own; False where that is gone."""
        update = partial(self._client.chat_update, channel=at.channel, ts=at.ts, **_AS_IT_IS, **_NO_PREVIEWS)
        try:
            await self._in_turn(UPDATE, partial(self._taken, update, message), at.channel)
        except SlackApiError as error:
            if failure(error) is not Failure.GONE:
                raise
            return False
        return True

    async def open_view(self, trigger_id: str, view: Block) -> None:
        """Open a modal. A trigger lives for three seconds and works once."""
        await self._heard(self._client.views_open(trigger_id=trigger_id, view=self.view(view)))

    async def push_view(self, trigger_id: str, view: Block) -> None:
        """Lay a modal over the one in which the trigger was made."""
        await self._heard(self._client.views_push(trigger_id=trigger_id, view=self.view(view)))

    async def update_view(self, view_id: str, view: Block) -> None:
        """Put another view in the place of an open one."""
        await self._heard(self._client.views_update(view_id=view_id, view=self.view(view)))

    async def publish(self, user: str, view: Block) -> None:
        """Show a person's App Home."""
        await self._heard(self._client.views_publish(user_id=user, view=self.view(view)))

    async def whisper(self, response_url: str, told: str) -> None:
        """Answer a gesture so that only the person who made it sees it; `told` is mrkdwn."""
        await self._respond(response_url, Message(told), replace_original=False, response_type="ephemeral")

    async def replace(self, response_url: str, message: Message) -> bool:
        """Put `message` in the place of the one whose button was pressed; whether Slack took it."""
        return await self._respond(response_url, message, replace_original=True)

    async def myself(self) -> Mapping[str, Any]:
        """`auth.test`: in which workspace we are."""
        answer = await self._heard(self._client.auth_test())
        return {name: answer.get(name) for name in ("team_id", "enterprise_id", "user_id")}

    async def user(self, user: str) -> Mapping[str, Any]:
        """`users.info` with the locale."""
        info = partial(self._client.users_info, user=user, include_locale=True)
        answer, _ = await self._in_turn("users.info", info)
        return dict(answer["user"])

    async def user_of(self, email: str, team: str | None = None) -> Mapping[str, Any] | None:
        """`users.lookupByEmail`; None where nobody has that address.

        `team` says in which workspace, where the installation is an organisation's.
        """
        where = {} if team is None else {"team_id": team}
        try:
            lookup = partial(self._client.users_lookupByEmail, email=email, **where)
            answer, _ = await self._in_turn("users.lookupByEmail", lookup)
            return dict(answer["user"])
        except SlackApiError as error:
            if error_name(error) == "users_not_found":
                return None
            raise

    async def dnd(self, user: str) -> Mapping[str, Any] | None:
        """`dnd.info`; None where the app was not given the scope for it."""
        try:
            answer, _ = await self._in_turn("dnd.info", partial(self._client.dnd_info, user=user))
        except SlackApiError as error:
            if error_name(error) == "missing_scope":
                return None
            raise
        return answer.data if isinstance(answer.data, Mapping) else None

    async def dm(self, user: str) -> str:
        """The channel id of our direct messages with a person."""
        opened = partial(self._client.conversations_open, users=user)
        answer, _ = await self._in_turn("conversations.open", opened)
        return str(answer["channel"]["id"])

    def view(self, view: Block) -> Block:
        """The view, or where Slack would refuse it, one that says so."""
        problems = check_view(view)
        if problems:
            self._complain(f"view {view.get('callback_id')}", problems)
            return _unshowable(view)
        return view

    async def _taken(self, call: Callable[..., Awaitable[T]], message: Message) -> T:
        """Send it; what Slack refuses although it passed here goes as a plain one, and is not lost."""
        try:
            return await call(**self._message(message))
        except SlackApiError as error:
            if error_name(error) not in UNSHOWABLE:
                raise
            self._complain("message", [error_name(error)])
            return await call(**plain(message).arguments())

    def _message(self, message: Message) -> dict[str, Any]:
        arguments = message.arguments()
        problems = check_message(arguments)
        if problems:
            self._complain("message", problems)
            return plain(message).arguments()
        return arguments

    def _complain(self, what: str, problems: list[str]) -> None:
        if self._strict:
            raise InvalidPayload(f"{what}: {'; '.join(problems)}")
        log.error("a %s that Slack would refuse was replaced by a plain one: %s", what, "; ".join(problems))

    async def _respond(self, response_url: str, message: Message, **how: Any) -> bool:
        webhook = AsyncWebhookClient(response_url, session=self._client.session, proxy=self._client.proxy)
        content = {**self._message(message), **_NO_PREVIEWS, **how}
        answer = await self._heard(webhook.send_dict(content))
        if answer.status_code != 200:
            log.warning("Slack did not take the answer to a gesture: %s", answer.body[:100])
        return answer.status_code == 200

    async def _in_turn(
        self, method: str, call: Callable[[], Awaitable[T]], channel: str = ""
    ) -> tuple[T, timedelta]:
        """Make a call if it is its turn; its answer, and how long it takes until the next turn.

        A 429 holds everybody back who shares the turns.
        """
        if self._turns is None:
            return await self._heard(call()), timedelta(0)
        rest = await self._turns.take(method, channel)
        try:
            return await self._heard(call()), rest
        except SlackApiError as error:
            if limited(error):
                await self._turns.hold(method, channel, retry_after(error))
            raise

    async def _heard(self, call: Awaitable[T]) -> T:
        try:
            return await call
        except self._silences as error:
            raise NoAnswer(type(error).__name__) from error


def plain(message: Message) -> Message:
    """The message's words alone, with its way to the full view: what cannot be shown is not decided here."""
    told = message.text[:TEXT_LIMIT].strip() or "Sentinel Desk"
    if check_message(Message(told).arguments()):
        told = text.inert(told, TEXT_LIMIT)
    shown = Message(told, [section(theirs(text.line(told, 2900))), *_ways(message)])
    return Message(told) if check_message(shown.arguments()) else shown


def _ways(message: Message) -> list[Block]:
    """The buttons that open a request in full: a card's one, a digest's many."""
    return [
        actions([element])
        for block in message.blocks
        for element in [*block.get("elements", ()), block.get("accessory", {})]
        if element.get("action_id") in {action_ids.DETAILS, action_ids.DIGEST_OPEN}
    ]


def _unshowable(view: Block) -> Block:
    body = [section(theirs("🛑"))]
    if view.get("type") == "home":
        return {"type": "home", "blocks": body}
    close = view.get("close", words("OK"))["text"]
    return modal(action_ids.NOTICE_MODAL, "Sentinel Desk", body, close=close)
