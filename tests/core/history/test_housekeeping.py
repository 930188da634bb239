from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.history.bodies import Bodies
from sonde_core.history.housekeeping import Housekeeping
from sonde_core.history.store import Store
from tests.histories import FaultyDisk, bodies, ids, line, write


class House:
    """Housekeeping over a history whose entries each name a body."""

    def __init__(
        self, path: Path, count: int, *, limit: int, disk: FaultyDisk | None = None
    ) -> None:
        self.path = path
        self.bodies = Bodies(path.parent / "bodies", kept=1 << 20)
        self.store = Store(path, disk)
        self.pins: dict[str, bool | None] = {}
        self.keeping = Housekeeping(self.store, self.bodies, limit, self.pins.get)
        write(path, *(self.entry(number) for number in range(count)))

    def entry(self, number: int) -> bytes:
        data = bytes([number]) * 100
        batch = self.bodies.batch()
        digest, _ = batch.put(Body.of(data))
        batch.place()
        return line(str(number), res={"status": 200, "body": {"ref": digest}})

    def kept(self) -> list[int]:
        names = {each.name for each in bodies(self.path)}
        digests = [hashlib.sha256(bytes([number]) * 100).hexdigest() for number in range(20)]
        return [number for number, digest in enumerate(digests) if digest in names]


def test_the_oldest_go_until_there_is_room_to_spare(path: Path) -> None:
    house = House(path, 10, limit=900)
    house.keeping.count(100)
    assert house.kept() == list(range(2, 10))


def test_nothing_goes_below_the_limit(path: Path) -> None:
    house = House(path, 10, limit=1000)
    house.keeping.count(100)
    house.keeping.count(0)
    assert house.kept() == list(range(10))


def test_what_is_pinned_or_cannot_be_read_stays(path: Path) -> None:
    house = House(path, 10, limit=500)
    house.pins.update({"0": True, "1": None, "2": False})
    with path.open("r+b") as stream:
        data = stream.read().replace(b'"id":"3"', b'"id":"3')
        data = data.replace(b'"id":"1",', b'"id":"1","pin":true,')
        stream.seek(0)
        stream.write(data)
    house.keeping.count(100)
    assert house.kept() == [0, 1, 3, 9]


def test_a_body_that_a_newer_entry_names_too_is_new(path: Path) -> None:
    house = House(path, 10, limit=400)
    write(path, *(house.entry(number) for number in (*range(10), 0)))
    house.keeping.count(100)
    assert house.kept() == [0, 8, 9]


def test_a_compaction_drops_bodies_that_nothing_names(path: Path) -> None:
    house = House(path, 3, limit=1 << 20)
    deletion = json.dumps({"v": 1, "id": "d", "kind": "del", "of": "1"}).encode()
    write(path, *(house.entry(number) for number in range(3)), deletion)
    before = path.stat().st_size
    freed = house.keeping.compact(lambda _: True)
    assert ids(path) == ["0", "2"]
    assert house.kept() == [0, 2]
    assert freed == before - path.stat().st_size + 100


@pytest.mark.parametrize("name", ["pwrite", "fdatasync", "replace", "open_following"])
def test_a_compaction_that_fails_leaves_all_as_it_was(path: Path, name: str) -> None:
    house = House(path, 3, limit=1 << 20, disk=FaultyDisk(name, 1, errno.ENOSPC, lasting=True))
    before = path.read_bytes()
    with pytest.raises(OSError, match="No space"):
        house.keeping.compact(lambda _: True)
    assert path.read_bytes() == before
    assert house.kept() == [0, 1, 2]


def test_what_would_be_freed_is_what_is(path: Path) -> None:
    house = House(path, 3, limit=1 << 20)
    deletion = json.dumps({"v": 1, "id": "d", "kind": "del", "of": "1"}).encode()
    write(path, b"{broken", *(house.entry(number) for number in range(3)), deletion)
    outlook = house.keeping.outlook(lambda _: True)
    assert house.keeping.share > 0.5
    assert house.kept() == [0, 1, 2]
    assert house.keeping.compact(lambda _: True) == outlook.freed == house.keeping.last.freed
    assert (outlook.entries, outlook.deleted, outlook.damaged) == (2, 1, 1)
    assert outlook.freed > 100


def test_bodies_that_cannot_be_trimmed_now_are_trimmed_with_the_next(path: Path) -> None:
    house = House(path, 10, limit=900)
    with Store(path).locked():
        house.store._patience = 0.01
        house.keeping.count(100)
    assert house.kept() == list(range(10))
    house.keeping.count(100)
    assert house.kept() == list(range(2, 10))


def test_pins_are_those_that_are_known_or_else_those_of_the_line(path: Path) -> None:
    house = House(path, 10, limit=400)
    house.pins = {"0": True, "5": None}
    house.keeping = Housekeeping(house.store, house.bodies, 400, house.pins.get)
    change = json.dumps({"v": 1, "id": "s", "kind": "set", "of": "2", "name": "sha256"}).encode()
    write(path, *(house.entry(number) for number in range(10)), change)
    house.keeping.count(100)
    assert house.kept()[0] == 0
    assert 5 not in house.kept()


def test_a_change_that_names_a_body_keeps_it(path: Path) -> None:
    house = House(path, 10, limit=400)
    digest = hashlib.sha256(bytes([2]) * 100).hexdigest()
    change = {"v": 1, "id": "s", "kind": "set", "of": "2", "res": {"ref": digest}}
    lines = [house.entry(number) for number in range(10)]
    write(path, json.dumps(change, separators=(",", ":")).encode(), *lines)
    house.keeping.count(100)
    assert 2 in house.kept()
    assert 3 not in house.kept()
