"""What looks mistyped, and what does not."""

import pytest

from approvals.spelling import meant_domain, unknown_place
from tests.builders import a_request, a_roster, a_sentinel

ROSTER = a_roster(
    a_sentinel(1, domains=frozenset({"*"})),
    a_sentinel(2, domains=frozenset({"finance"}), jurisdictions=("Planet Express",)),
)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [("legal", None), ("finance", None), ("leagl", "legal"), ("finances", "finance"), ("medical", None)],
)
def test_a_domain_is_doubted_only_where_another_is_near(domain: str, meant: str | None) -> None:
    assert meant_domain(domain, ROSTER) == meant


def test_the_domain_of_what_names_none_is_never_doubted() -> None:
    assert meant_domain("general", a_roster(a_sentinel(1, domains=frozenset({"generals"})))) is None


@pytest.mark.parametrize(
    ("place", "unknown"),
    [(None, False), ("  ", False), ("Québec", False), ("planet  EXPRESS", False), ("Quebc", True)],
)
def test_a_place_is_doubted_where_neither_the_atlas_nor_the_team_knows_it(
    place: str | None, unknown: bool
) -> None:
    assert unknown_place(a_request(jurisdiction=place), ROSTER) is unknown
