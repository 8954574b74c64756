"""Templates on both databases: nobody's change is lost, and what a change causes leaves with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.library import Template
from approvals.outbox import Carrier, Outgoing
from store.engine import Store
from tests.builders import NOW, PROJECT
from tests.store.databases import database_url, store

__all__ = ["database_url", "store"]

FIRST = Template("template_1", PROJECT, "Content Review", None, ({"name": "approved"},), 1, NOW, NOW)
TOLD = Outgoing(Carrier.HTTP, "endpoint:e", "template.updated", url="https://a.example", body=b"{}")


@pytest.fixture
async def kept(store: Store) -> Store:
    """A store that holds the first version."""
    assert await store.library.put_template(FIRST, [])
    return store


async def test_the_next_version_and_its_messages_are_kept(kept: Store) -> None:
    second = replace(FIRST, name="Review", version=2)
    assert await kept.library.put_template(second, [TOLD])
    assert await kept.library.template(PROJECT, FIRST.id) == second
    (claimed,) = await kept.outbox.claim(9, timedelta(minutes=1))
    assert (claimed.topic, claimed.request_id, claimed.lane) == ("template.updated", None, "endpoint:e")


@pytest.mark.parametrize("version", [1, 3])
async def test_a_change_of_another_version_is_refused(kept: Store, version: int) -> None:
    late = replace(FIRST, name="Late", version=version)
    assert not await kept.library.put_template(late, [TOLD])
    assert await kept.library.template(PROJECT, FIRST.id) == FIRST
    assert await kept.outbox.claim(9, timedelta(minutes=1)) == []


async def test_a_change_brings_nothing_back_that_was_removed(kept: Store) -> None:
    assert await kept.library.delete_template(PROJECT, FIRST.id)
    assert not await kept.library.put_template(replace(FIRST, version=2), [])
    assert await kept.library.template(PROJECT, FIRST.id) is None
