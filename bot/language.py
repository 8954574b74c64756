"""The reader's language: words from the catalogues, dates in their zone.

The catalogues are read once, by `read_catalogues`; each message is named by its English text.
`pgettext` contexts name a place with a limit of its own: `title` (24 characters), `button` (75),
`confirm` (30), `option` (75), `placeholder` (150), `header` (150).
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "desk.po"
SOURCE = "en"


def msgid(message: str) -> str:
    """Marks a message that is translated later, where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """One reader's language and zone."""

    locale: Locale
    zone: ZoneInfo
    translations: gettext.NullTranslations

    @property
    def code(self) -> str:
        """The locale's name: `fr_CA`."""
        return str(self.locale)

    def gettext(self, message: str, **values: object) -> str:
        """`message` in this language, `{names}` filled in."""
        return self.translations.gettext(message).format(**values)

    def pgettext(self, context: str, message: str, **values: object) -> str:
        """The same for a place with a limit of its own."""
        return self.translations.pgettext(context, message).format(**values)

    def ngettext(self, singular: str, plural: str, n: int, **values: object) -> str:
        """The form for `n`; `{n}` is filled in as a number of this language."""
        form = self.translations.ngettext(singular, plural, n)
        return form.format(n=_spaced(format_decimal(n, locale=self.locale)), **values)

    def script(self, code: str) -> str:
        """An alphabet by its ISO 15924 code, as a word of this language: "Cyrillic"."""
        return str(self.locale.scripts.get(code, code))

    def moment(self, at: datetime) -> str:
        """Date and time in the reader's own zone; where that is not known, in UTC, and it says so."""
        date = format_date(at.astimezone(self.zone), "medium", locale=self.locale)
        time = format_time(at, "short", tzinfo=self.zone, locale=self.locale)
        # As Slack writes it where the hour has a letter after it: "3 h 15", and not "03 h 15".
        time = re.sub(r"^0(?=\d\sh)", "", time)
        both = self.locale.datetime_formats["medium"].replace("{1}", date).replace("{0}", time)
        return _spaced(f"{both} UTC" if self.zone.key == "UTC" else both)

    def dated(self, at: datetime) -> str:
        """mrkdwn that Slack shows in the zone of whoever reads it, with this reader's as the fallback."""
        return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{self.moment(at)}>"


class Catalogues:
    """All languages that the desk speaks."""

    def __init__(self, translations: Mapping[str, gettext.NullTranslations]) -> None:
        self._translations = dict(translations)

    @property
    def codes(self) -> tuple[str, ...]:
        """The languages, the source first."""
        return tuple(sorted(self._translations, key=lambda code: (code != SOURCE, code)))

    @property
    def names(self) -> dict[str, str]:
        """Each language by its own name."""
        return {code: Locale.parse(code).get_display_name(code) or code for code in self.codes}

    def language(self, wanted: Sequence[str | None], zone: str | None = None) -> Language:
        """The first of the wanted locales that is spoken here, else English. `fr-CA` is met by `fr`."""
        for locale in filter(None, map(_locale, wanted)):
            for code in (str(locale), locale.language):
                if code in self._translations:
                    return Language(locale, _zone(zone), self._translations[code])
        return Language(Locale.parse(SOURCE), _zone(zone), self._translations[SOURCE])


def read_catalogues(folder: Path = LOCALES) -> Catalogues:
    """Read every `CODE/desk.po` of the folder."""
    return Catalogues({path.parent.name: _read(path) for path in sorted(folder.glob(f"*/{DOMAIN}"))})


def best_locale(spoken: Sequence[str], slack: str | None) -> tuple[str, ...]:
    """The locales to try for a person who speaks `spoken`, the first best, and whose Slack is set to `slack`.

    What the team wrote wins over Slack; where both name the same language, Slack's `fr-CA` is more
    exact than `fr`.
    """
    if slack is None:
        return tuple(spoken)
    same = bool(spoken) and _language_of(spoken[0]) == _language_of(slack)
    return (slack, *spoken) if same or not spoken else (*spoken, slack)


def _language_of(locale: str) -> str:
    return locale.replace("_", "-").split("-")[0].casefold()


def _spaced(written: str) -> str:
    """With plain spaces, because the no-break ones would be shown by their numbers beside others' words."""
    return written.replace("\u00a0", " ").replace("\u202f", " ")


def _read(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _locale(name: str | None) -> Locale | None:
    try:
        return Locale.parse(name.replace("-", "_")) if name else None
    except (ValueError, UnknownLocaleError):
        return None


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
