"""Whether a receiver can be reached at all: the name, the guard, a connection. Nothing is sent to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver
from yarl import URL

from scheduler.guard import Guard


async def trouble(url: str, guard: Guard, names: AbstractResolver, within_s: float) -> str | None:
    """What keeps callbacks from this URL; None where a connection can be made.

    One address that is allowed and answers is enough, as it is for a delivery.
    """
    refused = guard.refusal(url)
    if refused is not None:
        return refused
    parsed = URL(url)
    host, port = parsed.raw_host or "", parsed.port or 0
    try:
        async with asyncio.timeout(within_s):
            found = await names.resolve(host, port)
            tls = parsed.scheme == "https"
            reasons = [await _one(str(one["host"]), port, host, guard, tls) for one in found]
    except TimeoutError:
        return f"does not answer within {within_s:g} s"
    except OSError:
        return "has a name that does not resolve"
    return None if None in reasons else next(filter(None, reasons), "has no address")


async def _one(address: str, port: int, host: str, guard: Guard, tls: bool) -> str | None:
    refused = guard.refused_address(ip_address(address), port, tls)
    if refused is not None:
        return refused
    context = ssl.create_default_context() if tls else None
    try:
        _, writer = await asyncio.open_connection(
            address, port, ssl=context, server_hostname=host if tls else None
        )
    except ssl.SSLError:
        return "has no certificate that is trusted"
    except OSError as error:
        return f"cannot be connected to: {error.strerror or type(error).__name__}"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None
