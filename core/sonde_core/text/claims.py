"""Whether an answer is what it says it is."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from ..body import Body
from ..errors import BodyError
from ..model import HttpResponse, Problem

# More bytes than this are not looked at: 4 MiB take a second where something is wrong with them.
LARGEST: Final = 4 << 20


def doubt(response: HttpResponse) -> Problem | None:
    """Say why a body is not the JSON that its Content-Type promises; None where it is.

    A body that did not come whole, or whose coding is left on it, is not judged.
    """
    body = response.body
    main = body.media_type.partition(";")[0].strip().lower()
    if not main.endswith(("/json", "+json")) or not 0 < body.size <= LARGEST:
        return None
    coded = bool(response.header("content-encoding")) and not body.coding
    if body.complete is False or body.cut or coded:
        return None
    try:
        return None if _is_json(body.read()) else _explained(body)
    except BodyError:
        return None  # the bytes are not kept, which is told where they are shown


def _is_json(data: bytes) -> bool:
    """Tell it fast, with what is loaded already; a no may be too much caution."""
    try:
        json.loads(data, parse_constant=_refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _explained(body: Body) -> Problem | None:
    from .kinds import kind_of
    from .pretty import render

    if kind_of(body) != "json":
        return None
    found = render(body.read(), body.media_type)
    # A hint comes with a fault only; a note alone tells of another charset.
    return Problem("receive", "body", found.note, found.hint) if found.hint else None
