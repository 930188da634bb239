"""Decodes a picture from stdin and scales it down; run with `python -m`, see `picture`.

On stdout it tells one line of JSON with what is known, then the pixels as RGB. It may take little
memory and processor time, so that a picture made to fill both ends this process only.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from .signatures import format_of

if TYPE_CHECKING:
    from PIL.Image import Image

# What of the many formats that the library knows is common on the web.
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "ICO", "AVIF")
MAX_PIXELS: Final = 64_000_000
_MEMORY: Final = 1 << 30
_SECONDS: Final = 10
# Two greys in a chequered pattern stand for what is transparent.
_CHEQUERS: Final = (0x60, 0x90)
_CHEQUER: Final = 4


@dataclass
class Told:
    """What is known; `across` and `down` tell the size of the pixels that follow."""

    width: int = 0
    height: int = 0
    format: str = ""
    frames: int = 1
    across: int = 0
    down: int = 0
    note: str = ""


def main() -> int:
    """Decode and write."""
    _limit()
    told, pixels = decode(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.buffer.write(json.dumps(asdict(told)).encode() + b"\n" + pixels)
    return 0


def decode(data: bytes, columns: int, rows: int) -> tuple[Told, bytes]:
    """Return what is known of a picture, and its pixels scaled down to two a cell."""
    from PIL import Image

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at here, before anything is decoded
    told = Told()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            told.width, told.height = image.size
            told.format = image.format or ""
            told.frames = int(getattr(image, "n_frames", 1))
            if told.width * told.height > MAX_PIXELS:
                told.note = f"A picture of more than {MAX_PIXELS:,} pixels is not decoded."
                return told, b""
            small = _scaled(image, told, columns, rows)
            told.across, told.down = small.size
            return told, small.tobytes()
    except MemoryError:
        told.note = "Decoding the picture takes too much memory."
    except Exception as error:  # noqa: BLE001 - decoders raise all there is, and this is their cage
        told.note = f"The picture cannot be decoded: {_words(error, data)}."
    return told, b""


def _scaled(image: Image, told: Told, columns: int, rows: int) -> Image:
    from PIL import ImageOps

    room = columns, rows * 2
    image.draft("RGB", _fitted(image.size, (max(room), max(room))))  # a JPEG is decoded small
    image.load()
    turned = ImageOps.exif_transpose(image)
    if (turned.width > turned.height) != (image.width > image.height):
        told.width, told.height = told.height, told.width
    whole = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    small = whole.resize(_fitted((told.width, told.height), room), reducing_gap=2.0)
    return small if small.mode == "RGB" else _on_chequers(small)


def _fitted(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, room[0] / size[0], room[1] / size[1])
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _on_chequers(image: Image) -> Image:
    from PIL import Image as Images

    ground = Images.new("RGB", image.size)
    access = ground.load()
    if access is None:
        return ground
    for y in range(image.height):
        for x in range(image.width):
            grey = _CHEQUERS[(x // _CHEQUER + y // _CHEQUER) % 2]
            access[x, y] = grey, grey, grey
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _words(error: Exception, data: bytes) -> str:
    from PIL import UnidentifiedImageError

    if name := format_of(data):
        return f"the {name} is damaged, or not all of it is there"
    if isinstance(error, UnidentifiedImageError):
        return "it is none of the formats that are known here"
    return "it is damaged, or not all of it is there"


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limits = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_CPU: _SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (least, hard))


if __name__ == "__main__":
    sys.exit(main())
