"""Sentences for what was decided without words, words for comparison, and slugs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import domains, errors, wording
from approvals.errors import ApprovalError, InvalidField
from approvals.model import Decision, State, Verdict
from approvals.words import fold
from tests.builders import NOW, a_request, assigned


@pytest.mark.parametrize(
    ("state", "verdict", "words", "reads"),
    [
        (State.PENDING, None, None, None),
        (State.ASSIGNED, None, None, None),
        (State.DECIDED, Verdict.APPROVED, None, "Approved by Marie."),
        (State.DECIDED, Verdict.REJECTED, None, "Rejected by Marie."),
        (State.DECIDED, Verdict.MODIFIED, None, "Approved with changes by Marie."),
        (State.DECIDED, Verdict.ESCALATED, None, "Escalated by Marie."),
        (State.DECIDED, Verdict.APPROVED, "Fine.", "Fine."),
        (State.EXPIRED, None, None, "Expired: nobody decided before the deadline."),
        (State.CANCELLED, None, None, "Cancelled before anybody decided."),
    ],
)
def test_how_an_end_reads(
    state: State, verdict: Verdict | None, words: str | None, reads: str | None
) -> None:
    made = None if verdict is None else Decision(verdict, NOW, by_name="Marie", reasoning=words)
    assert wording.reasoning(a_request(state=state, decision=made)) == reads


def test_a_decision_by_nobody_in_particular() -> None:
    made = Decision(Verdict.APPROVED, NOW)
    assert wording.reasoning(a_request(state=State.DECIDED, decision=made)) == "Approved by policy."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Québec", "QUE\u0301BEC"),
        ("  Marie \t Dupont ", "marie dupont"),
        ("Œuvre", "oeuvre"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("ＣＡ", "ca"),
        ("data_deletion", "Data_Deletion"),
    ],
)
def test_spellings_that_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Légal", "legal"),
        ("LEGAL", "legal"),
        ("le\u0301gal", "legal"),
        ("data_deletion", "data_deletion"),
        ("Données personnelles", "donnees-personnelles"),
        ("*", None),
        ("", None),
        (" ", None),
        ("x" * 65, None),
        ("x" * 100_000, None),
    ],
)
def test_slugs_of_domains(text: str, slug: str | None) -> None:
    assert domains.slug(text) == slug


@given(st.text(max_size=80))
def test_a_slug_is_its_own_slug(text: str) -> None:
    slug = domains.slug(text)
    assert slug is None or domains.slug(slug) == slug


def test_every_refusal_says_in_a_sentence_what_it_is() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, ApprovalError)]
    assert all(kind.__doc__ and kind.__doc__.splitlines()[0].endswith(".") for kind in kinds)
    assert str(errors.AlreadyEnded(assigned(), "approve")) == (
        "The request has already been decided, has expired or was cancelled."
    )
    assert str(InvalidField("rating", "must be 1 to 5")) == "rating: must be 1 to 5"
    assert str(InvalidField("a", "b", "c")) == "a: b (c)"
