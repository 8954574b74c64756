"""A PostgreSQL for the tests: one server for the session, one fresh database for each test that asks.

`TEST_DATABASE_URL` (`postgresql://user:password@host/database`, a user who may create databases) names a
server that is there already. Without it, Debian's own binaries are started on a Unix socket, with every
promise of durability off: a test's database needs to be fast, not to outlive a power cut.
"""

import asyncio
import importlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.require import missing

OLDEST = 15
START_SECONDS = 30

# Fast instead of durable, and enough connections for storms on several replicas.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}

# The shell stands between pytest and the server and reads a pipe that only pytest holds. When that closes,
# because the session ends or because pytest was killed, the server is stopped and its folder removed.
KEEPER = """
"$@" &
server=$!
read -r _
kill -INT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$PGTEST"
"""


@dataclass(frozen=True)
class Server:
    """A server on which databases can be made; `url` leads to a database that always exists."""

    url: str

    def at(self, database: str) -> str:
        """SQLAlchemy's URL of a database: `postgresql+asyncpg://…/database…`."""
        parts = urlsplit(self.url)
        return parts._replace(scheme="postgresql+asyncpg", path=f"/{database}").geturl()

    def run(self, statement: str) -> None:
        """Run one statement outside any database of a test, from code that may or may not be asynchronous."""
        outside_any_loop(execute(self.url, statement))

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database of its own, cloned from `template`; yields its name, drops it whoever still uses it."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')


async def execute(url: str, statement: str) -> None:
    """Connect, run one statement, leave."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def outside_any_loop(work: Coroutine[object, object, None]) -> None:
    """Await `work` in a thread with a loop of its own: a fixture's caller may have a loop running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL that Debian installed, or None."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    new_enough = [folder for folder in folders if float(folder.parent.name) >= OLDEST]
    return max(new_enough, key=lambda folder: float(folder.parent.name), default=None)


def server_user() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root, who hands over to `postgres`. None: ourselves."""
    return "postgres" if os.geteuid() == 0 else None


def reason_against() -> str | None:
    """Why no server can be started here, or None."""
    if binaries() is None:
        return f"no PostgreSQL {OLDEST} or newer (Debian: apt install postgresql), and no TEST_DATABASE_URL"
    if user := server_user():
        try:
            pwd.getpwnam(user)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no user {user!r}"
    return None


@contextmanager
def started(bin_folder: Path) -> Iterator[Server]:
    """A new cluster and its server, stopped and removed at the end."""
    user = server_user()
    # A socket's path has at most 107 bytes, so not pytest's deep tmp_path.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGTEST": str(folder)}
    data, log = folder / "data", folder / "log"
    initdb: list[str | Path] = [
        bin_folder / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    settings = [word for name, value in SERVER_SETTINGS.items() for word in ("-c", f"{name}={value}")]
    postgres: list[str | Path] = [bin_folder / "postgres", "-D", data, "-k", folder, *settings]
    keeper = None
    try:
        made = subprocess.run(initdb, user=user, cwd=folder, env=environment, capture_output=True, text=True)
        assert made.returncode == 0, f"{shlex.join(map(str, initdb))}\n{made.stdout}{made.stderr}"
        with log.open("wb") as output:
            keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "keeper", *postgres],
                user=user,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until_ready(bin_folder, folder, log)
        yield Server(f"postgresql://postgres@/postgres?host={folder}")
    finally:
        if keeper:
            keeper.communicate(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(bin_folder: Path, folder: Path, log: Path) -> None:
    """Return when the server answers; raise with its log when it does not within START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run([bin_folder / "pg_isready", "-q", "-h", folder]).returncode:
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not answer within {START_SECONDS} s:\n{log.read_text()}")
        time.sleep(0.02)


def migrate(url: str) -> None:
    """Bring an empty database to the store's newest schema."""
    # Looked up here: who tests the pure rules neither pays for the store nor stumbles over it.
    outside_any_loop(importlib.import_module("store.migrations").migrate(url))


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Server]:
    """The session's PostgreSQL server; skips (or fails, see `tests/require.py`) where there is none."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server(re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql:", url))
        return
    if reason := reason_against():
        missing("postgres", reason)
    bin_folder = binaries()
    assert bin_folder
    with started(bin_folder) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Generator[str]:
    """A migrated database that nobody uses: the tests' databases are copies of it."""
    with postgres_server.database() as name:
        migrate(postgres_server.at(name))
        yield name


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Generator[str]:
    """`postgresql+asyncpg://…` of a fresh, migrated database, dropped after the test."""
    with postgres_server.database(postgres_template) as name:
        yield postgres_server.at(name)


@pytest.fixture
def postgres_empty_url(postgres_server: Server) -> Generator[str]:
    """`postgresql+asyncpg://…` of a fresh database without any table, dropped after the test."""
    with postgres_server.database() as name:
        yield postgres_server.at(name)
