"""A picture as colours for a grid of cells, two of them in each: the halves of `▀`.

Pictures come from strangers, and decoders have a history of faults: they are decoded in a process
of their own, with little memory and little time. What cannot be drawn keeps its facts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..body import SLICE, Body
from ..errors import BodyError

Rgb: TypeAlias = tuple[int, int, int]
# The upper and the lower half of a cell; no lower one below a picture of odd height.
Cell: TypeAlias = tuple[Rgb, Rgb | None]

SECONDS: Final = 10.0
# A larger file is not even looked at.
MAX_SIZE: Final = 64 << 20
# A grid for no screen that is known.
_MAX_SIDE: Final = 1000
_GREYS: Final = " .:-=+*#%@"
_CHILD: Final = "sonde_core.pictures.picture_child"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a picture, and its colours where it could be decoded.

    Attributes:
        width: Pixels of the whole picture, as it is to be seen; 0 when not even that is known.
        height: The same downwards.
        format: Such as `PNG`; empty when not known.
        frames: More than one for an animation; the first is shown.
        cells: Rows of cells; empty when it cannot be drawn.
        note: Why it cannot be drawn, in one sentence.
    """

    width: int = 0
    height: int = 0
    format: str = ""
    frames: int = 1
    cells: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""

    @property
    def greys(self) -> tuple[str, ...]:
        """The same as characters, the brighter the denser: for a screen without colours."""
        return tuple("".join(map(_grey, row)) for row in self.cells)


def _grey(cell: Cell) -> str:
    upper, lower = cell
    halves = [upper] if lower is None else [upper, lower]
    # Rec. 601, in thousandths.
    light = sum(299 * red + 587 * green + 114 * blue for red, green, blue in halves)
    return _GREYS[light * (len(_GREYS) - 1) // (len(halves) * 255_000)]


async def picture(body: Body, columns: int, rows: int) -> Picture:
    """Scale a picture down into so many cells at most; it is never made larger than it is.

    Cancelling ends the process that decodes.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if body.size > MAX_SIZE:
        return Picture(note=f"A picture of more than {MAX_SIZE >> 20} MiB is not decoded.")
    data = await asyncio.to_thread(body.read)
    columns, rows = (max(1, min(side, _MAX_SIDE)) for side in (columns, rows))
    try:
        async with asyncio.timeout(SECONDS), _child(columns, rows) as process:
            output = await _talk(process, data)
            status = await process.wait()
    except TimeoutError:
        return Picture(note=f"Decoding the picture was not done within {SECONDS:g} s.")
    if status:
        return Picture(note="The picture cannot be decoded: that takes too much, or it is damaged.")
    head, _, pixels = output.partition(b"\n")
    return _read(json.loads(head), pixels)


@asynccontextmanager
async def _child(columns: int, rows: int) -> AsyncIterator[asyncio.subprocess.Process]:
    try:
        # -P: the folder we stand in must not lend its modules to the process.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _CHILD, str(columns), str(rows)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise BodyError(f"Could not start a process for it: {error.strerror}.") from error
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _talk(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    feeding = asyncio.ensure_future(_feed(process.stdin, data))
    try:
        return await process.stdout.read(_MAX_SIDE * _MAX_SIDE * 6 + 4096)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    for place in range(0, len(data), SLICE):
        stream.write(data[place : place + SLICE])
        await stream.drain()
    stream.close()


def _read(told: dict[str, str | int], pixels: bytes) -> Picture:
    facts = Picture(
        int(told["width"]),
        int(told["height"]),
        str(told["format"]),
        int(told["frames"]),
        note=str(told["note"]),
    )
    across, down = int(told["across"]), int(told["down"])
    if not across or len(pixels) != across * down * 3:
        return facts
    cells = tuple(_cells(pixels, across, row, down) for row in range(0, down, 2))
    return Picture(facts.width, facts.height, facts.format, facts.frames, cells, facts.note)


def _cells(pixels: bytes, across: int, row: int, down: int) -> tuple[Cell, ...]:
    upper = _row(pixels, across, row)
    if row + 1 == down:
        return tuple((colour, None) for colour in upper)
    return tuple(zip(upper, _row(pixels, across, row + 1), strict=True))


def _row(pixels: bytes, across: int, row: int) -> list[Rgb]:
    part = pixels[row * across * 3 : (row + 1) * across * 3]
    return list(zip(part[::3], part[1::3], part[2::3], strict=True))
