from __future__ import annotations

import asyncio
import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.pictures.picture import Picture, picture
from sonde_core.pictures.picture_child import decode

RED, BLUE = (255, 0, 0), (0, 0, 255)


def made(size: tuple[int, int], name: str = "PNG", mode: str = "RGB") -> bytes:
    """Return a picture, red above and blue below."""
    image = Image.new(mode, size, BLUE if mode == "RGB" else (*BLUE, 255))
    image.paste(RED, (0, 0, size[0], size[1] // 2))
    out = io.BytesIO()
    image.save(out, name)
    return out.getvalue()


async def seen(data: bytes, columns: int = 40, rows: int = 10) -> Picture:
    return await picture(Body.of(data, media_type="image/png"), columns, rows)


def near(one: tuple[int, int, int] | None, other: tuple[int, int, int]) -> bool:
    return one is not None and all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_each_format_is_decoded_and_scaled_down(name: str) -> None:
    told, pixels = decode(made((400, 200), name), 40, 10)
    assert (told.width, told.height, told.format, told.note) == (400, 200, name, "")
    assert (told.across, told.down) == (40, 20)
    assert near((pixels[0], pixels[1], pixels[2]), RED)
    assert near((pixels[-3], pixels[-2], pixels[-1]), BLUE)


async def test_a_cell_has_two_pixels_one_above_the_other() -> None:
    found = await seen(made((3, 3)))
    assert (found.width, found.height, found.format, found.frames) == (3, 3, "PNG", 1)
    assert found.cells == (((RED, BLUE),) * 3, ((BLUE, None),) * 3)


async def test_a_picture_keeps_its_proportions_within_the_room() -> None:
    tall = await seen(made((100, 1000)), 80, 20)
    assert (len(tall.cells), len(tall.cells[0])) == (20, 4)
    wide = await seen(made((1000, 10)), 80, 20)
    assert (len(wide.cells), len(wide.cells[0])) == (1, 80)


async def test_greys_stand_for_colours() -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (2, 2))
    image.paste((255, 255, 255), (1, 0, 2, 2))
    image.save(out, "PNG")
    assert (await seen(out.getvalue())).greys == (" @",)


def test_what_is_transparent_is_chequered() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    _, pixels = decode(out.getvalue(), 8, 4)
    assert set(pixels) == {0x60, 0x90}


def test_a_photograph_is_turned_as_its_camera_says() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=exif)
    told, _ = decode(out.getvalue(), 80, 40)
    assert (told.width, told.height, told.across, told.down) == (20, 40, 20, 40)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    told, pixels = decode(out.getvalue(), 10, 10)
    assert told.frames == 2
    assert near((pixels[0], pixels[1], pixels[2]), RED)


@pytest.mark.parametrize(
    "data", [b"", b"rubbish", b"<svg/>", b"\x89PNG\r\n\x1a\n", made((90, 90))[:90]]
)
async def test_what_is_no_picture_is_told_in_a_sentence(data: bytes) -> None:
    found = await seen(data)
    assert found.cells == ()
    assert found.note.startswith("The picture cannot be decoded")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF89a\xff\xff\xff\xff\x00\x00\x00", "GIF"),
        (made((90, 90))[:90], "PNG"),
        (b"\xff\xd8\xff\xe0junk", "JPEG"),
        (b"RIFF\x00\x00\x00\x00WEBP", "WEBP"),
    ],
)
def test_a_damaged_picture_is_told_with_its_format(data: bytes, name: str) -> None:
    told, _ = decode(data, 10, 10)
    assert told.note == (
        f"The picture cannot be decoded: the {name} is damaged, or not all of it is there."
    )


def huge(side: int) -> bytes:
    """Return the start of a PNG that says it is so large."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    crc = struct.pack(">I", zlib.crc32(chunk))
    data = b"IDAT" + zlib.compress(bytes(100))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            struct.pack(">I", len(head)) + chunk + crc,
            struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data)),
        ]
    )


async def test_a_bomb_is_not_decoded_and_tells_its_size() -> None:
    found = await seen(huge(60_000))
    assert (found.width, found.height, found.cells) == (60_000, 60_000, ())
    assert "64,000,000 pixels" in found.note


async def test_cancelling_ends_the_process_at_once() -> None:
    task = asyncio.ensure_future(seen(made((3000, 3000))))
    await asyncio.sleep(0)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 8  # it ends by itself after 10 s


async def test_bytes_that_are_gone_are_told(tmp_path: Path) -> None:
    with pytest.raises(BodyError):
        await picture(Body.in_file(tmp_path / "gone", 9, "0" * 64), 10, 10)
