"""The audit chain: any change of the past is found, and where."""

from dataclasses import replace
from pathlib import Path

import pytest

from approvals.service import Approvals
from store.chain import BrokenChain, read, seal
from store.engine import open_store
from store.migrations import migrate
from tests.builders import PROJECT, a_submit
from tests.fakes import RecordingAnnouncer
from tests.store.databases import SECRET, rows, tamper


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """A SQLite desk with five requests that nobody could take: ten events."""
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    async with open_store(url, secret=SECRET) as store:
        approvals = Approvals(store, RecordingAnnouncer())
        for _ in range(5):
            await approvals.submit(a_submit())
    return url


async def verify(url: str) -> int:
    """Check the chain; its length."""
    async with open_store(url, secret=SECRET) as store:
        return await store.verify(PROJECT)


async def test_an_untouched_chain_is_whole(url: str) -> None:
    assert await verify(url) == 10


OTHER_DIGIT = "CASE substr(hash, 1, 1) WHEN 'f' THEN '0' ELSE 'f' END"


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE events SET record = replace(record, 'submitted', 'decided') WHERE n = 3", 3),
        (f"UPDATE events SET hash = {OTHER_DIGIT} || substr(hash, 2) WHERE n = 4", 4),
        ("DELETE FROM events WHERE n = 6", 6),
        ("DELETE FROM events WHERE n > 7", 8),
        ("UPDATE events SET record = (SELECT record FROM events e WHERE e.n = 5) WHERE n = 7", 7),
    ],
    ids=["edited", "re-hashed", "removed", "tail cut", "repeated"],
)
async def test_every_change_of_the_past_is_named(url: str, change: str, first_bad: int) -> None:
    tamper(url, change)
    with pytest.raises(BrokenChain) as broken:
        await verify(url)
    assert broken.value.n == first_bad


async def test_an_event_that_is_sealed_anew_breaks_the_next(url: str) -> None:
    """Whoever can write in the database can compute a hash as well, of one event but not of the next."""
    (_, before), (record, _) = rows(url, "SELECT record, hash FROM events WHERE n IN (2, 3) ORDER BY n")
    forged = seal(3, str(before), replace(read(str(record), "").event, actor="somebody else"))
    tamper(url, f"UPDATE events SET record = '{forged.record}', hash = '{forged.hash}' WHERE n = 3")
    with pytest.raises(BrokenChain) as broken:
        await verify(url)
    assert broken.value.n == 4
