"""Where a callback may go: checked when a URL is given, and again for each address it connects to.

A name may mean another address at every look-up, so only the check at the socket counts;
the one on the URL is there to refuse early what can never be right.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2048
_FIRST_FREE_PORT = 1024

# Not `is_global`, whose answer differs between patch releases of Python.
# Source: the IANA special-purpose address registries; 168.63.129.16 is Azure's metadata host.
_CLOSED_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)

# IPv6 the other way round: only global unicast is open, less what carries IPv4 inside (Teredo
# lies in 2001::/23, 6to4 is 2002::/16) or documents. NAT64, mapped and local ones lie outside.
_OPEN_IPV6 = IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

_NAME = re.compile(r"(?=.{1,254}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_USERINFO = re.compile(r"[^:/?#]+://[^/?#]*@")
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")

_NO_URL = "must be an absolute https URL with a host name"
_NO_HTTPS = "must be https; plain http may go only to addresses that DESK_CALLBACK_ALLOW names"
_NO_USERINFO = "must not hold a user name or a password"
_NO_PORT = "must not name a port below 1024 other than 443"


class Guard:
    """What callbacks may reach: the public internet by https, and the networks that are allowed."""

    def __init__(self, allowed: Sequence[Network | str] = ()) -> None:
        """`allowed` comes from DESK_CALLBACK_ALLOW; empty means public addresses only."""
        self._allowed = tuple(ip_network(network) for network in allowed)

    def refusal(self, url: str) -> str | None:
        """Why no callback may go to this URL, to be said after its name; None where it may.

        A host name is not looked up.
        """
        if len(url) > LONGEST_URL or _UNFIT.search(url):
            return _NO_URL
        try:
            parsed = URL(url)
            host, port = (parsed.raw_host or "").lower(), parsed.port
            literal = _literal(host)
        except ValueError:
            return _NO_URL
        if parsed.scheme not in {"http", "https"} or not port:
            return _NO_URL
        if _USERINFO.match(url):
            return _NO_USERINFO
        tls = parsed.scheme == "https"
        if literal is not None:
            return self.refused_address(literal, port, tls)
        return self._refused_name(host, port, tls)

    def refused_address(self, address: Address, port: int, tls: bool) -> str | None:
        """Why no callback may connect to this address; None where it may."""
        address = _unwrapped(address)
        if any(address in network for network in self._allowed):
            return None
        if not is_public(address):
            return f"must not lead to {address}, a private or reserved address"
        if not tls:
            return _NO_HTTPS
        return None if _open_port(port) else _NO_PORT

    def open_tls(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for one address of an https receiver, as getaddrinfo gives it.

        Raises OSError where no callback may go there.
        """
        return self._open(info, tls=True)

    def open_plain(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for one address of a plain http receiver; OSError outside the allowed networks."""
        return self._open(info, tls=False)

    def _open(self, info: tuple[Any, ...], tls: bool) -> socket.socket:
        family, kind, proto, _, (host, port, *_) = info
        refused = self.refused_address(ip_address(host), port, tls)
        if refused is not None:
            raise OSError(errno.EACCES, refused)
        return socket.socket(family=family, type=kind, proto=proto)

    def _refused_name(self, host: str, port: int, tls: bool) -> str | None:
        if not tls and not self._may_be_allowed(host):
            return _NO_HTTPS
        if not self._allowed and not _open_port(port):
            return _NO_PORT
        return None

    def _may_be_allowed(self, host: str) -> bool:
        """Whether a name could mean an allowed address: with loopback alone, only this machine's can."""
        if any(not network.is_loopback for network in self._allowed):
            return True
        name = host.rstrip(".")
        return bool(self._allowed) and ("." not in name or name.endswith(".localhost"))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet and carries no other inside."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_IPV4)
    return address in _OPEN_IPV6 and not any(address in network for network in _CLOSED_IPV6)


def _literal(host: str) -> Address | None:
    """The address that a host is written as (`127.1` and `0x7f000001` are some); None for a name.

    Raises ValueError where it is neither.
    """
    if ":" in host and "%" not in host:
        return ip_address(host)
    if not _NAME.fullmatch(host):
        raise ValueError(host)
    bare = host.removesuffix(".")
    if not _NUMERIC_LABEL.fullmatch(bare.rpartition(".")[2]):
        return None
    try:
        # What the resolver itself would make of it: parts may be missing, octal or hexadecimal.
        return IPv4Address(socket.inet_aton(bare))
    except OSError as error:
        raise ValueError(host) from error


def _unwrapped(address: Address) -> Address:
    # The kernel speaks IPv4 to a mapped address, so it is judged as one.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _open_port(port: int) -> bool:
    # Below 1024 live protocols that an HTTP body may be mistaken for.
    return port == 443 or port >= _FIRST_FREE_PORT
