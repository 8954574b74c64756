"""A browser for the tests: Debian's Chromium, headless, driven by Playwright."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.require import missing

# No sandbox: root may not use it. The rest keeps Chromium from calling home, which a closed network refuses
# and which would make a test's traffic hard to read.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """Chromium's path: `TEST_CHROMIUM`, Debian's, or one on PATH."""
    if chosen := os.environ.get("TEST_CHROMIUM"):
        return chosen
    return "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else shutil.which("chromium")


def driver_error() -> str | None:
    """Why Playwright's driver does not start, or None: its Node needs a library of the system's."""
    tried = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True)
    return None if tried.returncode == 0 else (tried.stderr.strip() or "no reason given").splitlines()[-1]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The executable; skips (or fails, see `tests/require.py`) where no browser can be driven."""
    path = executable()
    if path is None:
        missing("browser", "no Chromium (Debian: apt install chromium), and no TEST_CHROMIUM")
    if error := driver_error():
        missing("browser", f"Playwright does not start (Debian: apt install libatomic1): {error}")
    return path


@pytest.fixture
async def browser(chromium_path: str) -> AsyncGenerator[Browser]:
    """A running Chromium of the test's own."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncGenerator[Page]:
    """A page of 1280 by 800 in a profile of its own; an error of its scripts fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert not errors, f"the page's scripts raised: {errors}"
