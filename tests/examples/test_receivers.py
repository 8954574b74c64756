"""The example receivers, each as it is run: who they believe, and what they do twice."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from approvals.keys import mint_webhook_secret
from scheduler.signing import signed_headers
from tests.ports import unused_port
from tests.require import missing

ROOT = Path(__file__).parents[2]
RECEIVERS = ROOT / "examples" / "webhook-receivers"
PATIENCE_S = 60
OLD, NEW, FOREIGN = (mint_webhook_secret() for _ in range(3))


def told(status: str, **more: str) -> bytes:
    """What the desk tells."""
    event = {"event": "request.decided", "request_id": "req_1", "external_id": None, "status": status}
    return json.dumps(event | {"payload": {"amount": 500}, "decision_note": "because", **more}).encode()


def headers(message_id: str, body: bytes, *secrets: str, at: datetime | None = None) -> dict[str, str]:
    """The headers that the desk sends."""
    return signed_headers(message_id, at or datetime.now(UTC), body, secrets or [NEW])


class Receiver(ABC):
    """A receiver that can be started again over what it has kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "sdk" / "python" / "src"),
            "PYTHONWARNINGS": "default",
            "WEBHOOK_SECRET": f"{NEW},{OLD}",
            "SEEN": str(folder / "seen"),
            "DATABASE": str(folder / "receiver.db"),
        }

    @abstractmethod
    async def start(self) -> None:
        """Start it."""

    @abstractmethod
    async def stop(self) -> None:
        """End it."""

    @abstractmethod
    async def post(self, headers: dict[str, str], body: bytes) -> int:
        """Send it a message; the status of its answer."""

    def done(self) -> list[str]:
        """The lines that it wrote about what it did, in order."""
        lines = (self.folder / "output").read_text().splitlines()
        return [line for line in lines if line.startswith("req_")]


class Server(Receiver):
    """One that listens on a port."""

    def __init__(self, folder: Path, command: list[str], cwd: Path) -> None:
        super().__init__(folder)
        self.command = command
        self.cwd = cwd

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        port = unused_port()
        self.url = f"http://127.0.0.1:{port}/webhook"
        self.output = (self.folder / "output").open("a")
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            cwd=self.cwd,
            env=self.environment | {"PORT": str(port)},
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE_S):
            while not await _listening(port):
                assert self.process.returncode is None, (self.folder / "output").read_text()

    async def stop(self) -> None:
        """Kill it, as a machine that dies would."""
        self.process.kill()
        await self.process.wait()
        self.output.close()

    async def post(self, headers: dict[str, str], body: bytes) -> int:
        """Send it a message."""
        async with aiohttp.ClientSession() as http, http.post(self.url, data=body, headers=headers) as answer:
            return answer.status


async def _listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.02)
        return False
    writer.close()
    return True


class Cgi(Receiver):
    """One that a web server runs for each message."""

    async def start(self) -> None:
        """Nothing runs between messages."""
        (self.folder / "output").touch()

    async def stop(self) -> None:
        """Nothing to end."""

    async def post(self, headers: dict[str, str], body: bytes) -> int:
        """Run it as a web server does."""
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        process = await asyncio.create_subprocess_exec(
            str(RECEIVERS / "shell" / "receiver.cgi"),
            env=self.environment | given | {"CONTENT_LENGTH": str(len(body))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        answer, words = await process.communicate(body)
        with (self.folder / "output").open("ab") as output:
            output.write(words)
        assert process.returncode == 0, words
        return int(answer.split()[1])


def python(folder: Path) -> Receiver:
    """FastAPI; it and uvicorn are in the development environment."""
    return Server(folder, [sys.executable, "receiver.py"], RECEIVERS / "python")


def node(folder: Path) -> Receiver:
    """Express, from where `npm install` put it: beside the receiver, or in `NODE_PATH`."""
    places = [RECEIVERS / "node" / "node_modules", Path(os.environ.get("NODE_PATH") or "nowhere")]
    needed = ("express", "standardwebhooks")
    modules = next((p for p in places if all((p / name).exists() for name in needed)), None)
    if not shutil.which("node") or modules is None:
        missing("external", "needs node, and npm install in examples/webhook-receivers/node")
    # A module finds others in its own folder only.
    shutil.copy(RECEIVERS / "node" / "receiver.mjs", folder)
    (folder / "node_modules").symlink_to(modules.absolute(), target_is_directory=True)
    return Server(folder, ["node", "receiver.mjs"], folder)


def go(folder: Path) -> Receiver:
    """The standard library of Go, where there is a compiler."""
    if not shutil.which("go"):
        pytest.skip("needs go")
    binary = str(folder / "receiver")
    built = subprocess.run(
        ["go", "build", "-o", binary, "."], cwd=RECEIVERS / "go", capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    return Server(folder, [binary], RECEIVERS / "go")


def shell(folder: Path) -> Receiver:
    """openssl and jq."""
    if not shutil.which("openssl") or not shutil.which("jq"):
        missing("external", "needs openssl and jq")
    return Cgi(folder)


@pytest.fixture(params=[python, node, go, shell], ids=lambda make: make.__name__)
async def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Receiver]:
    """Each of them, running."""
    make: Callable[[Path], Receiver] = request.param
    receiver = make(tmp_path)
    await receiver.start()
    yield receiver
    await receiver.stop()


async def test_who_is_believed_and_what_is_done_once(receiver: Receiver) -> None:
    approved = told("approved")
    assert await receiver.post(headers("msg_1", approved), approved) == 204
    assert await receiver.post(headers("msg_1", approved), approved) == 204
    for secrets in ([OLD], [FOREIGN, NEW]):
        message_id = f"msg_{len(secrets) + 1}"
        body = told("rejected")
        assert await receiver.post(headers(message_id, body, *secrets), body) == 204
    contradicting = told("approved", outcome="cancelled")
    assert await receiver.post(headers("msg_4", contradicting), contradicting) == 204

    await receiver.stop()
    await receiver.start()
    assert await receiver.post(headers("msg_1", approved), approved) == 204
    words = [line.removeprefix("req_1: ").split(",")[0].split()[0] for line in receiver.done()]
    assert words == ["approved", "rejected", "rejected", "cancelled"]


async def test_who_is_not_believed(receiver: Receiver) -> None:
    body = told("approved")
    right = headers("msg_1", body)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    wrong: list[tuple[dict[str, str], bytes]] = [
        (right, body.replace(b"500", b"501")),
        (right | {"webhook-id": "msg_2"}, body),
        (right | {"webhook-timestamp": str(int(right["webhook-timestamp"]) + 1)}, body),
        (headers("msg_1", body, FOREIGN), body),
        (headers("msg_1", body, at=hour_ago), body),
        (headers("msg_1", body, at=datetime.now(UTC) + timedelta(hours=1)), body),
        (right | {"webhook-signature": right["webhook-signature"].replace("v1,", "v2,")}, body),
        (right | {"webhook-signature": "v1,"}, body),
        (right | {"webhook-signature": "v1,* ' \" $(id) ;"}, body),
        (right | {"webhook-timestamp": "now"}, body),
        ({name: value for name, value in right.items() if name != "webhook-signature"}, body),
        ({}, body),
        (right, b""),
    ]
    for given, sent in wrong:
        assert await receiver.post(given, sent) == 401, (given, sent)
    assert receiver.done() == []
    assert await receiver.post(right, body) == 204, "none of that used the id up"
