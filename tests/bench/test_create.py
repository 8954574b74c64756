"""The benchmark of creating: what it reads, and when it says that its figures mean nothing."""

import json
import os
import shutil
from typing import Any

import pytest

from bench import create
from bench.__main__ import main
from bench.load import Figures, NotAllGood, figures

LINE = {"good": 4000, "bad": 0, "broken": 0, "seconds": 2.0, "p50_ms": 0.5, "p99_ms": 1.5, "first_bad": ""}


def output(**changes: Any) -> str:
    """What wrk prints, with our line at the end."""
    return "Running 2s test\n  1 threads\n\n" + json.dumps(LINE | changes) + "\n"


def test_the_figures_of_a_run() -> None:
    assert figures(output()) == Figures(rate=2000.0, p50_ms=0.5, p99_ms=1.5)


@pytest.mark.parametrize(
    "changes", [{"bad": 1, "first_bad": "429 slow down"}, {"broken": 1}, {"good": 0}], ids=str
)
def test_one_answer_that_is_not_2xx_spoils_a_run(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAllGood):
        figures(output(**changes))


def test_medians() -> None:
    runs = [Figures(1, 9, 5), Figures(100, 1, 4), Figures(3, 2, 99)]
    assert create.middle(runs) == Figures(3, 2, 5)


@pytest.mark.parametrize(("desk_rate", "holds"), [(1000.0, True), (999.0, False)])
def test_a_ratio_under_the_least_fails(
    desk_rate: float, holds: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = {n: [Figures(10_000.0, 0.1, 0.2)] for n in create.CONNECTIONS}
    desk = {1: [Figures(2_000.0, 0.5, 1.0)], 32: [Figures(desk_rate, 0.5, 1.0)]}
    assert create.report(bare, desk) is holds
    shown = capsys.readouterr().out
    assert "0.200" in shown
    assert shown.splitlines()[-1].startswith("ok" if holds else "wrong")


def test_without_wrk_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main([]) == 1
    assert "not comparable: wrk is not installed" in capsys.readouterr().err


def test_with_one_core_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "wrk")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert main([]) == 1
    assert "not comparable: it takes two cores" in capsys.readouterr().err
