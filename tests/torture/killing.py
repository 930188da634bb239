"""Two writers and a compactor at one file, killed at random moments.

Each tells what it is about to do and what it was told is done, through a pipe that outlives it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sonde_core.errors import HistoryError
from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.history.lock import BusyError
from sonde_core.settings import Limits
from tests.histories import http, ids

from .report import Result, folder

ROUNDS: Final = 400  # of three kills each
_A_FILE: Final = 20  # rounds; then a new one
_LIMITS: Final = Limits(body_inline=2000)
_LONGEST: Final = 0.04  # seconds until the first is killed
_READY: Final = "ready"

Tell = Callable[[str], None]


@dataclass(slots=True)
class Told:
    """What must be in a file, from what its writers told.

    Attributes:
        there: Names that an entry may have; it must be there.
        unsure: Entries that may be there: adding or deleting them was not done.
    """

    there: dict[str, set[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        """Take one line of a writer."""
        match words:
            case ["adding", identity]:
                self.unsure.add(identity)
            case ["added", identity]:
                self.unsure.discard(identity)
                self.there[identity] = {""}
            case ["naming", identity, name]:
                self.there[identity].add(name)
            case ["named", identity, name]:
                self.there[identity] = {name}
            case ["deleting", identity]:
                self.there.pop(identity)
                self.unsure.add(identity)
            case ["deleted", identity]:
                self.unsure.discard(identity)


def write(path: Path, tell: Tell, seed: int) -> None:
    """Add, name and delete entries until killed."""
    dice = random.Random(seed)  # noqa: S311 - a choice of cases
    archive = Archive(path, limits=_LIMITS)
    archive.open()
    tell(_READY)
    own: list[str] = []
    while True:
        identity = new_id()
        tell(f"adding {identity}")
        body = bytes(dice.randrange(256) for _ in range(dice.choice((10, 300, 3000))))
        if not archive.add(Entry(identity, http(body=body))).saved:
            tell(f"fault {archive.telling.trouble}")
        tell(f"added {identity}")
        own.append(identity)
        if dice.random() < 0.3:
            chosen, name = dice.choice(own), f"n{dice.randrange(1000)}"
            tell(f"naming {chosen} {name}")
            archive.change([chosen], {"name": name})
            tell(f"named {chosen} {name}")
        if dice.random() < 0.2:
            chosen = own.pop(dice.randrange(len(own)))
            tell(f"deleting {chosen}")
            archive.delete([chosen])
            tell(f"deleted {chosen}")


def compact(path: Path, tell: Tell, seed: int) -> None:
    """Rewrite the file until killed."""
    archive = Archive(path, limits=_LIMITS)
    archive.open()
    tell(_READY)
    number = seed
    while True:
        number += 1
        try:
            archive.compact(everything=number % 2 == 0)
        except BusyError:
            tell("waited in vain")  # for two that write all the time, on a busy machine
        except HistoryError as error:
            tell(f"fault {error.message}")


@dataclass(slots=True)
class Child:
    """A process that was begun, and what it told."""

    pid: int
    heard: int
    rest: bytes = b""

    def lines(self) -> Iterator[list[str]]:
        """Yield what it told, without a last line that is not whole."""
        with open(self.heard, "rb") as stream:
            whole = (self.rest + stream.read()).rpartition(b"\n")[0]
        for line in whole.decode().splitlines():
            yield line.split(" ", 1) if line.startswith("fault") else line.split()

    def wait_until_ready(self) -> None:
        while b"\n" not in self.rest and (more := os.read(self.heard, 4096)):
            self.rest += more


def begin(work: Callable[[Path, Tell, int], None], path: Path, seed: int) -> Child:
    """Let a child work."""
    heard, out = os.pipe()
    pid = os.fork()
    if pid:
        os.close(out)
        return Child(pid, heard)
    try:
        os.close(heard)
        work(path, lambda words: _say(out, words), seed)
    finally:
        os._exit(1)


def _say(out: int, words: str) -> None:
    os.write(out, words.encode() + b"\n")


def kills(scale: float = 1.0, seed: int = 0) -> Result:
    """Kill them, again and again, and look each time what is there."""
    result = Result("kill -9, two writers and a compactor")
    dice = random.Random(seed)  # noqa: S311 - a choice of cases
    with result.timed(), folder() as where:
        told = Told()
        for turn in range(max(3, int(ROUNDS * scale))):
            if turn % _A_FILE == 0:
                told = Told()
            _round(where / f"{turn // _A_FILE}" / "history.json", dice, told, result)
    return result


def _round(path: Path, dice: random.Random, told: Told, result: Result) -> None:
    works = [write, write, compact]
    children = [begin(work, path, dice.randrange(1 << 30)) for work in works]
    for child in children:
        child.wait_until_ready()
    time.sleep(dice.uniform(0, _LONGEST))  # the moment is what is tried
    dice.shuffle(children)
    for child in children:  # those that live a moment longer meet what the dead one left
        os.kill(child.pid, signal.SIGKILL)
        time.sleep(dice.choice((0, 0, 0.005)))
        os.waitpid(child.pid, 0)
        result.cases += 1
    for child in children:
        for words in child.lines():
            result.check(words[0] != "fault", " ".join(words))
            told.take(words)
    _look(path, told, result)


def _look(path: Path, told: Told, result: Result) -> None:
    archive = Archive(path, limits=_LIMITS)
    archive.open()
    archive.load()
    shown = {each.id: each.name for each in archive.view.summaries()}
    result.kept += len(told.there)
    result.check(archive.telling.saving, archive.telling.trouble)
    for identity, names in told.there.items():
        result.check(identity in shown, f"lost {identity}")
        result.check(shown.get(identity, "") in names, f"{identity} is not called {names}")
    unknown = shown.keys() - told.there.keys() - told.unsure
    result.check(not unknown, f"not to be there: {unknown}")
    found = ids(path)
    result.check(len(found) == len(set(found)), "an entry is there twice")
    for identity in list(shown)[:3]:
        response = archive.get(identity).exchange.response
        result.check(bool(response and response.body.kept), f"{identity} has no body")
    archive.close()
