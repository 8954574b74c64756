"""The soak's figures: how they are judged and printed, and that every one can be asked for by name."""

import asyncio
from pathlib import Path

import pytest

from bench.soak import __main__ as soak
from bench.soak.desks import Ground
from bench.soak.figure import Effort, Figure, p99


def test_what_99_of_100_do_not_exceed() -> None:
    assert p99([float(n) for n in range(1, 101)]) == 99
    assert p99([3.0, 1.0, 2.0]) == 3


@pytest.mark.parametrize(("minutes", "count"), [(60, 2000), (20, 2000), (5, 500), (0.0001, 1)])
def test_a_shorter_run_counts_less_and_a_longer_one_no_more(minutes: float, count: int) -> None:
    assert Effort(minutes).count(2000) == count


@pytest.mark.parametrize(("holds", "word"), [(True, "ok"), (False, "SHORT"), (None, "-")])
def test_a_line_says_figure_target_and_command(holds: bool | None, word: str) -> None:
    line = Figure("I-6", "lag", "0.4 s", "2 s", holds).line("make soak ARGS=expiry")
    assert line.split() == f"{word} I-6 lag: 0.4 s (target 2 s) [make soak ARGS=expiry]".split()


def test_one_that_cannot_be_measured_falls_short_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def broken(ground: Ground, effort: Effort) -> list[Figure]:
        raise RuntimeError("on purpose")

    async def good(ground: Ground, effort: Effort) -> list[Figure]:
        return [Figure("I-1", "something", "0", "0", True)]

    monkeypatch.setattr(soak, "MEASUREMENTS", {"broken": broken, "good": good})
    monkeypatch.setattr(soak, "ground", lambda folder: _Nowhere(tmp_path))
    assert not asyncio.run(soak.measure(["broken", "good"], Effort(1)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if "[" in line] == ["SHORT", "ok"]


class _Nowhere:
    """Ground without a database server."""

    def __init__(self, folder: Path) -> None:
        self._ground = Ground(folder, None)

    def __enter__(self) -> Ground:
        return self._ground

    def __exit__(self, *_: object) -> None:
        """Nothing was put up."""
