"""The catalogues are whole, and everybody reads their own language, dates and numbers."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from bot import home
from bot.inbox import Inbox, Post
from bot.language import best_locale, read_catalogues
from bot.validator import check_view, texts
from scripts.catalogues import LOCALES, extracted, read
from tests.bot.speaking import CATALOGUES
from tests.builders import NOW, a_roster, a_sentinel

CODES = sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir())

# Slack's limits by the place that a context names (SLACK limits: titles 24, buttons 75, confirm 30/100/300).
LIMITS = {
    "title": 24,
    "button": 75,
    "confirm": 30,
    "confirm title": 100,
    "confirm text": 300,
    "option": 75,
    "placeholder": 150,
}

FILLED = {
    "n": "1 000 000",
    "number": "1000000",
    "agent": "a" * 28,
    "page": "100",
    "count": "100",
    "domain": "d" * 20,
}


def messages(code: str) -> list[Message]:
    return [message for message in read(code) if message.id]


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple) else [message.id]


def names(catalogue: Catalog) -> set[tuple[str | None, str]]:
    return {(m.context, ids(m)[0]) for m in catalogue if m.id}


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_is_complete(code: str) -> None:
    assert names(extracted()) == names(read(code)), "run `python -m scripts.catalogues`"
    assert [m.id for m in messages(code) if m.fuzzy or not all(strings(m))] == []


@pytest.mark.parametrize("code", CODES)
def test_translations_fill_in_the_same_names(code: str) -> None:
    for message in messages(code):
        wanted = set(re.findall(r"\{(\w+)\}", ids(message)[-1]))
        for string in strings(message):
            assert set(re.findall(r"\{(\w+)\}", string)) == wanted, message.id


@pytest.mark.parametrize("code", CODES)
def test_translations_fit_where_they_stand(code: str) -> None:
    for message in messages(code):
        if message.context is None:
            continue
        for string in strings(message):
            filled = string.format(**{k: FILLED[k] for k in re.findall(r"\{(\w+)\}", string)})
            assert len(filled) <= LIMITS[message.context], f"{message.context}: {filled}"


def test_french_has_one_apostrophe() -> None:
    assert [string for message in messages("fr") for string in strings(message) if "'" in string] == []


@pytest.mark.parametrize("code", CODES)
def test_no_catalogue_holds_what_would_be_shown_by_its_number(code: str) -> None:
    for message in messages(code):
        for string in strings(message):
            assert not set("\u00a0\u202f\ufe0f\u200d") & set(string), message.id


def test_english_says_what_the_code_says() -> None:
    assert [m.id for m in messages("en") if strings(m) != ids(m)] == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["fr-CA"], "fr_CA"),
        (["fr_FR"], "fr_FR"),
        (["cy-GB", "fr"], "fr"),
        (["cy-GB"], "en"),
        (["nonsense!", None, "fr"], "fr"),
        ([], "en"),
    ],
)
def test_the_nearest_language_is_spoken(wanted: list[str | None], code: str) -> None:
    language = CATALOGUES.language(wanted)
    assert language.code == code
    assert language.gettext("Approved") == ("Approuvée" if code.startswith("fr") else "Approved")


@pytest.mark.parametrize(
    ("spoken", "slack", "first"),
    [
        (("fr", "en"), "fr-CA", "fr-CA"),
        (("fr",), "en-US", "fr"),
        ((), "en-GB", "en-GB"),
        (("en", "fr"), "fr-FR", "en"),
        (("fr",), None, "fr"),
    ],
)
def test_whose_word_counts_for_the_language(spoken: tuple[str, ...], slack: str | None, first: str) -> None:
    assert best_locale(spoken, slack)[0] == first


def test_dates_and_numbers_are_the_readers() -> None:
    at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    toronto = CATALOGUES.language(["fr-CA"], "America/Toronto")
    assert toronto.moment(at) == "23 nov. 2026, 10 h 00"
    early = at.replace(hour=8, minute=16)
    assert toronto.moment(early) == "23 nov. 2026, 3 h 16", "as Slack writes it beside"
    assert CATALOGUES.language(["fr-FR"], "America/Toronto").moment(early) == "23 nov. 2026, 03:16"
    counted = toronto.ngettext(
        "🔎 {n} more character is on the record.", "🔎 {n} more characters are on the record.", 1234
    )
    assert counted == "🔎 1 234 autres caractères au dossier."
    assert CATALOGUES.language(["en-GB"], "nowhere/atall").moment(at).endswith("UTC")
    assert toronto.dated(at) == (
        f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|23 nov. 2026, 10 h 00>"
    )


BRETON = """
msgid ""
msgstr ""
"Language: br\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "What waits for you"
msgstr "Ar pezh a c'hortoz ac'hanoc'h"
"""


def test_a_new_language_is_one_file(tmp_path: Path) -> None:
    """Put beside the others it is spoken, chosen by its own name, and dates are its own."""
    for code in CODES:
        (tmp_path / code).symlink_to(LOCALES / code)
    (tmp_path / "br").mkdir()
    (tmp_path / "br" / "desk.po").write_text(BRETON)
    catalogues = read_catalogues(tmp_path)

    breton = catalogues.language(["br-FR"], "Europe/Paris")
    me = a_sentinel(1, locale="br")
    view = home.home(Inbox((Post(a_roster(me), me),), (), ()), catalogues.names, breton, NOW)

    said = [each["text"] for each in texts(view)]
    assert "Ar pezh a c'hortoz ac'hanoc'h" in said
    assert "brezhoneg" in said
    assert "*Your settings*" in said, "what a catalogue does not say is said in English"
    assert breton.moment(NOW) == "23 Du 2026, 16:00"
    assert check_view(view) == []
