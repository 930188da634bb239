"""Files that another program wrote: formatted, with other line ends, put in place while open."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from tests.histories import http, ids, line, write

from .report import Result, folder

_NEWLINES: Final = ("\n", "\r\n")
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16")


def forms(values: list[object]) -> Iterator[tuple[str, bytes]]:
    """Yield the same entries as other programs write them."""
    for indent in (None, 0, 1, 2, 4, "\t"):
        for newline in _NEWLINES:
            for end in ("", newline, newline * 2):
                for encoding in _ENCODINGS:
                    text = json.dumps(values, indent=indent).replace("\n", newline) + end
                    yield f"indent {indent!r}, {newline!r}, {encoding}", text.encode(encoding)
    lines = [json.dumps(value) for value in values]
    for name, text in (
        ("lines without brackets", "\n".join(lines) + "\n"),
        ("a comma too many", "[\n" + ",\n".join(lines) + ",\n]\n"),
        ("no last bracket", "[\n" + ",\n".join(lines) + "\n"),
        ("commas in front", "[\n" + "\n,".join(lines) + "\n]\n"),
        ("not ASCII", json.dumps(values, ensure_ascii=False, indent=2)),
        ("all in one line", "[" + ",".join(lines) + "]"),
        ("empty lines between", "[\n\n" + ",\n\n".join(lines) + "\n\n]\n"),
    ):
        yield name, text.encode()


def foreign_forms(scale: float = 1.0, seed: int = 0) -> Result:
    """Put each in place of the file: before it is opened, over it, and under its name."""
    result = Result("files written by others")
    dice = random.Random(seed)  # noqa: S311 - a choice of cases
    hand = [json.loads(line(each, note="\u00e4 \u2028")) for each in ("a", "b", "c")]
    with result.timed(), folder() as where:
        for number, (name, data) in enumerate(forms(hand)):
            for way in ("before", "over", "under its name"):
                if dice.random() < max(scale, 0.3):
                    _one(where / f"{number} {way}", f"{name}, {way}", data, way, result)
    return result


def _one(place: Path, name: str, data: bytes, way: str, result: Result) -> None:
    place.mkdir()
    path = place / "history.json"
    write(path, line("a"), line("b"))
    if way == "before":
        path.write_bytes(data)
    archive = Archive(path)
    archive.open()
    first = archive.add(Entry(new_id(), http(1))).id if way == "before" else ""
    if way == "over":
        path.write_bytes(data)
    elif way == "under its name":
        other = place / "saved"
        other.write_bytes(data)
        other.replace(path)
    last = archive.add(Entry(new_id(), http(2)))
    archive.close()
    result.cases += 1
    result.kept += 4
    wanted = ["a", "b", "c", *filter(None, [first]), last.id]
    result.check(last.saved, f"{name}: {archive.telling.trouble}")
    result.check(ids(path) == wanted, f"{name}: {ids(path)}")
    result.check(path.read_bytes().startswith(b'[\n{"v":'), f"{name}: not in our form")
