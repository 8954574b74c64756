"""The fixtures that bring a machine of their own: PostgreSQL, the browser, and the rule about skips."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Page

from tests import browser, postgres

ROOT = Path(__file__).parent.parent


def driverless(url: str) -> str:
    return url.replace("postgresql+asyncpg:", "postgresql:")


@pytest.mark.postgres
async def test_each_test_has_a_database_of_its_own(postgres_url: str, postgres_empty_url: str) -> None:
    ours = await asyncpg.connect(driverless(postgres_url))
    other = await asyncpg.connect(driverless(postgres_empty_url))
    try:
        assert await ours.fetchval("SELECT version_num FROM alembic_version"), "copied from a migrated one"
        await ours.execute("CREATE TABLE seen_by_one ()")
        assert await ours.fetchval("SELECT to_regclass('seen_by_one')") == "seen_by_one"
        assert await other.fetchval("SELECT to_regclass('seen_by_one')") is None
        assert await other.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    finally:
        await ours.close()
        await other.close()


@pytest.mark.postgres
async def test_a_database_goes_although_somebody_uses_it(postgres_server: postgres.Server) -> None:
    with postgres_server.database() as name:
        connection = await asyncpg.connect(driverless(postgres_server.at(name)))
    connection.terminate()
    left = await asyncpg.connect(postgres_server.url)
    try:
        assert await left.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 0
    finally:
        await left.close()


@pytest.mark.browser
async def test_the_browser_runs_a_page(page: Page) -> None:
    await page.set_content("<button onclick='this.textContent = 6 * 7'>?</button>")
    await page.get_by_role("button").click()
    assert await page.get_by_role("button").inner_text() == "42"


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "binaries", lambda: None)
    assert "apt install postgresql" in str(postgres.reason_against())


def test_a_machine_without_chromium_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert browser.executable() is None


def test_a_machine_on_which_playwright_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho node: libatomic.so.1 is missing >&2; exit 127\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert browser.driver_error() == "node: libatomic.so.1 is missing"


SKIPPED = """
import pytest

@pytest.mark.postgres
def test_skipped(): pytest.skip("not today")

@pytest.mark.postgres
@pytest.mark.skipif(True, reason="not today")
def test_never_started(): ...
"""


@pytest.mark.parametrize(
    ("require", "outcome"),
    [("", "2 skipped"), ("browser", "2 skipped"), ("browser,postgres", "1 failed, 1 error")],
)
def test_ci_fails_what_others_skip(tmp_path: Path, require: str, outcome: str) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    postgres\n")
    (tmp_path / "test_it.py").write_text(SKIPPED)
    bare = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TEST_REQUIRE": require}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env={**os.environ, **bare},
        capture_output=True,
        text=True,
    )
    assert outcome in ran.stdout, ran.stdout + ran.stderr
