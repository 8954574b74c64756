"""Addresses and networks: IPv4, IPv6, and the one in the clothes of the other."""

from ipaddress import ip_network

import pytest

from approvals.addresses import address, network, within


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read(text: str, means: str) -> None:
    assert str(address(text)) == means


@pytest.mark.parametrize(
    "text", ["", "192.0.2", "192.0.2.07", "0x7f.1", "localhost", "1.2.3.4:80", "٣.1.1.1"]
)
def test_what_is_no_address(text: str) -> None:
    assert address(text) is None


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        # Wider than what is mapped: every address of both kinds of which nobody spoke.
        ("::/64", "::/64"),
    ],
)
def test_a_network_is_read(text: str, means: str) -> None:
    assert str(network(text)) == means


@pytest.mark.parametrize("text", ["", "10.0.0.5/8", "10.0.0.0/33", "office", "10.0.0.0/8 "])
def test_what_is_no_network(text: str) -> None:
    assert network(text) is None


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("10.255.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("2001:db8::1", True),
        ("11.0.0.1", False),
        ("2001:db9::1", False),
        # Not mapped, however much it looks like it.
        ("::10.0.0.1", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_where_an_address_is(text: str, inside: bool) -> None:
    networks = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    assert within(address(text), networks) is inside


def test_an_address_that_nobody_knows_is_nowhere() -> None:
    assert not within(None, (ip_network("0.0.0.0/0"), ip_network("::/0")))
