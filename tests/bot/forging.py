"""A hand between Slack and the desk that changes a person's gesture on its way, over either transport."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from workspace.courier import Ack, Courier
from workspace.letters import Parcel

Forgery = Mapping[str, Any]
"""Where in the payload -> what stands there instead: `actions.0.value`, GONE for nothing at all."""

GONE = object()


@contextmanager
def forging(changes: Forgery) -> Iterator[list[Parcel]]:
    """Each gesture is changed before it leaves; gives what has left."""
    left: list[Parcel] = []
    deliver = Courier.deliver

    async def changed(self: Courier, parcel: Parcel) -> Ack:
        if parcel.kind != "events_api":
            parcel = replace(parcel, payload=forged(parcel.payload, changes))
        left.append(parcel)
        return await deliver(self, parcel)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Courier, "deliver", changed)
        yield left


def forged(payload: Mapping[str, Any], changes: Forgery) -> dict[str, Any]:
    """A copy of the payload with other values in it."""
    whole: Any = copy.deepcopy(dict(payload))
    for path, value in changes.items():
        *way, last = path.split("/")
        place: Any = whole
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is GONE:
            place.pop(last, None)
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return dict(whole)
