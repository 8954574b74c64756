"""The forms of a request's id."""

from datetime import timedelta
from itertools import pairwise
from statistics import mean
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import ids
from approvals.model import RequestId
from tests.builders import NOW, a_request

CANONICAL = RequestId("0f8fad5b-d9cb-469f-a165-70867728950e")


@given(st.uuids(), st.integers(1, 10**18 - 1))
def test_every_form_leads_back(uuid: UUID, number: int) -> None:
    request = a_request(number, id=RequestId(str(uuid)))
    forms = ids.forms(request)
    assert {ids.parse(str(form)) for name, form in forms.items() if name != "humancheck"} == {request.id}
    assert ids.parse(str(forms["humancheck"])) == number


def test_a_fresh_id_is_canonical() -> None:
    fresh = ids.new_id(NOW)
    assert ids.parse(fresh) == fresh
    assert (UUID(fresh).version, UUID(fresh).variant) == (7, RFC_4122)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (CANONICAL, CANONICAL),
        (CANONICAL.upper(), CANONICAL),
        ("req_0f8fad5bd9cb469fa16570867728950e", CANONICAL),
        ("rev_0f8fad5bd9cb469fa16570867728950e", CANONICAL),
        ("7", 7),
        ("0", None),
        ("-7", None),
        ("07", None),
        ("7 ", None),
        ("7\n", None),
        ("٧", None),
        ("9" * 19, None),
        ("", None),
        ("req_", None),
        ("req_0F8FAD5BD9CB469FA16570867728950E", None),
        ("0f8fad5bd9cb469fa16570867728950e", None),
        ("{0f8fad5b-d9cb-469f-a165-70867728950e}", None),
        ("urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e", None),
        (f"{CANONICAL}' OR 1=1", None),
    ],
)
def test_what_is_an_id(text: str, ref: object) -> None:
    assert ids.parse(text) == ref


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert ids.parse(text) is None or text.isascii()


def test_ids_are_not_guessable_from_one_another() -> None:
    made = [UUID(ids.fresh(NOW)).int for _ in range(2_000)]
    assert len(set(made)) == len(made)
    differing = [(one ^ other).bit_count() for one, other in pairwise(made)]
    # Of the 74 random bits half differ, give or take.
    assert 36 < mean(differing) < 38


def test_ids_sort_by_the_time_at_which_they_were_made() -> None:
    times = [NOW + timedelta(milliseconds=n) for n in (0, 1, 999, 86_400_000, 10**12)]
    made = [ids.new_id(time) for time in times]
    assert made == sorted(made)
    assert UUID(made[0]).int >> 80 == int(NOW.timestamp() * 1000)
