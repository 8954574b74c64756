"""Words that look like others, and characters that nobody sees, are told of in words."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bulk, cards, home, modals, text
from bot.confusables import Kind, confusables
from bot.inbox import Inbox, Post
from bot.subject import Question, Subject
from bot.validator import texts
from tests.bot.speaking import LANGUAGES
from tests.builders import NOW, a_domain, a_roster, a_sentinel, assigned

MARIE = a_sentinel(1, name="Marie Dupont")
ROSTER = a_roster(MARIE, domains=[a_domain(channel="#legal")])

FOUND = [
    ("jo@\u0430cme.example", Kind.MIXED, "Cyrl"),
    ("pay to b\u03bfb@acme.example now", Kind.MIXED, "Grek"),
    ("https://g\u043e\u043egle.com/login", Kind.MIXED, "Cyrl"),
    ("https://xn--pple-43d.com/x", Kind.MIXED, "Cyrl"),
    ("user_\u0430dmin", Kind.MIXED, "Cyrl"),
    ("\u0440ayment", Kind.MIXED, "Cyrl"),
    ("INV-\u0555\u054d-1", Kind.DISGUISED, "Armn"),
    ("\u0430\u0440\u0440\u04cf\u0435.com", Kind.DISGUISED, "Cyrl"),
    ("xn--80ak6aa92e.com", Kind.DISGUISED, "Cyrl"),
    ("\uff47oogle.com", Kind.FORMED, ""),
    ("\U0001d41epay.com", Kind.FORMED, ""),
    ("CTR-2026-04\uff11\uff12", Kind.FORMED, ""),
]

INNOCENT = [
    "Résumé d'été, œuvre nº 5, 50 µm, kΩ, Δt, 1 234,50 €",
    "jo@acme.example https://example.com/a_b?c=d ca-central-1 CTR-2026-0412",
    "Привет, мир: оплатить счёт",
    "иван@почта.рф",
    "東京タワー A1 한국어 漢字",
    "שלום לך, مرحبا",
    "xn--not-punycode-\u00e9",
    "",
]


@pytest.mark.parametrize(("written", "kind", "script"), FOUND, ids=[f[0] for f in FOUND])
def test_a_word_that_looks_like_another_is_found(written: str, kind: Kind, script: str) -> None:
    found = confusables(written)
    assert [(each.kind, each.script) for each in found] == [(kind, script)]


@pytest.mark.parametrize("written", INNOCENT)
def test_what_is_only_foreign_is_not(written: str) -> None:
    assert confusables(written) == []


def test_what_special_letters_read_as_is_told() -> None:
    assert confusables("\uff47oogle.com")[0].reads_as == "google.com"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("place", ["summary", "context", "action", "agent_name", "requested_by", "answer"])
def test_a_card_says_it_in_words(place: str, code: str) -> None:
    lure = "jo@\u0430cme.example"
    about = Subject(assigned(), ROSTER)
    if place == "answer":
        about = replace(about, questions=(Question(1, "Marie", "Who?", lure),))
    else:
        value = {"to": [lure]} if place in {"context", "action"} else lure
        about = replace(about, request=assigned(**{place: value}))
    language = LANGUAGES[code]
    for shown in (cards.card(about, MARIE, language).blocks, modals.details(about, [], language)["blocks"]):
        told = [each["text"] for each in texts(shown) if each["text"].startswith("🚩")]
        assert len(told) == 1
        assert lure in told[0]
        assert language.script("Cyrl") in told[0]


def test_that_something_was_invisible_is_said_once() -> None:
    about = Subject(assigned(summary="a\u202eb\u200bc", title=""), ROSTER)
    shown = cards.card(about, MARIE, LANGUAGES["en"])
    flags = [each["text"] for each in texts(shown.blocks) if each["text"].startswith("🚩")]
    assert flags == ["🚩 Each ⟦U+…⟧ stands for a character that nobody would see."]


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    shown = cards.card(Subject(assigned(summary="Pay 5 € to Zoë\r\nnow"), ROSTER), MARIE, LANGUAGES["en"])
    assert "🚩" not in str(shown.blocks)


HIDDEN = "\u202e\u200b\u2066\u00ad\u3164\u2800\ufe0f\u034f\u180b\U000e0041\U000e0100\ue000\x00\x1b"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
BLANK = set("\u3164\u115f\u1160\uffa0\u2800\u00a0\u034f\u180b") | {chr(n) for n in range(0xFE00, 0xFE10)}
hostile = st.text(st.sampled_from(HIDDEN + "\u0430a1@.-_/ \n\t<>&*"), max_size=120) | st.text(max_size=120)


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile)
def test_no_card_view_or_home_has_a_character_that_nobody_sees(name: str, prose: str, place: str) -> None:
    request = assigned(
        agent_name=name, agent_id=name or "a", title=prose, summary=prose, context={prose: [name, place]},
        action={"to": place}, jurisdiction=place or None, requested_by=name, domain=name or "legal",
    )  # fmt: skip
    about = Subject(request, ROSTER, name, (Question(1, name, prose, place),))
    language = LANGUAGES["en"]
    for shown in (
        cards.card(about, MARIE, language).arguments(),
        cards.card(about, None, language).arguments(),
        modals.approving(about, language),
        modals.rejecting(about, language),
        modals.details(about, [prose], language),
        bulk.approving([about, about], language),
        home.home(Inbox((Post(ROSTER, MARIE),), (about,), (about,)), {}, language, NOW),
    ):
        for each in texts(shown):
            seen = each["text"].replace("\n", "")
            assert not [c for c in seen if unicodedata.category(c) in UNSEEN or c in BLANK], each["text"]


IGNORABLE = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x2800, 0x3164, 0xFFA0, 0xE01EF, 0xE0FFF]


@pytest.mark.parametrize("point", IGNORABLE, ids=hex)
def test_what_unicode_calls_ignorable_is_invisible(point: int) -> None:
    assert text.invisible(chr(point)), unicodedata.name(chr(point), "unassigned")
