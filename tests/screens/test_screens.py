"""Scenes drawn in the browser; with `SCREENSHOTS` set, all of them, and kept in the documentation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.screens import album
from tests.screens.gallery import gallery, small
from tests.screens.scenes import SCENES
from tests.screens.story import story

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "docs" / "assets" / "screens"
KEPT = bool(os.environ.get("SCREENSHOTS"))

# One of each kind; the rest differs in words only.
FEW = ("invisible-and-confusable", "rejected", "thread", "refused-unknown", "approve-form", "home-inbox")


@pytest.mark.browser
@pytest.mark.parametrize("code", ["en-CA", "fr-CA"] if KEPT else ["fr-CA"])
async def test_scenes_are_drawn(page: Page, code: str) -> None:
    async with gallery(page, story(code), code) as shown:
        pictures = await shown.pictures(SCENES if KEPT else {name: SCENES[name] for name in FEW})
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())
    if KEPT:
        keep(pictures, code[:2])


def keep(pictures: dict[str, bytes], code: str) -> None:
    """Write what the documentation shows."""
    folder = SCREENS / code
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(small(picture))
    (ROOT / "docs" / "screens.md").write_text(album.page())
