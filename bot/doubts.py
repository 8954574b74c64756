"""What a reader is warned of before they read what somebody else wrote. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from bot import text
from bot.blocks import Block, context, theirs, words
from bot.confusables import MOST, Confusable, Kind, confusables
from bot.language import Language

WORD = 80
"""How much of a word is quoted; what gives it away is told beside it."""


def doubts(written: Iterable[str], language: Language) -> list[Block]:
    """One line of small print for each doubt about these texts; nothing where there is none."""
    texts = list(written)
    found = islice((each for one in texts for each in confusables(one)), MOST)
    told = [theirs(_WORDS[each.kind](each, language)) for each in found]
    if any(map(text.hides_something, texts)):
        told.append(words(language.gettext("🚩 Each ⟦U+…⟧ stands for a character that nobody would see.")))
    return [context(*told)] if told else []


def _mixed(found: Confusable, language: Language) -> str:
    return language.gettext(
        "🚩 Look twice: {word} mixes alphabets, “{letter}” is {script}.", **_values(found, language)
    )


def _disguised(found: Confusable, language: Language) -> str:
    return language.gettext(
        "🚩 Look twice: {word} only looks Latin, “{letter}” is {script}.", **_values(found, language)
    )


def _formed(found: Confusable, language: Language) -> str:
    return language.gettext(
        "🚩 Look twice: {word} is written in special letters and reads as {plain}.",
        **_values(found, language),
    )


def _values(found: Confusable, language: Language) -> dict[str, str]:
    return {
        "word": text.line(found.word, WORD),
        "letter": text.line(found.letter, WORD),
        "script": language.script(found.script),
        "plain": text.line(found.reads_as, WORD),
    }


_WORDS: dict[Kind, Callable[[Confusable, Language], str]] = {
    Kind.MIXED: _mixed,
    Kind.DISGUISED: _disguised,
    Kind.FORMED: _formed,
}
