"""Idempotency keys of calls: claimed once, kept sealed, given back."""

import asyncio

from approvals.ports import FirstAnswer
from store.engine import Store
from tests.builders import PROJECT
from tests.store.contract import OTHER
from tests.store.databases import database_url, rows, store

__all__ = ["database_url", "store"]

SECRET = "whsec_shown_once"


async def test_one_of_many_has_the_key(store: Store) -> None:
    claims = await asyncio.gather(*(store.promises.claim(PROJECT, "s", "k", "hash") for _ in range(10)))
    assert claims.count(None) == 1
    assert claims.count(FirstAnswer("hash")) == 9


async def test_the_answer_is_given_again_and_lies_sealed(database_url: str, store: Store) -> None:
    await store.promises.claim(PROJECT, "s", "k", "hash")
    await store.promises.keep(PROJECT, "s", "k", SECRET)
    assert await store.promises.claim(PROJECT, "s", "k", "other") == FirstAnswer("hash", SECRET)
    if "sqlite" in database_url:
        ((answer,),) = rows(database_url, "SELECT answer FROM idempotency")
        assert isinstance(answer, bytes)
        assert SECRET.encode() not in answer


async def test_a_key_is_given_back_unless_its_answer_stands(store: Store) -> None:
    await store.promises.claim(PROJECT, "s", "k", "hash")
    await store.promises.drop(PROJECT, "s", "k")
    assert await store.promises.claim(PROJECT, "s", "k", "hash") is None
    await store.promises.keep(PROJECT, "s", "k", "answer")
    await store.promises.drop(PROJECT, "s", "k")
    assert await store.promises.claim(PROJECT, "s", "k", "hash") == FirstAnswer("hash", "answer")


async def test_other_projects_and_scopes_have_keys_of_their_own(store: Store) -> None:
    assert await store.promises.claim(PROJECT, "s", "k", "hash") is None
    assert await store.promises.claim(OTHER, "s", "k", "hash") is None
    assert await store.promises.claim(PROJECT, "t", "k", "hash") is None
