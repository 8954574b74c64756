"""An amendment that names other people: who has the request afterwards."""

import pytest

from approvals.commands import Amend, Escalate, Start
from approvals.model import Door, SentinelId
from tests.approvals.conftest import Desk
from tests.builders import PROJECT, a_wanted


def preferring(request_id: str, *numbers: int) -> Amend:
    """An amendment that wants one of these Sentinels."""
    return Amend(PROJECT, request_id, "key", preferred=tuple(map(SentinelId, numbers)))  # type: ignore[arg-type]


async def test_it_goes_to_whoever_is_preferred_now(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2))
    request = await desk.ask()
    amended = await desk.approvals.amend(preferring(request.id, 2))
    assert (amended.assigned_to, amended.recipients) == (2, (1, 2))
    assert (await desk.load(1), await desk.load(2)) == (0, 1)
    assert (await desk.kinds(request))[-2:] == ["amended", "assigned"]
    assert (await desk.facts(request))[-2].data["fields"] == ["preferred"]


async def test_it_stays_with_a_holder_who_is_preferred_too(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2))
    request = await desk.ask()
    amended = await desk.approvals.amend(preferring(request.id, 2, 1))
    assert amended.assigned_to == 1
    assert (await desk.kinds(request))[-1] == "amended"


@pytest.mark.parametrize("unfit", [{"domains": {"finance"}}, {"jurisdictions": ("FR",)}, {"capacity": 0}])
async def test_it_goes_to_nobody_who_cannot_receive_it(desk: Desk, unfit: dict[str, object]) -> None:
    await desk.staff(a_wanted(1), a_wanted(2, **unfit))
    request = await desk.ask()
    amended = await desk.approvals.amend(preferring(request.id, 2))
    assert (amended.assigned_to, amended.preferred) == (1, (2,))


async def test_it_leaves_nobody_s_hands_who_has_started(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2))
    request = await desk.ask()
    await desk.approvals.start(Start(PROJECT, request.id, SentinelId(1)))
    assert (await desk.approvals.amend(preferring(request.id, 2))).assigned_to == 1


async def test_it_does_not_come_back_to_a_lower_tier(desk: Desk) -> None:
    await desk.staff(a_wanted(1), a_wanted(2), a_wanted(3, tier=2))
    request = await desk.ask()
    await desk.approvals.escalate(Escalate(PROJECT, request.id, SentinelId(1), Door.API, "Up."))
    assert (await desk.approvals.amend(preferring(request.id, 1, 2))).assigned_to == 3
