"""What the faults share: their marks, and figures for whoever wants them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.effort import Figures, factor

HERE = Path(__file__).parent
TIMEOUT_S = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is marked, and may take as much longer as there is more to do."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S * max(1, factor())))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """The figures of this test."""
    figures = Figures(request.node.nodeid.removeprefix("tests/faults/"))
    yield figures
    figures.publish()
