"""One server per SQLite file: a lock that dies with its process and says whose it is."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DatabaseBusy(Exception):
    """Another process serves this database."""

    def __init__(self, file: Path, holder: str) -> None:
        super().__init__(f"{file} is served by process {holder} already; stop it, or use PostgreSQL")
        self.file = file
        self.holder = holder


@contextmanager
def only_server(file: Path) -> Iterator[None]:
    """Hold `FILE.lock` while this process serves `file`; raises DatabaseBusy."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseBusy(file, os.read(handle, 32).decode().strip() or "unknown") from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)
