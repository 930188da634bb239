"""The steps of a session: what to send, to expect and to do, in order.

Each has `after`: wait first until the peer has sent this many bytes in all (messages, where the
transport has them); and `at`: seconds since the session was open in the recording that it came
from, 0 where a person wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias


class MessageKind(StrEnum):
    """What a WebSocket message is (RFC 6455, section 5.6); bytes of other transports have none."""

    NONE = ""
    TEXT = "text"
    BINARY = "binary"
    PING = "ping"
    PONG = "pong"
    PART = "part"  # what came of a message, or a frame, that was not finished

    @property
    def is_control(self) -> bool:
        """Whether it is of the protocol itself."""
        return self in (MessageKind.PING, MessageKind.PONG)

    @property
    def is_aside(self) -> bool:
        """Whether it is no message of the peer's: what counts and expects those leaves it out."""
        return self in ASIDE


ASIDE: Final = frozenset({MessageKind.PING, MessageKind.PONG, MessageKind.PART})
LONGEST_PAUSE: Final = 3600.0  # seconds of a wait that a person writes


@dataclass(frozen=True, slots=True)
class SendStep:
    """Send these bytes.

    Attributes:
        data: The bytes.
        kind: For WebSocket.
        template: Whether `{{…}}` in the bytes is filled in when it is sent.
    """

    data: bytes
    after: int = 0
    at: float = 0.0
    kind: MessageKind = MessageKind.NONE
    template: bool = False


@dataclass(frozen=True, slots=True)
class HalfCloseStep:
    """Send our end and go on receiving; over WebSocket a close frame."""

    after: int = 0
    at: float = 0.0
    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeStep:
    """Put TLS on the running session (STARTTLS)."""

    after: int = 0
    at: float = 0.0


How: TypeAlias = Literal["any", "count", "equal", "prefix", "regex", "end"]


@dataclass(frozen=True, slots=True)
class ExpectStep:
    """Wait for the peer.

    Attributes:
        how: `any`: something; `count`: so many bytes, or messages; `equal`: just these bytes;
            `prefix`: bytes that begin so; `regex`: bytes in which this is found, whose named
            groups become variables; `end`: the peer's end, in order or not.
        data: The bytes, or the pattern; for `count` their SHA-256, or none to take any.
        count: For `count`.
        seconds: To wait at most; None for what the replay allows.
        kind: Of a WebSocket message; NONE takes text and binary.
    """

    how: How
    data: bytes = b""
    count: int = 0
    seconds: float | None = None
    after: int = 0
    at: float = 0.0
    kind: MessageKind = MessageKind.NONE


@dataclass(frozen=True, slots=True)
class WaitStep:
    """Do nothing for so many seconds."""

    seconds: float
    after: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class CloseStep:
    """End the session, in order or with a reset."""

    reset: bool = False
    after: int = 0
    at: float = 0.0


Step: TypeAlias = SendStep | HalfCloseStep | UpgradeStep | ExpectStep | WaitStep | CloseStep
