"""A person for test drivers and other programs: uses the HTTP control API and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from workspace.operator import Impossible, Operator, read
from workspace.seen import Message, Outcome, SubmitResult, View
from workspace.wire import Json

__all__ = [
    "Impossible",
    "Message",
    "NeverSeen",
    "Operator",
    "Outcome",
    "Person",
    "SubmitResult",
    "View",
    "people",
]

T = TypeVar("T")
POLL = 20.0  # seconds that one long poll waits


class NeverSeen(AssertionError):
    """What was waited for did not show in time."""


class Person:
    """One person in front of the workspace at `base_url`, by user id or e-mail address.

    Use it as an async context manager, or give it a `session` to share.
    """

    def __init__(self, base_url: str, user: str, session: aiohttp.ClientSession | None = None) -> None:
        self.user = user
        self._base = base_url.rstrip("/") + "/control"
        self._session = session
        self._own = session is None

    async def __aenter__(self) -> Self:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Close the session, if it is this person's own."""
        if self._own and self._session is not None:
            await self._session.close()
            self._session = None

    # -- seeing

    async def messages(self, channel: str | None = None, *, thread_ts: str | None = None) -> list[Message]:
        """What stands in a conversation ("dm", "#name" or an id; None for all), oldest first."""
        answer = await self._get("messages", channel=channel, thread_ts=thread_ts)
        return [Message(shown) for shown in answer["messages"]]

    async def last(self, channel: str | None = None) -> Message:
        """The newest message; NeverSeen when there is none."""
        found = await self.messages(channel)
        if not found:
            raise NeverSeen(f"no message for {self.user} in {channel or 'any conversation'}")
        return found[-1]

    async def wait_for(
        self,
        predicate: Callable[[Message], bool] | None = None,
        *,
        text: str | None = None,
        where: str | None = None,
        timeout: float = 10,
    ) -> Message:
        """The newest message that satisfies `predicate` and holds `text`; waits for it.

        Raises NeverSeen, telling what is on the screen instead, after `timeout` seconds.
        """
        async for answer in self._glimpses("messages", timeout, channel=where):
            found = [Message(shown) for shown in answer["messages"]]
            for message in reversed(found):
                if (text is None or text in message.all_text) and (predicate is None or predicate(message)):
                    return message
            screen = found
        raise NeverSeen(
            f"{self.user} saw no message with {text or predicate} in {where or 'any conversation'} "
            f"within {timeout} s; on the screen: {[m.all_text[:200] for m in screen[-5:]]}"
        )

    async def wait_until(self, seen: Callable[[], Awaitable[T]], *, timeout: float = 10) -> T:
        """Await `seen()` after each change on the screen until it gives something true; returns that."""
        async for _ in self._glimpses("modal", timeout):
            if found := await seen():
                return found
        raise NeverSeen(f"{self.user} waited {timeout} s for {seen}")

    async def modal(self) -> View | None:
        """The modal on top, or None."""
        shown = (await self._get("modal"))["view"]
        return View(shown) if shown else None

    async def wait_for_modal(
        self, predicate: Callable[[View], bool] | None = None, *, timeout: float = 10
    ) -> View:
        """The modal on top once there is one that satisfies `predicate`."""
        async for answer in self._glimpses("modal", timeout):
            view = View(answer["view"]) if answer["view"] else None
            if view and (predicate is None or predicate(view)):
                return view
        raise NeverSeen(f"{self.user} saw no such modal within {timeout} s")

    async def home(self) -> View | None:
        """App Home as last published, without telling the app."""
        shown = (await self._get("home"))["view"]
        return View(shown) if shown else None

    async def wait_for_home(self, predicate: Callable[[View], bool], *, timeout: float = 10) -> View:
        """App Home once it satisfies `predicate`."""
        async for answer in self._glimpses("home", timeout):
            if answer["view"] and predicate(View(answer["view"])):
                return View(answer["view"])
        raise NeverSeen(f"{self.user} saw no such App Home within {timeout} s")

    # -- acting

    async def click(
        self,
        message: Message,
        action_id: str,
        *,
        confirm: bool = True,
        value: Any = None,
        block_id: str | None = None,
        settle: float | None = None,
    ) -> Outcome:
        """Press a button (or choose `value` in a menu) of a message.

        `confirm=False` presses "deny" where a dialog asks. Waits for the ack, and then up to
        `settle` seconds (3 by default) for the first visible consequence. Raises Impossible
        when the screen has no such thing.
        """
        return await self._act(
            "click",
            channel=message.channel,
            ts=message.ts,
            action_id=action_id,
            block_id=block_id,
            value=value,
            confirm=confirm,
            settle=settle,
        )

    async def click_in_modal(
        self,
        action_id: str,
        block_id: str | None = None,
        *,
        value: Any = None,
        confirm: bool = True,
        settle: float | None = None,
    ) -> Outcome:
        """Press a button (or choose in a menu) of the modal on top."""
        return await self._act(
            "modal/click", action_id=action_id, block_id=block_id, value=value, confirm=confirm, settle=settle
        )

    async def click_in_home(
        self,
        action_id: str,
        block_id: str | None = None,
        *,
        value: Any = None,
        confirm: bool = True,
        settle: float | None = None,
    ) -> Outcome:
        """Press a button (or choose in a menu) of App Home."""
        return await self._act(
            "home/click", action_id=action_id, block_id=block_id, value=value, confirm=confirm, settle=settle
        )

    async def fill(self, field: str, value: Any) -> View:
        """Enter a value into a field of the modal on top, by action_id or block_id."""
        return View((await self._post("modal/fill", field=field, value=value))["view"])

    async def submit(
        self, values: dict[str, Any] | None = None, *, settle: float | None = None
    ) -> SubmitResult:
        """Fill the fields given and press submit.

        Errors are the app's by block_id, or Slack's own (`local`) for required fields and lengths.
        """
        return SubmitResult(await self._post("modal/submit", values=values or {}, settle=settle))

    async def close_modal(self, *, everything: bool = False) -> Outcome:
        """Close the modal on top, or the whole stack."""
        return await self._act("modal/close", all=everything, settle=0)

    async def suggest(self, action_id: str, typed: str, block_id: str | None = None) -> Json:
        """Type into an external select; the app's `options` or `option_groups`."""
        answer = await self._post("suggest", action_id=action_id, block_id=block_id, value=typed)
        return dict(answer["options"] or {})

    async def open_home(self, *, settle: float | None = None) -> View | None:
        """Look at App Home; waits up to `settle` seconds (3 by default) for the app to publish it."""
        shown = (await self._post("home/open", settle=settle))["view"]
        return View(shown) if shown else None

    async def command(self, line: str, *, channel: str = "dm", settle: float | None = None) -> Outcome:
        """Type a slash command such as "/approvals list"."""
        return await self._act("command", text=line, channel=channel, settle=settle)

    async def shortcut(
        self, callback_id: str, message: Message | None = None, *, settle: float | None = None
    ) -> Outcome:
        """Choose a shortcut, global or of a message."""
        where = {"channel": message.channel, "ts": message.ts} if message else {}
        return await self._act("shortcut", callback_id=callback_id, settle=settle, **where)

    async def say(self, text: str, *, channel: str = "dm", thread_ts: str | None = None) -> Message:
        """Write a plain message."""
        return Message(await self._post("say", text=text, channel=channel, thread_ts=thread_ts))

    async def consent(self, url: str, *, allow: bool = True, whole: bool = False) -> str:
        """Answer the authorise page at `url`; the address to which it sends this person back.

        `whole`: install for the whole organisation.
        """
        parts = urlsplit(url)
        form = dict(parse_qsl(parts.query)) | {"user": self.user, "decision": "allow" if allow else "deny"}
        form |= {"whole": "1"} if whole else {}
        page = url.partition("?")[0]
        async with self._open().post(page, data=form, allow_redirects=False) as response:
            if response.status != 303:
                raise Impossible("no_consent", await response.text())
            return response.headers["Location"]

    # -- the control API

    async def _act(self, path: str, **asked: Any) -> Outcome:
        return Outcome(await self._post(path, **asked))

    async def _glimpses(self, path: str, timeout: float, **query: Any) -> AsyncIterator[Json]:
        """The state at `path` now and after each change, until `timeout` seconds are over."""
        loop = asyncio.get_running_loop()
        due = loop.time() + timeout
        answer = await self._get(path, **query)
        yield answer
        while (left := due - loop.time()) > 0:
            news = await self._get("changes", since=answer["seq"], timeout=min(left, POLL))
            if news["changes"]:
                answer = await self._get(path, **query)
                yield answer

    async def _get(self, path: str, **query: Any) -> Json:
        given = {key: str(value) for key, value in query.items() if value is not None}
        async with self._open().get(f"{self._base}/{path}", params={"user": self.user} | given) as response:
            return await read(response)

    async def _post(self, path: str, **asked: Any) -> Json:
        given = {key: value for key, value in asked.items() if value is not None}
        async with self._open().post(f"{self._base}/{path}", json={"user": self.user} | given) as response:
            return await read(response)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


@asynccontextmanager
async def people(base_url: str, *users: str) -> AsyncIterator[list[Person]]:
    """Several persons sharing one session."""
    async with aiohttp.ClientSession() as session:
        yield [Person(base_url, user, session) for user in users]
