"""People who review in the local workspace at the rate at which agents ask, and everything that can go
wrong with a click: made twice, by somebody else, on what was taken back, after a form was filled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from workspace import Workspace
from workspace.driver import Impossible, Message, Outcome, Person

APPROVE, REJECT, REASONING = "approval.approve", "approval.reject", "reasoning"
CHANNEL = "#shared"
SHARED = "shared"

DESK_YML = f"""\
project: default
domains:
  legal: {{}}
  {SHARED}: {{channel: "{CHANNEL}"}}
sentinels:
""" + "".join(
    f"  - {{name: Reviewer {n}, email: r{n}@example.com, domains: [{SHARED if n % 4 == 0 else 'legal'}]}}\n"
    for n in range(1, 33)
)
STRANGER = "r1@example.com"


@dataclass
class Seen:
    """What the people saw: `answered` counts gestures with a visible answer, `silent` names the others."""

    answered: int = 0
    silent: list[str] = field(default_factory=list)

    def note(self, what: str, outcome: Outcome) -> None:
        """One gesture and what came of it. A warning is Slack's, and no answer of the app's."""
        if outcome.kinds - {"warning"}:
            self.answered += 1
        else:
            self.silent.append(f"{what}: {outcome.warning or 'nothing to see within 3 s'}")


@dataclass
class Office:
    """Agents that ask a desk, and those who answer them in a workspace."""

    ws: Workspace
    http: aiohttp.ClientSession
    url: str
    key: str
    seen: Seen = field(default_factory=Seen)
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def steadily(self, a_minute: int, seconds: float) -> None:
        """Ask at this rate for so long; each request is reviewed as soon as its card stands."""
        ways = (self._once, self._twice, self._with_reasons, self._by_a_stranger, self._too_late)
        async with asyncio.TaskGroup() as group:
            for number in range(round(a_minute * seconds / 60)):
                group.create_task(ways[number % len(ways)]())
                await asyncio.sleep(60 / a_minute)

    async def ask(self, domain: str = "legal") -> tuple[str, str, str]:
        """An agent asks; the request's id, its words, and who has it."""
        words = f"Case number {next(self.numbers)} of many"
        body = {"agent_id": "bench", "request_type": "judgment", "domain": domain, "summary": words}
        async with self.http.post(f"{self.url}/ai-request", json=body, headers=self._key) as answer:
            answer.raise_for_status()
            made = await answer.json()
        who = str(made["assigned_to"]).removeprefix("Reviewer ")
        return made["request_id"], words, f"r{who}@example.com"

    @property
    def _key(self) -> dict[str, str]:
        return {"x-api-key": self.key}

    def _person(self, email: str) -> Person:
        return Person(self.ws.base_url, email, self.http)

    async def _card(self, email: str, words: str) -> tuple[Person, Message]:
        person = self._person(email)
        card = await person.wait_for(lambda m: bool(m.buttons), text=words, where="dm", timeout=60)
        return person, card

    async def _once(self) -> None:
        _, words, email = await self.ask()
        person, card = await self._card(email, words)
        self.seen.note("click", await person.click(card, APPROVE))

    async def _twice(self) -> None:
        _, words, email = await self.ask()
        person, card = await self._card(email, words)
        both = (self._possibly("double click", person.click(card, APPROVE)) for _ in range(2))
        await asyncio.gather(*both)

    async def _with_reasons(self) -> None:
        _, words, email = await self.ask()
        person, card = await self._card(email, words)
        opened = await person.click(card, REJECT)
        self.seen.note("click", opened)
        if opened.modal is not None:
            self.seen.note("submit", await person.submit({REASONING: "Not this year."}))

    async def _by_a_stranger(self) -> None:
        request_id, _, _ = await self.ask(SHARED)
        stranger = self._person(STRANGER)
        card = await stranger.wait_for(
            lambda m: any(b.value == request_id for b in m.buttons), where=CHANNEL, timeout=60
        )
        self.seen.note("stranger's click", await stranger.click(card, APPROVE))

    async def _too_late(self) -> None:
        request_id, words, email = await self.ask()
        person, card = await self._card(email, words)
        cancelled = self.http.delete(f"{self.url}/ai-request?id={request_id}", headers=self._key)
        async with cancelled as answer:
            answer.raise_for_status()
        await self._possibly("late click", person.click(card, APPROVE))

    async def _possibly(self, what: str, click: Awaitable[Outcome]) -> None:
        """A click that comes too late even for the button is none."""
        try:
            self.seen.note(what, await click)
        except Impossible:
            return

    async def catch_up(self, seconds: float, waiting: int) -> float:
        """Let Slack be away while agents ask; messages a second in the channel once it is back."""
        began = self.ws.clock.now()
        self.ws.faults.out_until = began + seconds
        asked = await asyncio.gather(*(self.ask(SHARED) for _ in range(waiting)))
        anybody, ids = self._person(STRANGER), {request_id for request_id, *_ in asked}
        for request_id in ids:
            await anybody.wait_for(
                lambda m, mine=request_id: any(b.value == mine for b in m.buttons),
                where=CHANNEL,
                timeout=60 + 2 * waiting,
            )
        calls = self.ws.record.calls(name="chat.postMessage", ok=True)
        at = [call.at for call in calls if call.channel == CHANNEL and call.at > began]
        return (len(at) - 1) / (at[-1] - at[0])


Work = Callable[[Office], Awaitable[Any]]
