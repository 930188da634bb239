"""What an answer of the peer is like beside the one that is expected, and what finds that out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .results import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """What an answer is like.

    Attributes:
        before: Bytes, or messages, that came before it and belong to what was expected earlier.
        left: So many bytes, or messages, less came than were expected.
    """

    verdict: Verdict
    detail: str = ""
    offset: int | None = None
    wanted: bytes = b""
    got: bytes = b""
    before: int = 0
    before_shown: bytes = b""
    left: int = 0


class Answer(Protocol):
    """Compares what comes with what is expected.

    Attributes:
        matched: It is there.
        differs: Something else came.
        enough: It differs, and as much came as was expected.
        refused: The last message offered was not taken: others wait for it.
    """

    @property
    def matched(self) -> bool: ...
    @property
    def differs(self) -> bool: ...
    @property
    def enough(self) -> bool: ...
    @property
    def refused(self) -> bool: ...

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        """Take a piece, or a message; returns what of it is not part of the answer.

        Args:
            data: A piece of a stream, or a message.
            other_kind: Of the message, if it is not of the kind that is expected.
        """

    def finding(self) -> Finding:
        """Tell what came of it, by now."""
        ...
