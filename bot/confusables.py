"""Words that look like other words: hosts, addresses and ids in what an agent wrote. Pure.

After Unicode's TR39: letters of two alphabets in one word, a word of another alphabet that reads as Latin,
letters of a special form that stand for plain ones, and hosts in punycode that hide any of these. What
looks alike within ASCII (`rn` and `m`, `0` and `O`) is left to the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice

MOST = 3
"""How many are told of; one who plants a hundred is found out by three."""

# The first word of a letter's Unicode name -> the script's ISO 15924 code, by which Babel names it.
_SCRIPTS = {
    "ARABIC": "Arab", "ARMENIAN": "Armn", "BENGALI": "Beng", "BOPOMOFO": "Bopo", "CHEROKEE": "Cher",
    "CJK": "Hani", "COPTIC": "Copt", "CYRILLIC": "Cyrl", "DEVANAGARI": "Deva", "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor", "GREEK": "Grek", "HANGUL": "Hang", "HEBREW": "Hebr", "HIRAGANA": "Hira",
    "KATAKANA": "Kana", "LATIN": "Latn", "LISU": "Lisu", "TAMIL": "Taml", "THAI": "Thai",
}  # fmt: skip

_LATIN = "Latn"

# Scripts that are written together; Latin beside them is common too.
_TOGETHER = ({_LATIN, "Hani", "Hira", "Kana"}, {_LATIN, "Hani", "Bopo"}, {_LATIN, "Hani", "Hang"})

# In prose a formula such as `Δt` or `kΩ` is nothing to warn of.
_IN_PROSE = {"Armn", "Cher", "Cyrl", "Lisu"}

# Letters of other alphabets that nobody tells from the Latin ones beside them.
_LATIN_LIKE = frozenset(
    "авекмнорстуухѕіјһԁԛԝѵӏьпгАВЕКМНОРСТУХЅІЈԌԚԜѴӀГ"
    "αικνορτυχγηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "ոսօցհԱՍՕՏᎪᎬᎻᎫᎠᎡᎢᎳᏀᏃᏢᏴꓐꓑꓓꓔꓖꓗꓜꓝꓞꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ"
)

_FORMS = ("<font>", "<wide>", "<narrow>")

_WORD = re.compile(r"[^\s<>()\[\]{}\"'«»“”‘’,;|]+")
_ADDRESS = re.compile(r"[@_0-9]|://|\w\.\w|\w-\w")
_PARTS = re.compile(r"[^\W\d_]+")


class Kind(StrEnum):
    """What is wrong with a word."""

    MIXED = "mixed"
    DISGUISED = "disguised"
    FORMED = "formed"


@dataclass(frozen=True, slots=True)
class Confusable:
    """A word that may be taken for another: the letter that gives it away, and that letter's script.

    `reads_as` is what a word of special letters reads as, else empty.
    """

    word: str
    kind: Kind
    letter: str
    script: str
    reads_as: str = ""


def confusables(text: str) -> list[Confusable]:
    """The first few in a text, each word once."""
    if text.isascii() and "xn--" not in text.casefold():
        return []
    return list(islice(_found(text), MOST))


def _found(text: str) -> Iterator[Confusable]:
    seen: set[str] = set()
    for match in _WORD.finditer(text):
        word = match[0].strip(".:!?…")
        if word in seen or (word.isascii() and "xn--" not in word.casefold()):
            continue
        seen.add(word)
        found = _judged(word)
        if found is not None:
            yield found


def _judged(word: str) -> Confusable | None:
    read = _unpunycoded(word)
    address = read != word or bool(_ADDRESS.search(word))
    for run in _PARTS.findall(read):
        found = _mixed(word, run, address=address) or (_disguised(word, run) if address else None)
        if found is not None:
            return found
    return _formed(word, read) if address else None


def _mixed(word: str, run: str, *, address: bool) -> Confusable | None:
    scripts = {letter: _script(letter) for letter in run}
    used = set(filter(None, scripts.values()))
    if len(used) < 2 or any(used <= together for together in _TOGETHER):
        return None
    if not address and used.isdisjoint(_IN_PROSE):
        return None
    strange = next(letter for letter, script in scripts.items() if script and script != _LATIN)
    return Confusable(word, Kind.MIXED, strange, scripts[strange] or "")


def _disguised(word: str, run: str) -> Confusable | None:
    if not set(run) <= _LATIN_LIKE:
        return None
    return Confusable(word, Kind.DISGUISED, run[0], _script(run[0]) or "")


def _formed(word: str, read: str) -> Confusable | None:
    """Full-width and mathematical letters and digits, which stand for plain ones."""
    strange = next((c for c in read if unicodedata.decomposition(c).startswith(_FORMS)), None)
    if strange is None:
        return None
    return Confusable(word, Kind.FORMED, strange, "", unicodedata.normalize("NFKC", read))


def _unpunycoded(word: str) -> str:
    return re.sub(r"xn--([a-z0-9-]+)", _label, word, flags=re.IGNORECASE)


def _label(match: re.Match[str]) -> str:
    try:
        return match[1].encode("ascii").decode("punycode")
    except UnicodeError:
        return match[0]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str | None:
    """A letter's script; None for what belongs to none, or to none that is known here."""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0])
