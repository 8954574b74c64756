"""The whole bot on a stage: a SQLite store, the rules, the pump, and a strict local Slack with people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from approvals.cards import Card, dm
from approvals.clockwork import Clockwork
from approvals.commands import Answer, Ask
from approvals.events import Event, EventKind
from approvals.model import ApprovalRequest, Door, RequestId, SentinelId
from approvals.outbox import Carrier
from approvals.pacing import Budget, Turn
from approvals.ports import Unit
from approvals.service import Approvals
from bot import action_ids
from bot.alarms import DeliveryAlarms
from bot.announcer import CardAnnouncer
from bot.config import BotConfig, BotDesk, OAuth
from bot.reconciler import Reconciler
from bot.web import Slack
from scheduler.delivery import Pump
from store.engine import Store, open_store
from store.group import Committed
from store.migrations import migrate
from tests.auditing import sound
from tests.builders import PROJECT, a_submit, a_wanted, wanting
from tests.ports import unused_port
from workspace import Seed, Workspace, build
from workspace.driver import Operator, Person
from workspace.seen import Message

T = TypeVar("T")

CLAIRE, AMIR = "claire@acme.example", "amir@acme.example"
CAMILLE, KENJI = "camille@acme.example", "kenji@acme.example"
ADA, GUEST = "ada@acme.example", "gus@partner.example"
LEGAL = "#legal-approvals"


@dataclass
class Time:
    """The real time, moved as a test wants."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_(self, by: timedelta) -> None:
        """Let time pass for everybody, Slack included."""
        self.ahead += by


class Unpaced:
    """Everybody's turn at once; what Slack itself says still holds."""

    async def take(self, budgets: Sequence[Budget], now: int) -> Turn:
        """No waiting."""
        return Turn(True, 0)

    async def hold(self, budget: Budget, until: int) -> None:
        """The lane that heard it waits anyway."""


