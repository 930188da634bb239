from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.errors import HistoryError
from sonde_core.history.disk import Disk
from sonde_core.history.history import History
from sonde_core.history.lines import Line
from sonde_core.history.recovery import has_gaps, looks_whole, rescue, torn_at
from sonde_core.history.snapshot import Snapshot
from sonde_core.history.troubles import ForeignError
from sonde_core.text.json_check import check
from tests.histories import line, session


def snapshot_of(tmp_path: Path, data: bytes) -> Snapshot:
    path = tmp_path / "history.json"
    path.write_bytes(data)
    disk = Disk()
    return Snapshot(disk.open_following(path), disk)


A, B = line("a"), line("b")


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"[\n" + A + b"\n]\n", A),
        (b"[\n" + A + b",\n" + B, B),
        (b"[\n" + A + b",\n" + B + b",", B),
        (b"[\n" + A + b",\n" + B + b",]\n", B),
        (b"[\n" + A + b",\n" + B + b",\n]", B),
        (b"[\n" + A + b",\n" + B[:-1], A),
        (b"[\n" + A + b",\n" + B + b"\0\0\0", B),
        (b"[\n" + A + b",\n" + B + b'{"v":1', B),
        (b"[\n" + A + b",\n\0\0\0}\n]\n", A),
        (b"[\n" + line("a", note="}\\n]\\n,") + b",\n{", line("a", note="}\\n]\\n,")),
    ],
)
def test_the_cut_is_where_the_last_whole_line_ends(
    tmp_path: Path, data: bytes, kept: bytes
) -> None:
    snapshot = snapshot_of(tmp_path, data)
    place = torn_at(snapshot, len(data))
    assert place == data.rindex(kept) + len(kept)


@pytest.mark.parametrize("data", [b"[", b"[\n", b"[\n]", b"[\n{", b'[\n{"v":1,"id":"a', b"[\n\0\0"])
def test_of_a_torn_first_line_nothing_remains(tmp_path: Path, data: bytes) -> None:
    assert torn_at(snapshot_of(tmp_path, data), len(data)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'[{"v":1}]\n',
        b"[\r\n" + A,
        b'[\n{"name":1}\n]\n',
        b'[\n  {\n    "v": 1,\n    "id": "a"\n  }\n]\n',
        b"[\n" + A + b"\n" + B + b"\n]\n",  # no comma: not of our form, and A must not be lost
        b"[\n" + A + b",\nx\ny\n]\n",
    ],
)
def test_a_file_of_another_form_is_not_cut(tmp_path: Path, data: bytes) -> None:
    place = torn_at(snapshot_of(tmp_path, data), len(data))
    assert place is None or data[:place].endswith(A)


def test_bytes_that_are_no_ascii_are_counted_as_bytes(tmp_path: Path) -> None:
    last = '{"v":1,"id":"ä","kind":"tcp"}'.encode() + b"\xff\xfe"
    data = b"[\n" + A + b",\n" + last
    assert torn_at(snapshot_of(tmp_path, data), len(data)) == len(data) - 2


def test_a_damaged_file_gives_what_can_be_read(tmp_path: Path) -> None:
    data = b'[{"v":1,"id":"x","kind":"tc\n' + A + b"\xff\n" + b'{"odd":{}}\n' + B
    found = rescue(snapshot_of(tmp_path, data), len(data), "history.json")
    assert found.lines == [A, B]
    assert not found.whole


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    data = b'{"v":1,"id":"a","kind":"tcp"'
    with pytest.raises(ForeignError, match=r"history\.json is not a history file"):
        rescue(snapshot_of(tmp_path, data), len(data), "history.json")


def test_a_file_beyond_all_bounds_is_not_read_whole(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="too large"):
        rescue(snapshot_of(tmp_path, b""), 1 << 40, "history.json")


@pytest.mark.parametrize("value", ["9" * 6000, "[" * 100_000 + "]" * 100_000])
async def test_a_last_line_that_python_will_not_read_stays(tmp_path: Path, value: str) -> None:
    path = tmp_path / "history.json"
    line = f'{{"v":1,"id":"n","kind":"http","x":{value}}}'
    path.write_text(f"[\n{line}\n]\n", "ascii")
    path.chmod(0o600)
    history = History(path)
    history.open()
    await history.add(session())
    await history.close()
    assert line in path.read_text("ascii")
    assert not path.with_name("history.json.torn").exists()


@pytest.mark.parametrize(
    ("lines", "gaps"),
    [
        ([A, B], False),
        ([A, b"oops", B], False),  # somebody else's doing
        ([A, b'{"v":1,"id":NaN}', B], False),
        ([A, b'{"v":1,\0\0}', B], True),
        ([A + b"\n]\nrest", B], True),
        ([A + b"\n", B], True),
        ([A + b"\n" + A, B], True),  # no comma
    ],
)
def test_what_a_power_cut_leaves_is_told_from_other_damage(
    tmp_path: Path, lines: list[bytes], gaps: bool
) -> None:
    data = b"[\n" + b",\n".join(lines) + b"\n]\n"
    assert has_gaps(snapshot_of(tmp_path, data), len(data)) is gaps


def test_two_lines_that_a_missing_sector_made_one_are_found(tmp_path: Path) -> None:
    first = line("a", note="x" * (512 - 2 - len(line("a", note=""))))
    assert len(b"[\n" + first) == 512
    for rest, gaps in ((b'yy"},', True), (b"", False)):
        data = b"[\n" + first + (rest or b",") + b"\n" + B + b"\n]\n"
        assert has_gaps(snapshot_of(tmp_path, data), len(data)) is gaps
    odd = first.replace(b'"io":[]', b'"io":[{"a":' + b"7" * 6000 + b"}]")
    assert looks_whole(Line(512 - odd.index(b"}"), odd)) is (check(odd) is None)
    inner = line("a", x={"y": {}})
    assert looks_whole(Line(511 - inner.index(b"}"), inner))


def test_gaps_are_looked_for_in_the_last_megabyte(tmp_path: Path) -> None:
    data = b"[\n" + A + b"\n" + B + b",\n" + line("c", x="x" * (2 << 20)) + b",\n" + B + b"\n]\n"
    assert not has_gaps(snapshot_of(tmp_path, data), len(data))
