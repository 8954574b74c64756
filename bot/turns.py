"""How often Slack may be called, kept before Slack says no.

Figures: Slack's rate limits. A message a second in one conversation, short bursts tolerated; the tiers
of the other methods, per workspace; and for all that is posted in a workspace a bound below the
"several hundred a minute" that Slack names without a number. Bursts are a part of what Slack tolerates,
so that a process that starts anew, and has forgotten what another spent, has room.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from approvals.allowances import SECOND
from approvals.keys import Rate
from approvals.pacing import Budget
from approvals.ports import Pacing

POST = "chat.postMessage"
UPDATE = "chat.update"

TIER_3 = Rate(10, 12)
TIER_4 = Rate(20, 12)
METHODS = {
    UPDATE: TIER_3,
    "users.lookupByEmail": TIER_3,
    "conversations.open": TIER_3,
    "dnd.info": TIER_3,
    "users.info": TIER_4,
}
CONVERSATION = Rate(3, 3)
WORKSPACE = Rate(60, 6)

SHORT = timedelta(seconds=1)
"""How long a conversation is held back for a method that is exhausted: others may still go there."""


class NotYet(Exception):
    """It is not the turn of this call; nothing was sent. `stalls` says for how long nothing can go there."""

    def __init__(self, wait: timedelta, stalls: timedelta) -> None:
        super().__init__("waits for its turn at Slack")
        self.wait = wait
        self.stalls = stalls


class Turns:
    """The pace of one workspace, shared by every process that calls it."""

    def __init__(self, pacing: Pacing, clock: Callable[[], datetime], workspace: str = "") -> None:
        self._pacing = pacing
        self._clock = clock
        self._workspace = workspace
        self._ids: dict[str, str] = {}

    async def take(self, method: str, channel: str = "") -> timedelta:
        """Take the call's turn; how long it takes until the next. Raises NotYet."""
        budgets = self._budgets(method, channel)
        if not budgets:
            return timedelta(0)
        turn = await self._pacing.take(budgets, _nanoseconds(self._clock()))
        wait = timedelta(microseconds=-(-turn.wait // 1_000))
        if not turn.taken:
            raise NotYet(wait, wait if method == POST else min(wait, SHORT))
        return wait

    async def hold(self, method: str, channel: str, pause: timedelta) -> None:
        """Slack wants to be left alone with this method, in this conversation where it is about one."""
        for budget in self._budgets(method, channel)[:1]:
            await self._pacing.hold(budget, _nanoseconds(self._clock() + pause))

    def known(self, channel: str, channel_id: str) -> None:
        """What was addressed by name is this conversation: the two are one."""
        if channel != channel_id:
            self._ids[channel] = channel_id

    def _budgets(self, method: str, channel: str) -> list[Budget]:
        if method == POST:
            where = self._ids.get(channel, channel)
            return [self._budget(f"in:{where}", CONVERSATION), self._budget("post", WORKSPACE)]
        rate = METHODS.get(method)
        return [] if rate is None else [self._budget(method, rate)]

    def _budget(self, name: str, rate: Rate) -> Budget:
        return Budget(f"slack:{self._workspace}:{name}", rate)


def _nanoseconds(moment: datetime) -> int:
    # By whole microseconds: a float of seconds since 1970 has no room for them.
    seconds, rest = divmod(moment - _EPOCH, timedelta(seconds=1))
    return (seconds * 1_000_000 + rest // timedelta(microseconds=1)) * (SECOND // 1_000_000)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
