"""Bring the message catalogues of `bot/locales` up to date with the code: `python -m scripts.catalogues`.

New messages come in untranslated, changed ones marked fuzzy; the tests fail until both are done.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "bot" / "locales"
SOURCE = "en"

# Without dates and names, so that an update changes nothing but messages.
HEADER = """# What Sentinel Desk says in Slack.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""

KEYWORDS = {
    "gettext": None,
    "msgid": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    # Short for pgettext where many labels stand together.
    "_": ((1, "c"), 2),
}


def extracted() -> Catalog:
    """Every message that the bot's code can say."""
    catalogue = Catalog()
    found = extract_from_dir(ROOT / "bot", [("**.py", "python")], keywords=KEYWORDS)
    for file, line, message, comments, context in found:
        catalogue.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return catalogue


def read(code: str) -> Catalog:
    """One language's catalogue as it is committed."""
    with (LOCALES / code / "desk.po").open("rb") as file:
        return read_po(file, locale=code)


def update(code: str) -> int:
    """Write a catalogue anew; how many messages have to be translated."""
    path = LOCALES / code / "desk.po"
    catalogue = read(code) if path.exists() else Catalog(locale=code)
    catalogue.update(extracted(), no_fuzzy_matching=code == SOURCE)
    catalogue.obsolete.clear()
    if code == SOURCE:
        for message in catalogue:
            message.string = message.id
    body = io.BytesIO()
    write_po(body, catalogue, sort_output=True, include_lineno=False, omit_header=True, width=100)
    path.write_text(HEADER.format(code=code, plural=catalogue.plural_forms) + body.getvalue().decode())
    return sum(not all(_strings(message.string)) or message.fuzzy for message in catalogue if message.id)


def _strings(string: object) -> tuple[object, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    for each in sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir()):
        sys.stdout.write(f"{each}: {update(each)} to translate\n")
