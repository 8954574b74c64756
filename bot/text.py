"""Words that somebody else wrote, on their way into Slack.

What cannot be seen is shown by its number, what is too long is cut and counted, and where Slack
would read markup it finds none.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

# Letters that mrkdwn reads as markup, and a letter for each that looks alike and means nothing.
LOOKALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})

INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Code points of visible categories that draw nothing: Hangul fillers, the empty Braille cell,
# the no-break space, the two ranges of variation selectors, and what Unicode calls ignorable besides:
# the grapheme joiner, two Khmer vowels and the Mongolian selectors.
INVISIBLE = frozenset(
    {0x3164, 0x115F, 0x1160, 0xFFA0, 0x2800, 0x00A0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
    | {0x034F, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F}
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fits, and how many characters of the original do not."""

    text: str
    hidden: int = 0


def escape(text: str) -> str:
    """Slack's three entities; `&` first by construction, each character being read once."""
    return "".join(ENTITIES.get(letter, letter) for letter in text)


def seen(letter: str, *, lines: bool) -> str:
    """One character as it may stand on a card: itself, or its number where it would not be seen.

    `lines` keeps line breaks and shows a tab as four spaces.
    """
    if lines and letter in "\n\t":
        return letter.replace("\t", "    ")
    return f"⟦U+{ord(letter):04X}⟧" if invisible(letter) else letter


def invisible(letter: str) -> bool:
    """Whether nobody would see this character."""
    return ord(letter) in INVISIBLE or unicodedata.category(letter) in INVISIBLE_CATEGORIES


def hides_something(written: str) -> bool:
    """Whether some character of a text will be shown by its number."""
    return any(letter not in "\n\t" and invisible(letter) for letter in plain_newlines(written))


def weight(text: str) -> int:
    """The length that Slack may count: entities for `&<>`, two units for what lies beyond 16 bits."""
    return sum(len(ENTITIES.get(letter, letter)) + (ord(letter) > 0xFFFF) for letter in text)


def fit(text: str, limit: int, *, lines: bool = True) -> Fitted:
    """As much of `text` as weighs at most `limit`, every invisible character shown, none cut in two.

    Where something is left out the text ends with an ellipsis.
    """
    whole = plain_newlines(text) if lines else text
    parts = [seen(letter, lines=lines) for letter in whole]
    weights = [weight(part) for part in parts]
    if sum(weights) <= limit:
        return Fitted("".join(parts))
    kept, room = 0, limit - 1
    while kept < len(parts) and weights[kept] <= room:
        room -= weights[kept]
        kept += 1
    return Fitted("".join(parts[:kept]) + "…", len(parts) - kept)


def line(text: str, limit: int) -> str:
    """`text` as one line of at most `limit`, for a place where the rest does not matter."""
    return fit(text, limit, lines=False).text


def inert(text: str, limit: int) -> str:
    """`text` as one line of mrkdwn in which nothing is markup, a mention or a link."""
    return escape(line(text, limit).translate(LOOKALIKES))


def chunks(text: str, limit: int) -> list[str]:
    """All of `text` in pieces that weigh at most `limit`, cut at line breaks where there are any."""
    pieces: list[str] = []
    piece, room = "", limit
    for row in plain_newlines(text).splitlines(keepends=True):
        for part in _rows(row, limit):
            size = weight(part)
            if size > room:
                pieces.append(piece)
                piece, room = "", limit
            piece += part
            room -= size
    return [kept for kept in (*pieces, piece) if kept]


def plain_newlines(text: str) -> str:
    """CR LF as LF; a CR alone stays and will be seen."""
    return text.replace("\r\n", "\n")


def _rows(row: str, limit: int) -> list[str]:
    """One row with everything seen, cut where it is heavier than `limit`."""
    rows, part, room = [], "", limit
    for shown in (seen(letter, lines=True) for letter in row):
        size = weight(shown)
        if size > room:
            rows.append(part)
            part, room = "", limit
        part += shown
        room -= size
    return [*rows, part]
