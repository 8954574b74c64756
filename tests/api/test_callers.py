"""Keys that may be used from some networks only: the socket's address counts, or a trusted proxy's word."""

from ipaddress import ip_network
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from api.callers import client
from approvals.keys import Rate
from approvals.model import KeyId
from tests.api.bench import Bench, opened
from tests.api.test_bodies import message

LOOPBACK = ip_network("127.0.0.0/8")
OFFICE = ip_network("192.0.2.0/24")
OFFICE_6 = ip_network("2001:db8::/32")

ROUTES = {
    "humanlayer": "/ai-request?agent_id=a",
    "humanapproval": "/api/v1/requests",
    "humancheck": "/reviews",
    "hitl": "/v1/reviews",
    "desk": "/desk/v1/sentinels",
}


async def status(bench: Bench, key: str, *forwarded: str) -> int:
    """What a list answers, with these lines of `X-Forwarded-For`."""
    headers = [("x-api-key", key), *(("X-Forwarded-For", line) for line in forwarded)]
    async with bench.client.session.get(
        bench.client.make_url(ROUTES["humanlayer"]), headers=headers
    ) as answer:
        return answer.status


@pytest.mark.parametrize("name", ROUTES)
async def test_a_key_is_refused_from_elsewhere_in_every_shape(bench: Bench, name: str) -> None:
    refused = await bench.call("GET", ROUTES[name], await bench.key(networks=(OFFICE,)))
    told = message(name, await refused.json())
    assert refused.status == 403
    assert "127.0.0.1" in told
    assert "--from" in told
    good = await bench.call("GET", ROUTES[name], await bench.key(networks=(OFFICE, LOOPBACK)))
    assert good.status == 200


async def test_nothing_else_is_done_for_a_key_from_elsewhere(bench: Bench) -> None:
    """Not the scope, not the rate, not the body is looked at, and no figure of the key is told."""
    key = await bench.key("admin", "requests", networks=(OFFICE,), rate=Rate(2, 3600), quota=5)
    for _ in range(4):
        refused = await bench.call("POST", "/ai-request", key, data=b"\xff")
        assert refused.status == 403
        assert [name for name in refused.headers if name.startswith("X-RateLimit")] == []
    assert await bench.desk.allowances.look(KeyId(key.split("_")[2])) == 0
    text = await (await bench.call("GET", "/metrics", await bench.key("admin"))).text()
    assert 'sentinel_desk_strayed_keys_total{dialect="humanlayer"} 4.0' in text
    assert 'sentinel_desk_answers_total{dialect="humanlayer",status="403"} 4.0' in text


async def test_whoever_guesses_a_key_is_told_nothing_of_networks(bench: Bench) -> None:
    key = await bench.key(networks=(OFFICE,))
    assert (await bench.call("GET", ROUTES["humanlayer"], key[:-1] + "x")).status == 401


async def test_without_a_trusted_proxy_nobody_is_believed(bench: Bench) -> None:
    office, here = await bench.key(networks=(OFFICE,)), await bench.key(networks=(LOOPBACK,))
    for forwarded in ("192.0.2.7", "192.0.2.7, 127.0.0.1", "127.0.0.1, 192.0.2.7"):
        assert await status(bench, office, forwarded) == 403
        assert await status(bench, here, forwarded) == 200


@pytest.fixture
async def behind() -> Any:
    """A desk behind proxies on this machine and in 10.0.0.0/24."""
    bench = await opened(trusted_proxies=(LOOPBACK, ip_network("10.0.0.0/24")))
    yield bench
    bench.desk.waiting.close()
    await bench.client.close()


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (["192.0.2.7"], 200),
        (["2001:db8::7"], 200),
        (["::ffff:192.0.2.7"], 200),
        (["192.0.2.7:51234"], 200),
        (["[2001:db8::7]:443"], 200),
        (["[2001:db8::7]"], 200),
        (["198.51.100.9"], 403),
        (["::ffff:198.51.100.9"], 403),
        # Through two of our proxies, in one line or two.
        (["192.0.2.7, 10.0.0.5"], 200),
        (["192.0.2.7", "10.0.0.5"], 200),
        # What a client has written itself stands before what our proxy heard.
        (["192.0.2.7, 198.51.100.9"], 403),
        (["192.0.2.7, 198.51.100.9, 10.0.0.5"], 403),
        (["192.0.2.7", "198.51.100.9"], 403),
        (["198.51.100.9, 192.0.2.7"], 200),
        # Nobody has said it, or nobody can read it.
        ([], 403),
        ([""], 403),
        (["unknown"], 403),
        (["192.0.2.7, unknown"], 403),
        (["192.0.2.7,"], 403),
        (["192.0.2.7, 10.0.0.5, _hidden"], 403),
        (["192.0.2.٧"], 403),
    ],
)
async def test_what_a_trusted_proxy_says(behind: Bench, lines: list[str], seen: int) -> None:
    key = await behind.key(networks=(OFFICE, OFFICE_6))
    assert await status(behind, key, *lines) == seen
    # Where a key may be used from does not matter to one that may be used from anywhere.
    assert await status(behind, await behind.key(), *lines) == 200


async def test_a_client_inside_of_our_own_networks_is_who_the_proxy_heard(behind: Bench) -> None:
    key = await behind.key(networks=(ip_network("10.0.0.77"),))
    assert await status(behind, key, "10.0.0.77") == 200
    assert await status(behind, key, "10.0.0.78") == 403


async def test_a_silent_proxy_calls_for_nobody(behind: Bench) -> None:
    key = await behind.key(networks=(LOOPBACK, OFFICE))
    assert await status(behind, key) == 403
    assert await status(behind, key, "127.0.0.1") == 200


@pytest.mark.parametrize(
    ("peer", "seen"),
    [
        (("192.0.2.7", 51234), "192.0.2.7"),
        # A socket that listens for both kinds shows the older one in the clothes of the newer.
        (("::ffff:192.0.2.7", 51234, 0, 0), "192.0.2.7"),
        (("fe80::1%eth0", 51234, 0, 2), "fe80::1"),
        # A socket of the file system has no address.
        ("", "None"),
        (None, "None"),
    ],
)
def test_the_sockets_own_address(peer: Any, seen: str) -> None:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, *_: peer if name == "peername" else None
    assert str(client(make_mocked_request("GET", "/", transport=transport), ())) == seen
