"""What lies on the disk opens nothing: no key, no webhook secret, in the database or its log."""

from datetime import UTC, datetime
from pathlib import Path

from approvals import keys
from approvals.applying import WantedEndpoint
from approvals.keys import Key, Scope
from approvals.model import Dialect
from approvals.ports import Unit
from store.engine import open_store
from store.migrations import migrate
from tests.builders import PROJECT, a_wanted, wanting
from tests.store.databases import SECRET


async def test_no_secret_lies_in_the_database(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate(url)
    hook = WantedEndpoint("https://a.example/hook", Dialect.HITL, ("*",))

    async def apply(unit: Unit) -> None:
        unit.apply(wanting(a_wanted(), endpoints=(hook,)))

    async with open_store(url, secret=SECRET) as store:
        key_id, text = keys.mint()
        key = Key(key_id, PROJECT, "Agent", frozenset({Scope.REQUESTS}), datetime.now(UTC))
        own = keys.mint_webhook_secret()
        await store.keys.create(key, text, own)
        await store.write(PROJECT, apply)
        _, made = await store.endpoints.create(PROJECT, hook, "desk")
        (filed,) = (await store.roster(PROJECT)).endpoints[:1]
        theirs = await store.keys.secrets(f"endpoint:{filed.id}")
        assert await store.keys.find(text) == key
        secrets = [SECRET, text, text.rpartition("_")[2], own, made, *theirs]
        # While it is open, so that the write-ahead log is looked at as well.
        content = everything_in(tmp_path)
    assert key_id.encode() in content
    assert [s for s in secrets if s.removeprefix("whsec_").encode() in content] == []


def everything_in(folder: Path) -> bytes:
    """What all files of a folder hold."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
