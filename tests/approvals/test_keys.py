"""API keys: their text, their life, whom they may speak for; rates and plans."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import plans
from approvals.keys import (
    Key,
    Rate,
    Scope,
    digest,
    key_id_of,
    mint,
    mint_webhook_secret,
)
from tests.builders import KEY, NOW, PROJECT, a_sentinel, hours


def a_key(**changes: Any) -> Key:
    """A key that may decide."""
    return Key(
        **{
            "id": KEY,
            "project": PROJECT,
            "name": "Front end",
            "scopes": frozenset({Scope.DECIDE}),
            "created_at": NOW,
            **changes,
        }
    )


def test_a_fresh_key_names_itself_and_is_never_the_same() -> None:
    made = [mint() for _ in range(50)]
    assert all(key_id_of(text) == key_id for key_id, text in made)
    assert len({text for _, text in made}) == len({key_id for key_id, _ in made}) == 50


def test_every_character_of_a_key_counts() -> None:
    _, text = mint()
    for place, character in enumerate(text):
        other = "0" if character != "0" else "1"
        assert key_id_of(text[:place] + other + text[place + 1 :]) is None
    assert key_id_of(text + "\n") is None
    assert key_id_of(text.upper()) is None


@given(st.text(max_size=100))
def test_other_text_is_no_key(text: str) -> None:
    assert key_id_of(text) is None


def test_what_is_stored_depends_on_the_secret_and_tells_nothing() -> None:
    _, text = mint()
    assert digest(text, "a" * 16) == digest(text, "a" * 16) != digest(text, "b" * 16)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(text, "a" * 16))


def test_a_webhook_secret_is_32_bytes_as_standard_webhooks_writes_them() -> None:
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", mint_webhook_secret())
    assert mint_webhook_secret() != mint_webhook_secret()


@pytest.mark.parametrize(
    ("changes", "live"),
    [
        ({}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + hours(1)}, True),
        ({"revoked_at": NOW}, False),
        ({"revoked_at": NOW - hours(1), "expires_at": NOW + hours(1)}, False),
    ],
)
def test_how_long_a_key_opens_anything(changes: dict[str, Any], live: bool) -> None:
    assert a_key(**changes).live(NOW) == live


@pytest.mark.parametrize(
    ("speaks_for", "email", "may"),
    [
        ((), "s1@example.com", False),
        (("s1@example.com",), "s1@example.com", True),
        (("S1@Example.com",), "s1@example.com", True),
        (("s1@example.com",), "S1@EXAMPLE.COM", True),
        (("s2@example.com",), "s1@example.com", False),
        (("*",), "s1@example.com", True),
        (("*",), None, True),
        (("",), None, False),
        (("s1@example.com",), None, False),
    ],
)
def test_whom_a_key_may_speak_for(speaks_for: tuple[str, ...], email: str | None, may: bool) -> None:
    assert a_key(speaks_for=speaks_for).may_speak_for(a_sentinel(1, email=email)) == may


def test_a_key_as_commands_name_it() -> None:
    caller = a_key(owner="marie@example.com", quota=50).caller
    assert (caller.project, caller.key_id, caller.owner, caller.quota) == (
        PROJECT,
        KEY,
        "marie@example.com",
        50,
    )


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1000/min", Rate(1000, 60)),
        ("10/s", Rate(10, 1)),
        ("5000/h", Rate(5000, 3600)),
        ("0/min", None),
        ("10/day", None),
        ("10", None),
        ("", None),
    ],
)
def test_rates(text: str, rate: Rate | None) -> None:
    assert plans.rate(text) == rate
    assert rate is None or str(rate) == text


def test_quotas() -> None:
    assert plans.quota("50/month") == 50
    assert plans.quota("50/year") is None
    assert plans.quota("0/month") is None