@dataclass
class Stage:
    """A running desk with Slack before it."""

    ws: Workspace
    store: Store
    approvals: Approvals
    clockwork: Clockwork
    time: Time
    session: aiohttp.ClientSession
    operator: Operator
    url: str
    pump: Pump
    slack: AsyncWebClient
    reconciler: Reconciler
    committed: asyncio.Event = field(default_factory=asyncio.Event)

    def person(self, user: str) -> Person:
        """Somebody in front of Slack."""
        return Person(self.ws.base_url, user, self.session)

    async def apply(self, *people: Any, **facts: Any) -> None:
        """Make these people (`a_wanted`) the Sentinels."""
        await self.clockwork.apply(wanting(*people, **facts))

    async def submit(self, **facts: Any) -> ApprovalRequest:
        """An agent asks."""
        return (await self.approvals.submit(a_submit(**facts))).request

    async def request(self, request_id: RequestId) -> ApprovalRequest:
        """The request as it is recorded."""
        return await self.store.request(PROJECT, request_id)

    async def until(
        self, request_id: RequestId, so: Callable[[ApprovalRequest], bool], within_s: float = 10
    ) -> ApprovalRequest:
        """The request once it is so; an event of the store says when to look again."""

        async def look() -> ApprovalRequest | None:
            request = await self.request(request_id)
            return request if so(request) else None

        return await self.after_commits(look, within_s)

    async def on_record(self, request_id: RequestId, ts: str) -> Card:
        """The card of the first Sentinel once this message is the one on record."""

        async def look() -> Card | None:
            card = await self.store.cards.card(request_id, dm(SentinelId(1)))
            return card if card is not None and card.ts == ts else None

        return await self.after_commits(look)

    async def until_shown(self, request_id: RequestId, content_version: int) -> None:
        """Wait until the first Sentinel's card is known to show this content."""

        async def look() -> Card | None:
            card = await self.store.cards.card(request_id, dm(SentinelId(1)))
            return card if card is not None and card.content_version == content_version else None

        await self.after_commits(look)

    async def content_changes(self, request_id: RequestId) -> None:
        """The content is another one, by whatever means."""

        async def work(unit: Unit) -> None:
            request = await unit.request(request_id)
            changed = replace(
                request, content_version=request.content_version + 1, version=request.version + 1
            )
            unit.save(changed, [Event(EventKind.AMENDED, request.id, unit.now, "agent")])

        await self.store.write(PROJECT, work)

    async def after_commits(self, look: Callable[[], Awaitable[T | None]], within_s: float = 10) -> T:
        """What `look` finds, as soon as a commit makes it find something."""
        async with asyncio.timeout(within_s):
            while True:
                self.committed.clear()
                found = await look()
                if found is not None:
                    return found
                await self.committed.wait()

    async def card(self, user: str, where: str = "dm", text: str | None = None) -> Message:
        """The newest message there that is a card of ours, with buttons."""
        return await self.person(user).wait_for(lambda m: bool(m.buttons), text=text, where=where)

    async def closed(self, user: str, where: str = "dm", text: str | None = None) -> Message:
        """The newest card there that has no buttons any more, but perhaps the one to read it all."""
        return await self.person(user).wait_for(
            lambda m: not decides(m) and m.thread_ts in {None, m.ts} and not m.ephemeral,
            text=text,
            where=where,
        )

    def user_id(self, email: str) -> str:
        """Slack's id of somebody."""
        return next(u.id for u in self.ws.directory.users.values() if u.email == email and not u.is_stranger)

    async def answer(self, request_id: RequestId, number: int, text: str) -> None:
        """The agent answers a question."""
        await self.approvals.answer(Answer(PROJECT, request_id, number, text, "agent"))

    async def ask(self, request_id: RequestId, question: str) -> None:
        """The Sentinel of number 1 asks the agent."""
        await self.approvals.ask(Ask(PROJECT, request_id, SentinelId(1), question, Door.SLACK))

    async def cards(self, user: str, count: int) -> list[Message]:
        """Our cards with buttons in somebody's direct messages, once there are so many; oldest first."""
        person = self.person(user)

        async def enough() -> list[Message]:
            found = [m for m in await person.messages("dm") if m.buttons]
            return found if len(found) >= count else []

        return list(await person.wait_until(enough))

    def wake_when_due(self) -> None:
        """Let the pump look again when a paused or failed message is due, as the scheduler would."""
        loop = asyncio.get_running_loop()

        def wake(due: datetime) -> None:
            loop.call_later(max(0.0, (due - self.time()).total_seconds()), self.pump.kick)

        self.pump.on_due_again(wake)
        self.pump.kick()

    async def fault(self, kind: str, name: str, **facts: Any) -> None:
        """Something goes wrong in Slack (`workspace.faults`)."""
        await self.operator.post("faults", kind=kind, name=name, **facts)

    async def calls(self, name: str) -> list[dict[str, Any]]:
        """What was asked of Slack under this name."""
        return await self.operator.calls(name=name)

    async def sweep(self) -> None:
        """What the clock does."""
        await self.clockwork.sweep(PROJECT)


def decides(message: Message) -> bool:
    """Whether a message has a button that does more than open it to be read."""
    return any(button.action_id != action_ids.DETAILS for button in message.buttons)


def claire(**facts: Any) -> Any:
    """A Sentinel of tier 1 who reads French."""
    return a_wanted(1, **{"name": "Claire Tremblay", "email": CLAIRE} | facts)


def amir(**facts: Any) -> Any:
    """A Sentinel of tier 1 who reads English."""
    return a_wanted(2, **{"name": "Amir Haddad", "email": AMIR} | facts)


