"""Reading JSON strictly: every refusal names the place, and good bodies come out as they went in."""

import contextlib
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict
from api.problems import Refused
from tests.api.garbage import FINE, GARBAGE

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("name", [n for n, (_, words) in GARBAGE.items() if "JSON object" not in words])
def test_garbage_is_refused_with_its_place(name: str) -> None:
    raw, words = GARBAGE[name]
    with pytest.raises(Refused) as refused:
        strict.read(raw)
    assert refused.value.problem.status == 400
    assert words in refused.value.problem.message
    assert len(refused.value.problem.message) < 1000


@pytest.mark.parametrize("name", FINE)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_is_fine_comes_out_as_it_went_in(name: str, ascii_only: bool) -> None:
    raw = json.dumps(FINE[name], ensure_ascii=ascii_only).encode()
    assert strict.read(raw) == FINE[name]


@given(values)
def test_any_value_comes_out_as_it_went_in(value: object) -> None:
    assert strict.read(json.dumps(value).encode()) == value
    assert strict.read(orjson.dumps(value)) == value


@given(values, values, st.sampled_from(["", ' "x": ":",', ' "x": "\\u003a",', ' "y": "\\u003A:",']))
def test_a_repeated_key_never_passes(first: object, second: object, beside: str) -> None:
    raw = f'{{"a": {json.dumps(first)},{beside} "a": {json.dumps(second)}}}'
    with pytest.raises(Refused):
        strict.read(raw.encode())


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Refused):
        strict.read(raw)


def test_the_order_of_keys_does_not_count() -> None:
    assert (
        strict.canonical({"b": [1, {"d": 1, "c": 2}], "a": "é"}) == '{"a":"é","b":[1,{"c":2,"d":1}]}'.encode()
    )
