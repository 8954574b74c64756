"""Only this machine, only under loopback names, and no foreign page pulls the strings."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from tests.ports import unused_port
from tests.workspace.conftest import CLAIRE, Desk, serving
from workspace import Seed, Workspace, build
from workspace.driver import Person
from workspace.guard import is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:80", "127.9.9.9", "[::1]:8080", "a.localhost"]
)
def test_loopback_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "", "localhost.evil.example", "[::"],
)
def test_other_names(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("path", ["/", "/control/state", "/api/auth.test", "/socket/x", "/page/main.js"])
async def test_a_rebound_name_is_refused(desk: Desk, path: str) -> None:
    async with desk.session.get(desk.ws.base_url + path, headers={"Host": "evil.example"}) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_foreign_pages_change_nothing(desk: Desk, headers: dict[str, str], status: int) -> None:
    url = f"{desk.ws.base_url}/control/clock"
    async with desk.session.post(url, json={"advance": 1}, headers=headers) as response:
        assert response.status == status


async def test_the_own_page_may(desk: Desk) -> None:
    headers = {"Origin": desk.ws.base_url}
    async with desk.session.post(f"{desk.ws.base_url}/control/clock", json={}, headers=headers) as response:
        assert response.status == 200


async def test_control_takes_json_only(desk: Desk) -> None:
    async with desk.session.post(f"{desk.ws.base_url}/control/clock", data=b"{}") as response:
        assert response.status == 415
    headers = {"Content-Type": "application/json"}
    for body, status in ((b"{", 400), (b"[]", 400), (b"", 200)):
        url = f"{desk.ws.base_url}/control/clock"
        async with desk.session.post(url, data=body, headers=headers) as response:
            assert response.status == status


async def test_the_page_has_a_strict_policy(desk: Desk) -> None:
    async with desk.session.get(desk.ws.base_url + "/") as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in text
    assert " style=" not in text


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fguard.py", "%2e%2e/guard.py", "consent.py"])
async def test_only_the_pages_files_are_served(desk: Desk, name: str) -> None:
    async with desk.session.get(f"{desk.ws.base_url}/page/{name}") as response:
        assert response.status == 404


async def test_it_works_under_a_prefix() -> None:
    port = unused_port()
    ws = Workspace(Seed.strict(), base_url=f"http://127.0.0.1:{port}/workspace")
    outer = web.Application()
    outer.add_subapp("/workspace", build(ws))
    async with serving(outer, port), aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {ws.bot_token}"}
        url = ws.api_url + "chat.postMessage"
        async with session.post(url, json={"channel": CLAIRE, "text": "hello"}, headers=headers) as response:
            assert (await response.json())["ok"]
        assert (await Person(ws.base_url, CLAIRE, session).last("dm")).text == "hello"
        async with session.get(ws.base_url + "?view=home") as response:
            assert (response.status, str(response.url)) == (200, ws.base_url + "/?view=home")
        async with session.get(ws.base_url + "/control/state", headers={"Host": "evil.example"}) as response:
            assert response.status == 403
        headers = {"Authorization": f"Bearer {ws.app_token}"}
        async with session.post(ws.api_url + "apps.connections.open", headers=headers) as response:
            socket = await session.ws_connect((await response.json())["url"])
            assert (await socket.receive_json())["type"] == "hello"
            await socket.close()
