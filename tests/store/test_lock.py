"""One server per SQLite file."""

import os
from pathlib import Path

import pytest

from store.lock import DatabaseBusy, only_server


def test_the_second_server_is_told_who_the_first_is(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    with only_server(file), pytest.raises(DatabaseBusy, match=str(os.getpid())), only_server(file):
        pass


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    for _ in range(2):
        with only_server(file):
            assert Path(f"{file}.lock").exists()
