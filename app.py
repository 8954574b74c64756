"""The composition root: settings, store, rules and doors become one running desk.

Nobody imports this but the command line and the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp import web

from api import tracing
from api.app import build as build_api
from api.connections import Limits, make_room
from api.connections import Runner as WatchedRunner
from api.dialects.callbacks import CallbackAnnouncer
from api.encoders import ENCODERS
from api.metrics import Meter
from api.parts import ApiConfig, ApiDesk
from api.tracing import Tracing
from approvals import places
from approvals.auditing import Violation
from approvals.clockwork import Clockwork
from approvals.events import Event
from approvals.model import ApprovalRequest, Roster
from approvals.outbox import Carrier, Outgoing
from approvals.ports import Announcer
from approvals.service import Approvals
from approvals.waiting import Waiting
from bot.alarms import DeliveryAlarms
from bot.announcer import CardAnnouncer
from bot.config import BotConfig, BotDesk, OAuth
from bot.manifest import REDIRECT_PATH
from bot.web import Slack
from scheduler import spans
from scheduler.auditor import Auditor
from scheduler.callback import CallbackSender
from scheduler.deadman import Deadman
from scheduler.delivery import Pump, Sender
from scheduler.guard import Guard
from scheduler.runner import Runner
from scheduler.spans import Spanning
from settings import Settings
from store import served
from store.engine import Store, open_store
from store.group import Committed
from store.lock import only_server
from store.migrations import migrate
from store.notices import Elsewhere
from store.retention import Keep
from workspace import Seed, Workspace
from workspace import build as build_workspace

WORKSPACE = "/workspace"
DRAIN_S = 8.0
BACKLOG = 1024
LONGEST_IDLE_S = 60.0
"""How long a pump that works may not have looked for what is due; it does every two seconds."""

GARBAGE_AFTER = 20_000
"""How many values may be made, beyond those let go of, before the collector looks for cycles."""

log = structlog.get_logger(__name__)


class Announcers:
    """Several announcers as one: what each has to send about the same events."""

    def __init__(self, announcers: Sequence[Announcer]) -> None:
        self._announcers = announcers

    def announce(
        self, request: ApprovalRequest, events: Sequence[Event], roster: Roster
    ) -> Iterable[Outgoing]:
        """All messages of all announcers."""
        for announcer in self._announcers:
            yield from announcer.announce(request, events, roster)


@dataclass(frozen=True, slots=True)
class Desk:
    """The core over an open store: what commands and doors work with."""

    settings: Settings
    store: Store
    approvals: Approvals
    clockwork: Clockwork
    clock: Callable[[], datetime]


def utc_now() -> datetime:
    """The time, in UTC. The only clock that the rules see is the store's; this one is the doors'."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk over the migrated database, without doors: for commands beside a server, and inside one."""
    await migrate(settings.database_url)
    secret = settings.secret.get_secret_value() if settings.secret else ""
    alarms = DeliveryAlarms(enabled=settings.slack != "off")
    keep = Keep(settings.keep_deliveries, settings.keep_idempotency)
    async with open_store(settings.database_url, secret=secret, alarms=alarms, keep=keep) as store:
        slack = await _speaks_to_slack(settings, store)
        announcer = Announcers([CallbackAnnouncer(ENCODERS), CardAnnouncer(enabled=slack)])
        yield Desk(
            settings=settings,
            store=store,
            approvals=Approvals(store, announcer, settings.max_open),
            clockwork=Clockwork(store, announcer),
            clock=utc_now,
        )


async def _speaks_to_slack(settings: Settings, store: Store) -> bool:
    """Whether anybody sends what is written to Slack: a command that is not told goes by the server."""
    if settings.slack is not None:
        return settings.slack != "off"
    return await store.slack() is not False


async def serve(settings: Settings, announce: Callable[[str], None] = print) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `announce` is told the URL once it answers.

    Raises DatabaseBusy or OSError (the port is taken) before anything has begun.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _once_then_at_once, stop, loop, number)
    async with running(settings) as url:
        _collect_less_often()
        announce(url)
        await stop.wait()
        log.info("stopping")
    return 0


