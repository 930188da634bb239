"""What the practice server sends back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..model import Header

Ending: TypeAlias = Literal["whole", "short", "reset", "raw"]

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.

    Attributes:
        body: All of it, or pieces as they are made.
        length: Content-Length of pieces; None sends them chunked.
        wait: Seconds before the answer begins.
        ending: `short` closes and `reset` resets before the promised end; `raw` sends nothing
            but the body.
    """

    status: int = 200
    headers: tuple[Header, ...] = ()
    body: bytes | AsyncIterator[bytes] = b""
    length: int | None = None
    wait: float = 0.0
    ending: Ending = "whole"


class RefusedError(Exception):
    """A request that a route cannot answer: the text goes back to the client."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


def json_answer(value: object, *headers: Header, status: int = 200) -> Answer:
    """Answer with a JSON document."""
    body = json_bytes(value)
    return Answer(status, (("Content-Type", "application/json"), *headers), body)


def json_bytes(value: object) -> bytes:
    """Write JSON as people read it."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def text_answer(text: str, media_type: str = TEXT) -> Answer:
    """Answer with text."""
    return Answer(headers=(("Content-Type", media_type),), body=text.encode())
