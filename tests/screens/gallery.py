"""Shows scenes in the local workspace's page and takes their pictures."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.message import Message
from tests.builders import NOW
from tests.ports import unused_port
from tests.screens.scenes import Scene, Thread, Whisper
from tests.screens.story import MARIE, Story
from tests.workspace.conftest import serving
from workspace import Seed, Workspace, build

WIDTH = 1180
TALL, SHORT, THREAD = 2400, 900, 1160
COLOURS = 128


@dataclass(frozen=True, slots=True)
class Gallery:
    """One reader's Slack, with the page open on it."""

    ws: Workspace
    client: AsyncWebClient
    page: Page
    user: str
    story: Story

    async def pictures(self, scenes: dict[str, Scene]) -> dict[str, bytes]:
        """PNG by name, in the order given."""
        found: dict[str, bytes] = {}
        for name, scene in scenes.items():
            await self.page.set_viewport_size({"width": WIDTH, "height": SHORT if "long" in name else TALL})
            shown = scene(self.story)
            if isinstance(shown, Message | Whisper | Thread):
                found[name] = await self._message(shown)
            elif shown["type"] == "home":
                found[name] = await self._home(shown)
            else:
                found[name] = await self._modal(shown)
        return found

    async def _message(self, shown: Message | Whisper | Thread) -> bytes:
        await self._look("dm")
        if isinstance(shown, Thread):
            return await self._thread(shown)
        ts = await (self._whisper(shown) if isinstance(shown, Whisper) else self._post(shown))
        article = self.page.locator(f'#messages [data-message-ts="{ts}"]')
        await expect(article).to_be_visible()
        await self.page.mouse.move(0, 0)
        return await article.screenshot()

    async def _thread(self, shown: Thread) -> bytes:
        ts = await self._post(shown.card)
        for reply in shown.replies:
            await self._post(reply, thread_ts=ts)
        await self.page.locator(f'#messages [data-message-ts="{ts}"] .replies').click()
        await expect(self.page.locator("#panel article")).to_have_count(1 + len(shown.replies))
        await self.page.set_viewport_size({"width": WIDTH, "height": THREAD})
        picture = await self.page.locator("#panel").screenshot()
        await self.page.reload()
        return picture

    async def _post(self, message: Message, **where: Any) -> str:
        self.ws.pacing.forget()
        posted = await self.client.chat_postMessage(channel=self.user, **message.arguments(), **where)
        return str(posted["ts"])

    async def _whisper(self, shown: Whisper) -> str:
        room = (await self.client.conversations_open(users=self.user))["channel"]["id"]
        said = await self.client.chat_postEphemeral(channel=room, user=self.user, text=shown.told)
        return str(said["message_ts"])

    async def _modal(self, view: dict[str, Any]) -> bytes:
        self.ws.pacing.forget()
        trigger = self.ws.triggers.issue(self.user, self._team(), self.ws.clock.now())
        opened = await self.client.views_open(trigger_id=trigger, view=view)
        dialog = self.page.locator(f'dialog[data-view="{opened["view"]["id"]}"]')
        await expect(dialog).to_be_visible()
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.mouse.move(0, 0)
        picture = await dialog.screenshot()
        await dialog.locator("[data-modal=dismiss]").click()
        await expect(dialog).not_to_be_visible()
        return picture

    async def _home(self, view: dict[str, Any]) -> bytes:
        self.ws.pacing.forget()
        published = await self.client.views_publish(user_id=self.user, view=view)
        await self._look("home")
        home = self.page.locator(f'#home[data-hash="{published["view"]["hash"]}"]')
        await expect(home).to_be_visible()
        return await home.screenshot()

    async def _look(self, view: str) -> None:
        if f"view={view}" not in self.page.url:
            await self.page.goto(f"{self.ws.base_url}/?user={MARIE.email}&view={view}")
        await expect(self.page.locator("body[data-ready=true]")).to_be_attached()

    def _team(self) -> str:
        return self.ws.directory.users[self.user].team


@asynccontextmanager
async def gallery(page: Page, story: Story, code: str) -> AsyncIterator[Gallery]:
    """A Slack whose clock stands still, with Marie before it, reading `code`."""
    port = unused_port()
    ws = Workspace(Seed.default(), base_url=f"http://127.0.0.1:{port}", clock=lambda: NOW.timestamp())
    user = ws.ensure_user(email=MARIE.email or "", name=MARIE.name, locale=code, tz="America/Toronto")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(build(ws), port))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(ws.bot_token, ws.api_url, session=session)
        await page.goto(f"{ws.base_url}/?user={MARIE.email}&view=dm")
        yield Gallery(ws, client, page, user, story)


def small(picture: bytes) -> bytes:
    """The same with few colours, so that a repository can keep it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    body = io.BytesIO()
    few.save(body, "PNG", optimize=True)
    return body.getvalue()
