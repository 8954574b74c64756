"""Whoever runs the workspace, for test drivers: faults, clock, people, sockets, the record of calls."""

from __future__ import annotations

from typing import Any

import aiohttp

from workspace.wire import Json


class Impossible(Exception):
    """The screen does not offer what was tried; `error` is the control API's word for it."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(f"{error}: {detail}")
        self.error = error
        self.detail = detail


class Operator:
    """Whoever runs the workspace: faults, clock, people, sockets and the record of calls."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self._base = base_url.rstrip("/") + "/control"
        self._session = session

    async def post(self, path: str, **asked: Any) -> Json:
        """POST to the control API, for instance `post("clock", advance=60)`."""
        async with self._session.post(f"{self._base}/{path}", json=asked) as response:
            return await read(response)

    async def patch(self, path: str, **asked: Any) -> Json:
        """PATCH, for instance `patch("users/U0AMIR0001", deleted=True)`."""
        async with self._session.patch(f"{self._base}/{path}", json=asked) as response:
            return await read(response)

    async def state(self) -> Json:
        """The app, the teams, the people, the clock and the way to the app."""
        async with self._session.get(f"{self._base}/state") as response:
            return await read(response)

    async def calls(self, **wanted: Any) -> list[Json]:
        """The record of calls, narrowed by `name`, `way`, `ok`, `error`, `channel`, `user`, `since`."""
        query = {
            key: str(value).lower() if value in (True, False) else str(value) for key, value in wanted.items()
        }
        async with self._session.get(f"{self._base}/calls", params=query) as response:
            return list((await read(response))["calls"])

    async def clear_faults(self) -> None:
        """End every fault and any outage."""
        async with self._session.delete(f"{self._base}/faults") as response:
            await read(response)


async def read(response: aiohttp.ClientResponse) -> Json:
    """The control API's answer; raises Impossible for a 409."""
    if response.status == 409:
        refused = await response.json()
        raise Impossible(refused["error"], refused["detail"])
    response.raise_for_status()
    answer: Json = await response.json()
    return answer