@asynccontextmanager
async def staged(
    folder: Path,
    transport: str,
    seed: Seed | None = None,
    *,
    oauth: bool = False,
    paced: bool = False,
    pinned: bool = True,
    slack_port: int | None = None,
    slack_seen_at: int | None = None,
) -> AsyncIterator[Stage]:
    """Put everything up on loopback ports; with `oauth` the app is installed nowhere yet.

    Unless `paced`, nothing waits for its turn; unless `pinned`, nobody says which app it is. Slack
    listens on `slack_port`; everybody goes there by `slack_seen_at`, where something stands in between.
    """
    time = Time()
    port, desk_port = slack_port or unused_port(), unused_port()
    url = f"http://127.0.0.1:{desk_port}"
    ws = Workspace(
        seed or Seed.strict(),
        base_url=f"http://127.0.0.1:{slack_seen_at or port}",
        request_url=f"{url}/slack/events",
        clock=lambda: time().timestamp(),
        transport=transport,
    )
    database = f"sqlite+aiosqlite:///{folder}/desk.db"
    await migrate(database)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(build(ws), port))
        opening = open_store(database, secret="s" * 32, clock=time, alarms=DeliveryAlarms())
        store = await stack.enter_async_context(opening)
        announcer = CardAnnouncer()
        approvals, clockwork = Approvals(store, announcer), Clockwork(store, announcer)
        desk = BotDesk(
            approvals,
            clockwork,
            store,
            store.cards,
            store.homes,
            store.installations,
            store.outbox,
            time,
            store.agenda.projects,
            store.pacing if paced else Unpaced(),
        )
        said = config(ws, transport, url if oauth else None)
        door = Slack(said if pinned else replace(said, app_id=None), desk)
        app = web.Application()
        door.mount(app)
        await stack.enter_async_context(serving(app, desk_port))
        await stack.enter_async_context(door.connected())
        if transport == "socket":
            await ws.sockets.wait_accepted(1)
        pump = await stack.enter_async_context(pumping(store, door, time))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        operator = Operator(ws.base_url, session)
        slack = AsyncWebClient(ws.bot_token, ws.api_url, session=session)
        stage = Stage(
            ws, store, approvals, clockwork, time, session, operator, url, pump, slack, door.reconciler
        )
        store.on_commit.append(lambda _: stage.committed.set())
        yield stage
    await sound(database)


@asynccontextmanager
async def another(stage: Stage, transport: str = "http") -> AsyncIterator[Pump]:
    """Another process's Slack door and pump over the same store; it knows of Slack what the record says.

    By a socket it takes its share of what Slack sends.
    """
    store = stage.store
    desk = BotDesk(
        stage.approvals,
        stage.clockwork,
        store,
        store.cards,
        store.homes,
        store.installations,
        store.outbox,
        stage.time,
        store.agenda.projects,
        store.pacing,
    )
    door, app = Slack(config(stage.ws, transport), desk), web.Application()
    door.mount(app)
    async with serving(app, unused_port()), door.connected(), pumping(store, door, stage.time) as pump:
        if transport == "socket":
            await stage.ws.sockets.wait_for(2)
        yield pump


def config(ws: Workspace, transport: str, url: str | None = None) -> BotConfig:
    """The bot's side of the workspace's app; with the desk's `url` one that is installed by OAuth."""
    return BotConfig(
        "socket" if transport == "socket" else "http",
        "" if url else ws.bot_token,
        ws.app_token,
        ws.signing_secret,
        ws.api_url,
        strict=True,
        # Who installs the app by OAuth learns its id from Slack.
        app_id=None if url else ws.app.id,
        oauth=None
        if url is None
        else OAuth(
            ws.app.client_id,
            ws.app.client_secret or "",
            f"{url}/slack/oauth_redirect",
            f"{ws.base_url}/oauth/v2/authorize",
        ),
    )


@asynccontextmanager
async def pumping(store: Store, door: Slack, time: Time) -> AsyncIterator[Pump]:
    """Deliver what is due after each commit."""
    pump = Pump(store.outbox, {Carrier.SLACK: door.notifier}, time)

    def committed(what: Committed) -> None:
        pump.kick()

    store.on_commit.append(committed)
    pump.start()
    try:
        yield pump
    finally:
        await pump.stop(within_s=2.0)


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    """Serve an application on a loopback port."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()
