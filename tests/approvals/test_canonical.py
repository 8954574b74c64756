"""The canonical form: byte for byte what the reference implementation of RFC 8785 writes."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from approvals.canonical import canonical

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(values)
def test_it_is_what_the_reference_writes(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(st.text())
def test_control_characters_and_quotes_too(text: str) -> None:
    try:
        expected = rfc8785.dumps({"t": text})
    except UnicodeEncodeError:
        return
    assert canonical({"t": text}) == expected


def test_at_any_depth_that_the_reference_reaches() -> None:
    value: object = "deep"
    for _ in range(300):
        value = [value]
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
