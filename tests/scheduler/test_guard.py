"""Where a callback may go: URLs as they are given, and addresses as they are connected to."""

import socket
from ipaddress import ip_address

import pytest

from scheduler.guard import Guard, is_public

PUBLIC = Guard()
LOOPBACK = Guard(["127.0.0.0/8", "::1/128"])
PRIVATE = Guard(["10.1.0.0/16", "fd12::/16"])

REFUSED_AT_ONCE = [
    # not ours to call
    "",
    "example.com/hook",
    "//example.com/hook",
    "/hook",
    "https://",
    "https:///hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com:70/",
    "javascript:alert(1)",
    "http+unix://%2Ftmp%2Fsocket/",
    # plain http
    "http://example.com/hook",
    "http://93.184.216.34/",
    "http://localhost/hook",
    # literals, in all their spellings
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0X7F.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0300.0250.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[::ffff:93.184.216.34%25eth0]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1:8443/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://192.0.0.8/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://203.0.113.7/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    # numbers that are no address at all
    "https://256.256.256.256/",
    "https://4294967296/",
    "https://1.2.3.4.5/",
    "https://0x/",
    "https://08.8.8.8/",
    # parsers that disagree
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com\\.evil.example/",
    "https://127.0.0.1%00.example.com/",
    "https://%31%32%37.0.0.1/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://example.com\t/",
    "https://a..b/",
    "https://.example.com/",
    "https://[::1/",
    # ports
    "https://example.com:0/",
    "https://example.com:22/",
    "https://example.com:25/",
    "https://example.com:65536/",
    "https://example.com:x/",
    # size
    "https://example.com/" + "a" * 2048,
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 127 + "example/",
]

GOOD = [
    "https://example.com/hook",
    "https://example.com./hook",
    "HTTPS://EXAMPLE.COM/hook?token=a%20b#part",
    "https://example.com:8443/hook",
    "https://hooks.example.com/a/b@c",
    "https://bücher.example/é",
    "https://xn--bcher-kva.example/",
    "https://under_score.example/",
    "https://93.184.216.34/",
    "https://0x5d.184.216.34/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "https://[::ffff:93.184.216.34]/",
    # names are checked when they are connected to
    "https://localhost/hook",
    "https://receiver.internal/hook",
]


@pytest.mark.parametrize("url", REFUSED_AT_ONCE)
def test_a_url_that_can_never_be_right_is_refused_with_a_reason(url: str) -> None:
    refusal = PUBLIC.refusal(url)
    assert refusal is not None
    assert refusal.startswith("must")


@pytest.mark.parametrize("url", GOOD)
def test_a_good_url_is_let_through(url: str) -> None:
    assert PUBLIC.refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "http://127.1:9000/hook",
        "http://localhost:9000/hook",
        "http://localhost:81/hook",
        "http://receiver.localhost:9000/",
        "http://my-laptop:9000/",
        "http://[::1]:9000/",
        "http://[::ffff:127.0.0.1]:9000/",
        "https://127.0.0.1:9000/",
        "https://example.com/",
    ],
)
def test_an_allowed_network_may_be_plain_http(url: str) -> None:
    assert LOOPBACK.refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://10.1.0.1/",
        "https://10.1.0.1/",
        "http://93.184.216.34/",
        "http://user@localhost:9000/",
        "https://[64:ff9b::7f00:1]/",
        "http://0.0.0.0:9000/",
    ],
)
def test_loopback_allows_nothing_but_loopback(url: str) -> None:
    assert LOOPBACK.refusal(url) is not None


def test_a_private_network_may_have_names_of_its_own() -> None:
    assert PRIVATE.refusal("http://billing.corp.example/hook") is None
    assert PRIVATE.refusal("http://10.1.2.3:80/hook") is None
    assert PRIVATE.refusal("https://10.2.0.1/hook") is not None
    assert PRIVATE.refusal("https://127.0.0.1/hook") is not None


def opens(guard: Guard, host: str, port: int = 443, tls: bool = True) -> bool:
    """Whether the guard gives a socket for an address; a refusal must say why."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = (host, port, 0, 0) if ":" in host else (host, port)
    opener = guard.open_tls if tls else guard.open_plain
    try:
        opener((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)).close()
    except PermissionError as error:
        return "must" not in str(error)
    return True


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.100.100.200", "192.0.0.8",
        "192.88.99.1", "168.63.129.16", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::", "2001::1", "fe80::1", "fd00:ec2::254", "fec0::1", "5f00::1", "3fff::1", "100::1",
    ],
)  # fmt: skip
def test_no_socket_for_a_closed_address(host: str) -> None:
    assert not opens(PUBLIC, host)
    assert not opens(PUBLIC, host, tls=False)


@pytest.mark.parametrize("host", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_reached_by_https_alone(host: str) -> None:
    assert opens(PUBLIC, host)
    assert not opens(PUBLIC, host, tls=False)
    assert not opens(PUBLIC, host, port=25)
    assert not opens(LOOPBACK, host, tls=False)


def test_an_allowed_address_is_reached_by_either_and_at_any_port() -> None:
    assert opens(LOOPBACK, "127.0.0.1", port=9000, tls=False)
    assert opens(LOOPBACK, "127.0.0.1", port=25, tls=True)
    assert opens(LOOPBACK, "::1", port=9000, tls=False)
    assert opens(LOOPBACK, "::ffff:127.0.0.1", port=9000, tls=False)
    assert not opens(LOOPBACK, "10.0.0.1", port=9000, tls=False)


def test_the_deny_list_does_not_lean_on_the_standard_librarys() -> None:
    """Two addresses that some patch releases call global."""
    assert not is_public(ip_address("192.0.0.8"))
    assert not is_public(ip_address("192.88.99.1"))
