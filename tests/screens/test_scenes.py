"""Every scene in both languages is what Slack takes, and the page of pictures shows each of them."""

from itertools import chain
from pathlib import Path

import pytest

from bot.message import Message
from bot.validator import check_message, check_view, texts
from tests.bot.speaking import strict
from tests.screens import album
from tests.screens.scenes import SCENES, Thread, Whisper
from tests.screens.story import Story
from workspace.blockkit.surfaces import check_view as slack_takes_view

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "docs" / "assets" / "screens"
CODES = ("en", "fr-CA")


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("code", CODES)
def test_a_scene_is_what_slack_takes(name: str, code: str) -> None:
    shown = SCENES[name](Story(strict(code)))
    if isinstance(shown, Thread):
        for message in (shown.card, *shown.replies):
            assert check_message(message.arguments()) == []
    elif isinstance(shown, Message):
        assert check_message(shown.arguments()) == []
    elif isinstance(shown, Whisper):
        assert shown.told.strip()
    else:
        assert check_view(shown) == []
        slack_takes_view(shown, "modal", "home")


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("code", CODES)
def test_no_sentence_ends_twice(name: str, code: str) -> None:
    shown = SCENES[name](Story(strict(code)))
    said = shown.told if isinstance(shown, Whisper) else "\n".join(t["text"] for t in texts(_blocks(shown)))
    assert ".." not in said.replace("...", "")


def test_the_page_of_pictures_shows_every_scene() -> None:
    assert sorted(chain.from_iterable(album.SECTIONS.values())) == sorted(SCENES)
    assert (ROOT / "docs" / "screens.md").read_text() == album.page(), "run `make screenshots`"
    for code in ("en", "fr"):
        assert sorted(p.stem for p in (SCREENS / code).glob("*.png")) == sorted(SCENES)


def _blocks(shown: object) -> object:
    if isinstance(shown, Thread):
        return [message.arguments() for message in (shown.card, *shown.replies)]
    return shown.arguments() if isinstance(shown, Message) else shown
