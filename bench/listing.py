"""What a page of 50 costs among many requests, beside the same page among a tenth of them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from approvals.commands import Caller, Submit
from approvals.model import Dialect, KeyId, ProjectId
from approvals.service import Approvals
from bench.load import Call, cores, press
from bench.servers import SECRET, Prepared, prepare
from store.engine import Store, open_store

FEW, MANY = 10_000, 100_000
MOST_RATIO = 1.2
"""Ten times the requests may cost a page a fifth more, and no more."""

PAGES = {
    "humanlayer, one agent": Call("/ai-request?agent_id=bench"),
    "humanapproval, status": Call("/api/v1/requests?status=pending"),
    "humancheck": Call("/reviews?page=1&page_size=50"),
    "humancheck, page 100": Call("/reviews?page=100&page_size=50"),
    "humancheck, task_type": Call("/reviews?task_type=payment&page=1&page_size=50"),
    "humancheck, both, status": Call(
        "/reviews?task_type=payment&framework=custom&status=pending&page=1&page_size=50"
    ),
    "hitl": Call("/v1/reviews?page=1&per_page=50"),
    "hitl, assignee, status": Call(
        "/v1/reviews?assignee=claire@example.com&status=assigned&page=1&per_page=50"
    ),
}
_WARM_UP_S = 1.0
_AT_ONCE = 64


class Silent:
    """Announces nothing: cards are not what is measured."""

    def announce(self, *_: object) -> tuple[()]:
        """No messages."""
        return ()


def run(rounds: int, seconds: float) -> bool:
    """Measure and print; whether every page costs about the same."""
    with tempfile.TemporaryDirectory() as folder:
        few = _filled(Path(folder) / "few" / "prepared", FEW)
        many = _filled(Path(folder) / "many" / "prepared", MANY)
        server_core, load_core = cores()
        p50: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
        with few.desk(server_core) as small, many.desk(server_core) as large:
            for _ in range(rounds):
                for name, call in PAGES.items():
                    for server in (small, large):
                        press(server, call, 1, _WARM_UP_S, load_core)
                    pair = [press(s, call, 1, seconds, load_core).p50_ms for s in (small, large)]
                    p50[name].append((pair[0], pair[1]))
    return report({name: _middle(found) for name, found in p50.items()})


def report(p50: dict[str, tuple[float, float]]) -> bool:
    """Print both medians and their ratio; whether the greatest is allowed."""
    print(f"\nA page of 50 among {FEW:,} and among {MANY:,} requests; p50 at 1 connection\n")
    print(f"{'page':>26} {'few ms':>8} {'many ms':>8} {'many/few':>9}")
    for name, (few, many) in p50.items():
        print(f"{name:>26} {few:>8.2f} {many:>8.2f} {many / few:>9.3f}")
    most = max(many / few for few, many in p50.values())
    holds = most <= MOST_RATIO
    print(
        f"\n{'ok' if holds else 'wrong'}: the greatest is {most:.3f}, the greatest allowed {MOST_RATIO:.2f}"
    )
    return holds


def _middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return median(few for few, _ in pairs), median(many for _, many in pairs)


def _filled(folder: Path, count: int) -> Prepared:
    folder.parent.mkdir(parents=True)
    prepared = prepare(folder)
    asyncio.run(fill(f"sqlite+aiosqlite:///{folder}/desk.db", count))
    return prepared


async def fill(url: str, count: int) -> None:
    """Put so many requests, or some more, into the database of a desk that does not run."""
    async with open_store(url, secret=SECRET) as store:
        await asyncio.gather(*(_submit(store, count // _AT_ONCE + 1) for _ in range(_AT_ONCE)))


async def _submit(store: Store, count: int) -> None:
    approvals = Approvals(store, Silent())
    command = Submit(
        caller=Caller(ProjectId("default"), KeyId("bench"), "bench"),
        dialect=Dialect.HUMANCHECK,
        agent_id="bench",
        request_type="judgment",
        domain="legal",
        jurisdiction="Québec",
        title="payment",
        summary="Process payment of $5,000",
        wire={"framework": "custom"},
    )
    for _ in range(count):
        await approvals.submit(command)
