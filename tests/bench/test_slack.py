"""The benchmark of the Slack door: its percentiles, its verdicts, and what counts as an answer."""

from typing import Any

import pytest

from bench import slack
from bench.reviewers import DESK_YML, Seen
from bench.slack import Acks
from deskfile import parse
from workspace.seen import Outcome

NOTHING = {
    "warning": "",
    "cancelled": False,
    "confirm": None,
    "modal": None,
    "modal_opened": False,
    "modal_closed": False,
    "home": None,
    "ephemerals": [],
    "messages": [],
    "changed": [],
    "deleted": [],
}


def test_percentiles_by_rank() -> None:
    assert slack.acks([float(n) for n in range(1, 201)]) == Acks(200, 101.0, 199.0)
    assert slack.acks([7.0]) == Acks(1, 7.0, 7.0)


@pytest.mark.parametrize(
    ("p99", "silent", "rate", "holds"),
    [
        (499.0, [], 1.0, True),
        (501.0, [], 1.0, False),
        (10.0, ["late click: nothing to see within 3 s"], 1.0, False),
        (10.0, [], 0.89, False),
    ],
)
def test_a_late_ack_a_silent_click_or_a_slow_catch_up_fails(
    p99: float, silent: list[str], rate: float, holds: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = {name: Acks(100, 2.0, 5.0) for name in slack.TRANSPORTS}
    desk = {"http": Acks(100, 9.0, p99), "socket": Acks(100, 9.0, 20.0)}
    assert slack.report(bare, desk, Seen(100, silent), rate) is holds
    told = capsys.readouterr().out
    assert ("wrong" in told) is not holds
    assert all(line in told for line in silent)


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        ({}, False),
        ({"warning": "operation_timeout"}, False),
        ({"deleted": ["1.0"]}, True),
        ({"warning": "operation_timeout", "modal_closed": True}, True),
    ],
    ids=str,
)
def test_what_counts_as_an_answer(shown: dict[str, Any], answered: bool) -> None:
    seen = Seen()
    seen.note("click", Outcome(NOTHING | shown))
    assert (seen.answered, len(seen.silent)) == (int(answered), int(not answered))


def test_the_roster_of_the_benchmark_is_one() -> None:
    wanted = parse(DESK_YML).wanted
    assert len(wanted.sentinels) == 32
