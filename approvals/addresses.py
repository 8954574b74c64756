"""Addresses of machines and the networks around them. IPv4 in the clothes of IPv6 is IPv4."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")


def address(text: str) -> Address | None:
    """The address that a text is; None where it is none. `::ffff:192.0.2.7` is 192.0.2.7."""
    with suppress(ValueError):
        found = ip_address(text)
        if isinstance(found, IPv4Address):
            return found
        # Without its zone, which only says on which of our own interfaces it was seen.
        return found.ipv4_mapped or IPv6Address(int(found))
    return None


def network(text: str) -> Network | None:
    """The network that a text is, or the one address; None where it is neither.

    `10.0.0.5/8` is none: it does not say whether one machine is meant or all.
    """
    with suppress(ValueError):
        return plain(ip_network(text))
    return None


def plain(found: Network) -> Network:
    """The network as addresses are compared with it: mapped IPv4 as IPv4."""
    if isinstance(found, IPv4Network) or not found.subnet_of(_MAPPED):
        return found
    first = IPv4Address(int(found.network_address) & 0xFFFF_FFFF)
    return IPv4Network((first, found.prefixlen - _MAPPED.prefixlen))


def within(found: Address | None, networks: Iterable[Network]) -> bool:
    """Whether one of the networks holds the address; one that is not known is in none."""
    return found is not None and any(found in network for network in networks)
