"""The demo's agent: HTTP as any client sends it, and a receiver for callbacks."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cli.failure import CommandFailed

PATIENCE_S = 15.0
LARGEST_CALLBACK = 1024 * 1024

Posted = Callable[[str, Mapping[str, str], bytes], None]


@dataclass(frozen=True, slots=True)
class Agent:
    """A client with the base URL and the key that its owner gave it."""

    url: str
    key: str

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON answer to a POST."""
        return await asyncio.to_thread(self._call, path, json.dumps(body).encode())

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON answer to a GET."""
        return await asyncio.to_thread(self._call, path, None)

    def _call(self, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)
        # A proxy of the environment is for the world outside, not for this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_S) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            said = error.read(500).decode(errors="replace")
            raise CommandFailed(f"the demo's agent got {error.code} from {path}: {said}") from error


@dataclass(frozen=True, slots=True)
class Callback:
    """One POST that the receiver got."""

    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Where callbacks arrive: an address for each name, and what has come in there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._arrived: dict[str, asyncio.Queue[Callback]] = {}

    def address(self, name: str) -> str:
        """The URL under which callbacks for `name` are taken."""
        self._arrived.setdefault(f"/{name}", asyncio.Queue())
        return f"{self._url}/{name}"

    async def next(self, name: str) -> Callback:
        """The next callback for `name`. Raises TimeoutError when none comes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._arrived[f"/{name}"].get()

    def arrive(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take one in."""
        if path in self._arrived:
            self._arrived[path].put_nowait(Callback(headers, body))


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    loop = asyncio.get_running_loop()

    def posted(path: str, headers: Mapping[str, str], body: bytes) -> None:
        loop.call_soon_threadsafe(receiver.arrive, path, headers, body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(posted))
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


def _handler(posted: Posted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length") or 0), LARGEST_CALLBACK)
            body = self.rfile.read(length)
            self.send_response(200)
            self.end_headers()
            posted(self.path, dict(self.headers), body)

        def log_message(self, format: str, *args: Any) -> None:
            """The demo tells what arrives itself."""

    return Handler
