"""The pages that end an installation: where to go on, or why it did not happen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template

from approvals.installations import Installation
from bot.language import Language, msgid

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The address of the page holds a code and a state: nobody else is told of it."""

_REASONS = {
    "access_denied": msgid("You did not allow it, so nothing was installed."),
    "invalid_browser": msgid("This link was not made for this browser, so nothing was installed."),
    "invalid_state": msgid("This link is too old, or was used already, so nothing was installed."),
    "invalid_code": msgid("Slack did not confirm it, so nothing was installed."),
    "storage_error": msgid("The desk's database did not answer, so nothing was installed."),
}

_OTHERWISE = msgid("Slack did not go through with it ({reason}), so nothing was installed.")

_PAGE = Template("""<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
code { background: #eef1f5; color: #1d3557; padding: .15rem .35rem; border-radius: .25rem; }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #e6e9ee; } a { color: #8ab4f8; } }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$text
</main>
</body>
</html>
""")


def installed(installation: Installation, language: Language) -> str:
    """It is done; what to write in desk.yml next."""
    named = f"<strong>{escape(installation.name or installation.key)}</strong>"
    first = language.gettext("Sentinel Desk is in {workspace} now.", workspace=named)
    line = f"<code>workspace: {escape(installation.key)}</code>"
    then = language.gettext(
        "It is silent there until a project names this workspace: write {line} in desk.yml, and apply it.",
        line=line,
    )
    return _page(language.gettext("✅ Installed"), [first, then], language)


def refused(reason: str, language: Language, again: str) -> str:
    """It did not happen; `again` is where one starts anew."""
    told = escape(language.gettext(_REASONS.get(reason, _OTHERWISE), reason=reason[:40]))
    anew = escape(language.gettext("Start again"))
    link = f'<a href="{escape(again)}">{anew}</a>'
    return _page(language.gettext("🚫 Not installed"), [told, link], language)


def _page(title: str, paragraphs: list[str], language: Language) -> str:
    text = "\n".join(f"<p>{each}</p>" for each in paragraphs)
    return _PAGE.substitute(lang=language.code.replace("_", "-"), title=escape(title), text=text)
