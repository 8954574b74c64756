"""Somebody else's words on their way into Slack: nothing alive, nothing invisible, nothing cut in two."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import text
from bot.outline import outline

# What must be shown by its number. The second half has visible categories and draws nothing.
INVISIBLE = [
    *"\u0000\u0007\u001b\u007f\u0085\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f",
    *"\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069",
    *"\u206a\u206f\ufeff\ufff9\ufffa\ufffb\u2028\u2029\ue000\uf8ff\ud800\udfff",
    *"\U000e0001\U000e0020\U000e007f\U0001d173\U000f0000",
    *"\u3164\u115f\u1160\uffa0\u2800\u00a0\ufe00\ufe0e\ufe0f\U000e0100\U000e01ef",
]

any_text = st.text(alphabet=st.characters(), max_size=400)
hostile = st.text(alphabet="<>&!@#|*_~`\n\t\r\u202e\u200b\U0001f600éa \\[]{}\"':", max_size=200)


@pytest.mark.parametrize("letter", INVISIBLE, ids=lambda letter: f"U+{ord(letter):04X}")
def test_what_cannot_be_seen_is_shown_by_its_number(letter: str) -> None:
    assert text.fit(f"a{letter}b", 100).text == f"a⟦U+{ord(letter):04X}⟧b"


def test_lines_stay_lines_only_where_lines_are_allowed() -> None:
    assert text.fit("a\r\nb\tc", 100).text == "a\nb    c"
    assert text.line("a\nb", 100) == "a⟦U+000A⟧b"
    assert text.fit("a\rb", 100).text == "a⟦U+000D⟧b"


def test_markup_is_dead_in_inert_text() -> None:
    shown = text.inert("<!channel> *paid* <https://evil.example|Approve> _x_ `y` ~z~ @here", 500)
    assert not set("<>*_`~") & set(shown)
    assert "&lt;!channel&gt;" in shown


def test_entities_are_escaped_once() -> None:
    assert text.escape("a & b < c > &amp;") == "a &amp; b &lt; c &gt; &amp;amp;"


def test_what_is_cut_is_counted() -> None:
    fitted = text.fit("x" * 3000, 100)
    assert fitted.text == "x" * 99 + "…"
    assert fitted.hidden == 2901


@given(st.one_of(any_text, hostile), st.integers(2, 80))
def test_fitted_text_keeps_its_limit_escaped_or_not(given: str, limit: int) -> None:
    fitted = text.fit(given, limit)
    assert text.weight(fitted.text) <= limit
    assert len(text.escape(fitted.text)) <= limit
    assert fitted.hidden >= 0
    assert not re.search("⟦U\\+[0-9A-F]*$", fitted.text), "a number is never cut in two"
    fitted.text.encode()


@given(st.one_of(any_text, hostile))
def test_nothing_invisible_is_left(given: str) -> None:
    for letter in text.fit(given, 10_000).text.replace("\n", ""):
        assert unicodedata.category(letter) not in text.INVISIBLE_CATEGORIES
        assert ord(letter) not in text.INVISIBLE


@given(st.one_of(any_text, hostile), st.integers(20, 60))
def test_chunks_hold_all_of_it_within_the_limit(given: str, limit: int) -> None:
    pieces = text.chunks(given, limit)
    assert all(0 < text.weight(piece) <= limit for piece in pieces)
    assert "".join(pieces) == text.fit(given, 10**9).text


@given(hostile)
def test_inert_text_has_no_markup(given: str) -> None:
    shown = text.inert(given, 300)
    assert not set("<>*_`~\n") & set(shown)
    assert not re.search("&(?!amp;|lt;|gt;)", shown)


def test_an_outline_says_one_fact_a_line() -> None:
    value = {"amount": 50, "parties": ["Acme", {"name": "X"}], "note": "a\namount: 9", "empty": ""}
    assert outline(value).splitlines() == [
        "amount: 50",
        "parties:",
        "› - Acme",
        "› -",
        "›› name: X",
        "note:",
        "› | a",
        "› | amount: 9",
        'empty: ""',
    ]


@pytest.mark.parametrize(
    "value", ["50", "true", "null", "- x", "| x", "› x", "", " x", "x ", "{}", "[", "x:"]
)
def test_texts_that_look_like_something_else_stand_in_quotes(value: str) -> None:
    assert outline({"a": value}) == f'a: "{value}"'


plain_key = st.text(alphabet="abc", min_size=1, max_size=3)
leaf = st.one_of(st.integers(), st.booleans(), st.none(), st.text(max_size=20), hostile)
tree = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(st.dictionaries(plain_key, tree, min_size=1, max_size=4))
def test_no_value_forges_a_line(value: dict[str, object]) -> None:
    tops = [row for row in outline(value).split("\n") if not row.startswith("›")]
    assert len(tops) == len(value)
    assert [row.partition(":")[0] for row in tops] == list(value)
