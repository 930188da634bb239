from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core import leftovers
from sonde_core.body import PrivateFile
from sonde_core.history.history import History

HOLDING = """
import sys, time
from pathlib import Path
from sonde_core.body import PrivateFile

file = PrivateFile(folder=Path(sys.argv[1]))
file.stream.write(b"secret")
file.stream.flush()
print(file.path, flush=True)
sys.stdin.read()
"""


class Holder:
    """A process that holds a private file until it is told to end, or killed."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLDING, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        self.pid = self._process.pid
        self.file = Path(self._process.stdout.readline().decode().strip())

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def end(self) -> None:
        self._process.communicate(b"")


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    holder = Holder(tmp_path)
    yield holder
    holder.end()


def test_a_private_file_names_its_process(tmp_path: Path) -> None:
    file = PrivateFile(folder=tmp_path)
    assert file.path.name.startswith(f"sonde-{os.getpid()}-")


def test_what_a_killed_process_left_is_removed(tmp_path: Path, holder: Holder) -> None:
    assert leftovers.remove(tmp_path) == 0
    assert holder.file.read_bytes() == b"secret"
    holder.kill()
    assert holder.file.exists()
    assert leftovers.remove(tmp_path) == 1
    assert os.listdir(tmp_path) == []


def test_opening_a_history_removes_it(
    tmp_path: Path, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    holder.kill()
    History(tmp_path / "kept" / "history.json").open()
    assert not holder.file.exists()


def test_what_another_container_holds_stays(tmp_path: Path, holder: Holder) -> None:
    """There its process has another number, which is nobody's here."""
    dead = Holder(tmp_path)
    dead.kill()
    elsewhere = dead.file.with_name(f"sonde-{dead.pid}-elsewhere")
    holder.file.rename(elsewhere)
    assert leftovers.remove(tmp_path) == 1
    assert os.listdir(tmp_path) == [elsewhere.name]
    holder.kill()
    assert leftovers.remove(tmp_path) == 1


def test_links_folders_and_other_names_stay(tmp_path: Path, holder: Holder) -> None:
    holder.kill()
    pid = holder.pid
    (tmp_path / "target").write_text("")
    (tmp_path / f"sonde-{pid}-link").symlink_to(tmp_path / "target")
    (tmp_path / f"sonde-{pid}-folder").mkdir()
    os.mkfifo(tmp_path / f"sonde-{pid}-pipe")
    for name in (
        f"sonde-{pid}",
        f"other-{pid}-x",
        f"sonde-{pid}-x.txt",
        "sonde-0-x",
        "sonde-copy-x",
    ):
        (tmp_path / name).write_text("")
    before = set(os.listdir(tmp_path))
    assert leftovers.remove(tmp_path) == 1
    assert before - set(os.listdir(tmp_path)) == {holder.file.name}


def test_what_is_the_processes_own_stays_even_unlocked(tmp_path: Path) -> None:
    name = tmp_path / f"sonde-{os.getpid()}-x"
    name.write_text("")
    assert leftovers.remove(tmp_path) == 0
    assert name.exists()


def test_a_folder_that_cannot_be_read_is_no_trouble(tmp_path: Path) -> None:
    assert leftovers.remove(tmp_path / "missing") == 0
