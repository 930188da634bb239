"""Histories of any size: `python -m tests.many_entries FILE [ENTRIES [BODY_BYTES]]`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from sonde_core.body import Body
from sonde_core.history.bodies import folder_of
from sonde_core.history.entry import Entry, to_json
from sonde_core.history.schema.bodies import INLINE
from sonde_core.history.schema.values import Record, dumps

from .histories import STARTED, http, session

# What is written of the entries: the same for every run.
METHODS: Final = ("GET", "GET", "GET", "POST", "PUT", "DELETE")
STATUSES: Final = (200, 200, 200, 201, 204, 301, 404, 404, 500, 503)
HOSTS: Final = ("api.example.org", "127.0.0.1:8080", "shop.example.com", "[::1]:9000")
WORDS: Final = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
# A body that is kept in a file of its own is so many times as large as the others.
LARGE: Final = 10
_EVERY: Final = 100  # entries of which one has such a body
LINE: Final = 2048  # bytes of an entry, about, when no size of its body is wanted


def write(path: Path, number: int, *, body: int = 0) -> None:
    """Write a history of so many entries.

    Args:
        path: The file; what is there is lost.
        number: How many entries.
        body: Bytes of most bodies; 0 for what makes an entry 2 KB.
    """
    with path.open("wb") as file:
        file.write(b"[\n")
        for count, line in enumerate(_lines(path, number, body)):
            file.write(b",\n" * bool(count) + line)
        file.write(b"\n]\n")
    path.chmod(0o600)


def needle(number: int) -> str:
    """Return what stands in the body of one entry only."""
    return f"needle-{number}-of-the-haystack"


def _lines(path: Path, number: int, body: int) -> Iterator[bytes]:
    usual, spoken = (to_json(Entry("", exchange)) for exchange in (http(), session()))
    filler = _filler(max(body * LARGE, LINE))
    wide = body or LINE - len(dumps(usual)) - 150
    for count in range(number):
        if count % 10 == 9:
            yield dumps(_entry(count, spoken))
            continue
        text = filler[count % 997 :][: wide - 40] + needle(count)
        if body and count % _EVERY == 7:
            text = filler[: body * LARGE] + needle(count)
        yield dumps(_entry(count, usual) | {"res": _answer(path, usual, text)})


def _entry(count: int, plain: Record) -> Record:
    """Return an entry with its fields in the order in which they are written."""
    first = _first(count, plain)
    given: Record = {name: first.pop(name) for name in ("name", "tags") if name in first}
    entry: Record = {}
    for name, value in plain.items():
        entry |= (given if name == "target" else {}) | {name: first.get(name, value)}
    return entry


def _first(count: int, plain: Record) -> Record:
    """Return what a list shows of an entry."""
    at = replace(http(), started=STARTED + timedelta(seconds=count)).started
    value: Record = {
        "id": f"019a{count >> 16:04x}-{count & 0xFFFF:04x}-7000-8000-{count:012x}",
        "t": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ms": {"total": round(1 + count * 7919 % 400_000 / 1000, 3)},
        "size": count * 31 % 50_000,
    }
    if plain["kind"] == "http":
        host, word = HOSTS[count % len(HOSTS)], WORDS[count * 13 % len(WORDS)]
        value |= {
            "method": METHODS[count % len(METHODS)],
            "status": STATUSES[count * 7 % len(STATUSES)],
            "target": f"http://{host}/v2/{word}/items/{count}?page={count % 50}",
        }
    if count % 50 == 0:
        value |= {"name": f"request {count}", "tags": [WORDS[count // 50 % len(WORDS)]]}
    return value


def _answer(path: Path, plain: Record, text: str) -> object:
    answer = plain["res"]
    assert isinstance(answer, dict)
    data = text.encode()
    body: Record = {"size": len(data), "sha256": Body.of(data).sha256, "complete": True}
    if len(data) <= INLINE:
        return answer | {"body": body | {"text": text}}
    return answer | {"body": body | {"ref": _beside(path, data)}}


def _beside(path: Path, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    place = folder_of(path) / digest[:2] / digest
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.write_bytes(data)
    return digest


def _filler(size: int) -> str:
    """Return text as JSON answers have it, quotes and all."""
    rows = (
        f'{{"id": {count}, "name": "{WORDS[count % 8]} {WORDS[count % 7]}", "price": {count}.5}},\n'
        for count in range(size // 40 + 50)
    )
    return "".join(rows)


if __name__ == "__main__":
    entries, size = [*map(int, sys.argv[2:4]), *(100_000, 0)[len(sys.argv[2:4]) :]]
    write(Path(sys.argv[1]), entries, body=size)
