"""What the whole suite shares: the fixtures of every folder, and that CI skips nothing it must run."""

from collections.abc import Generator

import pytest

from tests.browser import browser, chromium_path, page
from tests.postgres import postgres_empty_url, postgres_server, postgres_template, postgres_url
from tests.require import required

__all__ = [
    "browser",
    "chromium_path",
    "page",
    "postgres_empty_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where what the test's marker names is required (`tests/require.py`)."""
    report = yield
    marks = sorted(name for name in required() if item.get_closest_marker(name))
    if report.skipped and marks and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{', '.join(marks)} is required here, and the test was skipped: {report.longrepr}"
    return report
