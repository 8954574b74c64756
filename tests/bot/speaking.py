"""Languages for tests: strict ones that refuse unknown messages, and one that nobody speaks."""

from __future__ import annotations

import gettext
import re
from zoneinfo import ZoneInfo

from babel import Locale

from bot.language import Language, read_catalogues

CATALOGUES = read_catalogues()

ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")


class Strict(gettext.NullTranslations):
    """Says what a catalogue says, and raises where it says nothing."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._inner = CATALOGUES.language([code]).translations

    def gettext(self, message: str) -> str:
        return self._found(self._inner.gettext(message), message)

    def pgettext(self, context: str, message: str) -> str:
        return self._found(self._inner.pgettext(context, message), f"{context}\x04{message}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._found(self._inner.ngettext(msgid1, msgid2, n), (msgid1, 1))

    def _found(self, said: str, key: object) -> str:
        known = self._inner._catalog  # type: ignore[attr-defined]
        assert key in known, f"not in the catalogue: {key!r}"
        return said


class Pseudo(gettext.NullTranslations):
    """40 % longer, with accents, and with a word that is written from right to left."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(\{[a-z]+\})", message)
        accented = "".join(part if part.startswith("{") else part.translate(ACCENTS) for part in parts)
        return accented + "~" * max(0, round(len(message) * 0.4) - 3) + "שלום"[:3]

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def strict(code: str) -> Language:
    """A language whose catalogue must know everything that is said."""
    zone = "America/Toronto" if code.startswith("fr") else "Europe/London"
    return Language(Locale.parse(code.replace("-", "_")), ZoneInfo(zone), Strict(code))


def pseudo() -> Language:
    """A language that shows what no translator has seen."""
    return Language(Locale.parse("he"), ZoneInfo("Asia/Tokyo"), Pseudo())


LANGUAGES = {"en": strict("en"), "fr-CA": strict("fr-CA"), "pseudo": pseudo()}
