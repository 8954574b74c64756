"""Ports to listen on that nobody else takes between the choice and the use.

What the system gives out as free it also gives to connections that go out, and many tests run at once.
"""

import os
import socket
from itertools import count
from random import Random

FIRST, EACH = 12_000, 2_000
"""Below those of outgoing connections on Linux (32768), so many for each process of the tests."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_start = Random().randrange(EACH)
_next = count()


def unused_port() -> int:
    """A port of this process's own on which nothing listens."""
    while True:
        port = FIRST + _worker * EACH + (_start + next(_next)) % EACH
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
