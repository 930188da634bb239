"""`Body` ⇄ plain JSON values: small ones inline, large ones by digest in a file beside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias, get_args

from ...body import Body, Cut
from ...errors import BodyError
from .values import Record, count, flag, from_bytes, from_text, one_of, record, to_bytes, to_text

# Keeps a body's bytes: returns the digest of what is kept, and how many bytes those are.
PutBody: TypeAlias = Callable[[Body], tuple[str, int]]
# Finds kept bytes by digest and size; None when they are gone.
GetBody: TypeAlias = Callable[[str, int], Body | None]

INLINE: Final = 16 * 1024
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CUTS: Final[tuple[Cut, ...]] = get_args(Cut)


def to_body(body: Body, put: PutBody | None, inline: int = INLINE) -> Record:
    """Write a body; without `put` all of it is inline."""
    value: Record = {"size": body.size, "sha256": body.sha256, "wire": body.wire}
    if body.media_type:
        value["type"] = to_text(body.media_type)
    if body.coding:
        value["coding"] = to_text(body.coding)
    value["complete"] = body.complete
    if body.cut:
        value["cut"] = body.cut
    try:
        return value | _content(body, put, inline)
    except BodyError:
        return value  # its file is gone: size and digest stay


def _content(body: Body, put: PutBody | None, inline: int) -> Record:
    if not body.kept:
        return {}
    if put is None or body.stored <= inline:
        data = body.read()
        part: Record = {"kept": len(data)} if len(data) != body.size else {}
        return to_bytes(data) | part
    ref, kept = put(body)
    return {"ref": ref} if kept == body.size else {"ref": ref, "kept": kept}


def from_body(value: object, get: GetBody | None) -> Body:
    """Read a body; one whose bytes are gone keeps its size and digest."""
    plain = record(value)
    size, digest = count(plain.get("size", 0)), plain.get("sha256")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise ValueError("not a digest")
    kept = count(plain.get("kept", size))
    if kept > size:
        raise ValueError("more is kept than there is")
    body = replace(_found(plain, kept, get), size=size, sha256=digest)
    if body.kept and kept < size:
        body = replace(body, _stored=kept)
    complete = plain.get("complete")
    return body.described(
        wire=count(plain.get("wire", size)),
        media_type=from_text(plain.get("type", "")),
        coding=from_text(plain.get("coding", "")),
        complete=None if complete is None else flag(complete),
        cut=one_of(plain.get("cut", ""), _CUTS, why="no known reason"),
    )


def _found(plain: Record, kept: int, get: GetBody | None) -> Body:
    data = from_bytes(plain)
    if data is not None:
        if len(data) != kept:
            raise ValueError("the size is not that of the bytes")
        return Body.of(data)
    found = find(plain.get("ref"), kept, get) if "ref" in plain else None
    return found or Body.lost(0, "")


def find(ref: object, size: int, get: GetBody | None) -> Body | None:
    """Find kept bytes; a reference that is no digest never becomes a path."""
    if not isinstance(ref, str) or not DIGEST.fullmatch(ref):
        raise ValueError("not a digest")
    return get(ref, size) if get else None