def _collect_less_often() -> None:
    """Spare the garbage collector what stays for good, and what each call leaves behind by count alone.

    A call makes a few hundred values and next to no cycles: looking at them after every 700 was a
    fifteenth of all work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 10, 10)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[str]:
    """A desk that answers on its port while the block runs; gives its URL."""
    with contextlib.ExitStack() as held:
        listener = held.enter_context(listen(settings.host, settings.port))
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        if settings.database_file is not None:
            held.enter_context(only_server(settings.database_file))
            served.note(settings.database_file, settings.shared)
        async with AsyncExitStack() as stack:
            await _start(settings, listener, stack)
            log.info("serving", url=settings.url, slack=settings.slack)
            yield settings.url


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


async def _start(settings: Settings, listener: socket.socket, stack: AsyncExitStack) -> None:
    """Open everything in order; `stack` closes it in the opposite one."""
    desk = await stack.enter_async_context(open_desk(settings))
    await desk.store.note_slack(settings.slack != "off")
    await desk.store.recount()
    if settings.database_file is not None:
        # The file's lock is held, so whoever claimed what has not arrived is gone: nobody waits for them.
        await desk.store.outbox.release()
    # Read once before anybody waits: the atlas of places takes most of a second.
    places.atlas()
    waiting = Waiting()
    guard = Guard(settings.callback_allow)
    meter = Meter(desk.store.figures)
    traced = _traced(desk.store, stack)
    root = build_api(_api_desk(desk, waiting, guard, meter), *([traced.middleware] if traced else []))
    local = _local_workspace(settings)
    slack = _slack(desk, local, meter)
    senders: dict[Carrier, Sender] = {
        Carrier.HTTP: await stack.enter_async_context(
            CallbackSender(
                desk.store.keys.secrets,
                guard,
                desk.clock,
                private_keys=desk.store.signing.private,
                trace=spans.headers if traced else dict,
            )
        )
    }
    if slack is not None:
        slack.mount(root)
        senders[Carrier.SLACK] = slack.notifier
    if local is not None:
        root.add_subapp(WORKSPACE, build_workspace(local))
    if traced is not None:
        senders = {carrier: Spanning(sender, traced.tracer) for carrier, sender in senders.items()}
    pump = Pump(desk.store.outbox, senders, desk.clock, tried=meter.tried)
    runner = Runner(
        desk.clockwork,
        desk.store.agenda,
        desk.store.outbox,
        pump,
        desk.clock,
        patrol=slack.reconciler.sweep if slack is not None else None,
        retention=desk.store.retention,
    )
    _listen_to_commits(desk.store, waiting, runner, local)
    desk.store.on_commit.append(lambda what: meter.committed(what.requests))
    limits = Limits(total=settings.max_connections, per_address=settings.max_connections_per_address)
    make_room(limits.total)
    web_runner = WatchedRunner(
        root,
        limits,
        handler_cancellation=True,
        access_log=None,
        # The API refuses encoded bodies in its own words, before anything is unpacked.
        auto_decompress=False,
        shutdown_timeout=DRAIN_S,
        keepalive_timeout=30,
    )
    meter.watch(web_runner.gate, waiting)
    await web_runner.setup()
    stack.push_async_callback(web_runner.cleanup)
    if local is not None:
        await _people_the_workspace(desk.store, local)
    await web.SockSite(web_runner, listener, backlog=BACKLOG).start()
    if slack is not None:
        await stack.enter_async_context(slack.connected())
    await stack.enter_async_context(runner)
    audited = await _who_hears_the_auditor(desk, pump, meter, stack)
    await stack.enter_async_context(Auditor(desk.store.auditor.sweep, audited))
    # Closed before everything else: whoever waits is told how things stand, and goes.
    stack.callback(waiting.close)


def _traced(store: Store, stack: AsyncExitStack) -> Tracing | None:
    """Spans, where OpenTelemetry's variables say where they go; what is written then knows its cause."""
    found = tracing.start(os.environ)
    if found is not None:
        stack.push_async_callback(asyncio.to_thread, found.stop)
        store.writer.trace = spans.current
    return found


async def _who_hears_the_auditor(
    desk: Desk, pump: Pump, meter: Meter, stack: AsyncExitStack
) -> Callable[[Sequence[Violation]], None]:
    """The figures hear each sweep, and a monitor outside where there is one."""
    url = desk.settings.deadman_url
    if url is None:
        return meter.audited

    async def unwell() -> list[str]:
        stands = ["nobody looks for what is due"] if pump.idle_s > LONGEST_IDLE_S else []
        return [*stands, *await desk.store.readiness.reasons(desk.clock)]

    deadman = await stack.enter_async_context(Deadman(url.get_secret_value(), unwell, meter.pinged))

    def audited(found: Sequence[Violation]) -> None:
        meter.audited(found)
        deadman.audited(found)

    return audited


