from __future__ import annotations

import asyncio

from sonde_core.body import Body
from sonde_tui.widgets.body.body_shaped import Shaped

DATA = b"[" + b",".join(b'{"id": %d}' % number for number in range(2000)) + b"]"


def shaped_of(data: bytes, *, arriving: bool = False, kind: str = "json") -> Shaped:
    types = {"json": "application/json", "events": "text/event-stream"}
    body = Body.of(data, media_type=types[kind])
    return Shaped(body, kind, "utf-8", arriving=arriving, chosen="")


async def test_rows_come_piece_by_piece_while_the_body_arrives() -> None:
    shaped = shaped_of(DATA[:7000], arriving=True)
    assert shaped.rows is None
    work = asyncio.ensure_future(shaped.shaping.run())
    while not shaped.take_in():
        await shaped.shaping.changed()
    rows = shaped.rows
    assert rows is not None
    known = rows.count
    assert rows.text(2) == '    "id": 0'
    shaped.grow(Body.of(DATA, media_type="application/json"), arriving=False)
    await work
    shaped.take_in()
    rows.build(1.0)
    assert shaped.rows is rows
    assert rows.count == 2 + 3 * 2000 > known
    assert shaped.made.read().count(b"\n") == rows.count - 1


async def test_each_byte_is_found_there_and_back() -> None:
    shaped = shaped_of(DATA)
    await shaped.shaping.run()
    shaped.take_in()
    offset = DATA.index(b'"id": 1777')
    there = shaped.at(offset)
    assert shaped.made.read(there, 10) == b'"id": 1777'
    assert shaped.back(there) == offset


async def test_rows_are_shown_as_far_as_they_are_made() -> None:
    shaped = shaped_of(DATA[:7000], arriving=True)
    work = asyncio.ensure_future(shaped.shaping.run())
    while not shaped.take_in():
        await shaped.shaping.changed()
    assert shaped.shown(0) is shaped.rows
    assert shaped.shown(shaped.shaping.read + 1) is None
    shaped.stopped = True
    assert shaped.shown(0) is None
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_what_cannot_be_shaped_has_no_rows_to_show() -> None:
    shaped = shaped_of(DATA[:-1] + b"}")
    await shaped.shaping.run()
    shaped.take_in()
    assert shaped.over
    assert shaped.shown(0) is None


async def test_of_events_it_is_not_known_which_byte_is_which() -> None:
    shaped = shaped_of(b"data: one\n\ndata: two\n\n", kind="events")
    await shaped.shaping.run()
    shaped.take_in()
    assert not shaped.exact
    assert shaped.rows is not None
    assert shaped.rows.text(0).startswith("#1")


def test_progress_names_a_unit_once() -> None:
    assert shaped_of(b"[" * 34_000_000).progress() == "indenting 0 B of 34 MB"
    shaped = shaped_of(b"[" * 5_000_000)
    shaped.shaping.read = 1_200_000
    assert shaped.progress() == "indenting 1.2 of 5.0 MB"
    events = shaped_of(b"data: 1\n\n", kind="events")
    assert events.progress() == "reading 0 of 9 B"