def _api_desk(desk: Desk, waiting: Waiting, guard: Guard, meter: Meter) -> ApiDesk:
    settings = desk.settings
    return ApiDesk(
        approvals=desk.approvals,
        clockwork=desk.clockwork,
        requests=desk.store,
        keys=desk.store.keys,
        allowances=desk.store.allowances,
        endpoints=desk.store.endpoints,
        signing=desk.store.signing,
        library=desk.store.library,
        promises=desk.store.promises,
        outbox=desk.store.outbox,
        waiting=waiting,
        clock=desk.clock,
        config=ApiConfig(
            default_rate=settings.rate_limit,
            project_rate=settings.project_rate_limit,
            max_body=settings.max_body,
            blocking_s=settings.blocking_s,
            callback_guard=guard.refusal,
            ready=partial(desk.store.readiness.reasons, desk.clock),
            insecure_open=settings.insecure_open,
            trusted_proxies=settings.trusted_proxies,
            front=f"{WORKSPACE}/" if settings.slack == "local" else "/docs",
        ),
        meter=meter,
    )


def _slack(desk: Desk, local: Workspace | None, meter: Meter) -> Slack | None:
    """The Slack door, as configured; None where decisions are made by API alone."""
    settings = desk.settings
    if settings.slack == "off":
        return None
    bot_desk = BotDesk(
        approvals=desk.approvals,
        clockwork=desk.clockwork,
        requests=desk.store,
        cards=desk.store.cards,
        homes=desk.store.homes,
        installations=desk.store.installations,
        outbox=desk.store.outbox,
        projects=desk.store.agenda.projects,
        clock=desk.clock,
        pacing=desk.store.pacing,
        refused=meter.refused,
    )
    if local is not None:
        own = BotConfig(
            "http", local.bot_token, None, local.signing_secret, local.api_url, app_id=local.app.id
        )
        return Slack(own, bot_desk)
    return Slack(
        BotConfig(
            "socket" if settings.slack == "socket" else "http",
            _text(settings.slack_bot_token),
            _text(settings.slack_app_token) or None,
            _text(settings.slack_signing_secret) or None,
            settings.slack_api_url,
            oauth=_oauth(settings),
            app_id=settings.slack_app_id,
        ),
        bot_desk,
    )


def _oauth(settings: Settings) -> OAuth | None:
    """How people install the app in their workspaces; None where it is in one, with a token of its own."""
    if settings.slack_client_id is None:
        return None
    return OAuth(
        settings.slack_client_id,
        _text(settings.slack_client_secret),
        settings.url + REDIRECT_PATH,
        settings.slack_authorization_url,
    )


def _local_workspace(settings: Settings) -> Workspace | None:
    """The local Slack of `DESK_SLACK=local`; its messages are kept beside the database."""
    if settings.slack != "local":
        return None
    own = replace_public(settings)
    database = settings.database_file
    return Workspace(
        Seed.default(),
        base_url=f"{own.url}{WORKSPACE}",
        request_url=f"{own.url}/slack/events",
        state_path=database.with_name("workspace.json") if database else None,
    )


def replace_public(settings: Settings) -> Settings:
    """The settings as this machine sees them: the local workspace calls back without a proxy."""
    return settings.model_copy(update={"public_url": None})


async def _people_the_workspace(store: Store, local: Workspace) -> None:
    """Everybody on the roster, and every channel, exists in the local workspace."""
    for project in await store.agenda.projects():
        roster = await store.roster(project)
        for sentinel in roster.sentinels.values():
            if sentinel.email is not None and sentinel.active:
                french = "fr" in sentinel.languages[:1]
                local.ensure_user(
                    email=sentinel.email,
                    name=sentinel.name,
                    locale="fr-CA" if french else "en-US",
                    tz="America/Toronto" if french else "America/New_York",
                )
        channels = {domain.channel for domain in roster.domains.values()} | {roster.operations_channel}
        for channel in sorted(filter(None, channels)):
            local.ensure_channel(channel)


def _listen_to_commits(store: Store, waiting: Waiting, runner: Runner, local: Workspace | None) -> None:
    """Whoever waits hears of an end, or of a change, at once; the clock wakes for what is to be done now."""

    def committed(what: Committed) -> None:
        for request in what.requests:
            waiting.changed(request)
        for project in what.freed:
            runner.wake_dispatch(project)
        if what.mail or what.requests:
            runner.wake()

    async def elsewhere(what: Elsewhere) -> None:
        for request in await store.requests.ended(tuple(waiting.awaited)):
            waiting.changed(request)
        for request in await store.requests.newer(waiting.watched):
            waiting.changed(request)
        for project in what.rosters:
            runner.wake_roster(project)
        if local is not None and what.rosters:
            await _people_the_workspace(store, local)
        runner.wake()

    store.on_commit.append(committed)
    store.on_elsewhere.append(elsewhere)


def _once_then_at_once(stop: asyncio.Event, loop: asyncio.AbstractEventLoop, number: int) -> None:
    """The first signal drains; the second ends the process as it stands."""
    stop.set()
    loop.remove_signal_handler(number)


def _text(secret: object) -> str:
    return secret.get_secret_value() if secret is not None else ""  # type: ignore[attr-defined]
