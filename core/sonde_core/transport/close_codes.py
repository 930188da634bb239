"""The codes that close a WebSocket session, in words (RFC 6455, section 7.4.1)."""

from __future__ import annotations

from typing import Final

from ..errors import RequestError, WebSocketError
from ..quoting import quoted

NO_CODE: Final = 1005  # stands for a close frame without a code
ABNORMAL: Final = 1006  # stands for an end without a close frame
LONGEST_REASON: Final = 123  # bytes: a control frame holds 125
_WORDS: Final = {
    1000: "normal",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    NO_CODE: "no code",
    ABNORMAL: "no close frame",
    1007: "invalid data",
    1008: "against the rules of the house",
    1009: "too large",
    1010: "extension missing",
    1011: "internal error",
    1012: "restarting",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS failed",
}
_WELL: Final = frozenset({1000, 1001, NO_CODE})  # no error is told with these
_HINTS: Final = {
    1008: "It does not allow what was sent, or who sent it.",
    1009: "Send smaller messages.",
    1012: "Open the session again in a while.",
    1013: "Open the session again in a while.",
}
# These tell of a close where no code was sent, and must not be sent themselves.
_TOLD: Final = frozenset({1004, ABNORMAL, 1015})


def closing_words(code: int, reason: str = "") -> str:
    """Write a code, what it means, and the reason: `1001, going away: bye`."""
    words = f"{code}, {_WORDS[code]}" if code in _WORDS else str(code)
    return f"{words}: {reason}" if reason else words


def is_ill(code: int) -> bool:
    """Whether a peer that begins to close with a code says that something went wrong."""
    return code not in _WELL


def ill_close(code: int, reason: str = "") -> WebSocketError:
    """Return what a session fails with when its peer closed it with the code of an error."""
    named = f"{code} ({_WORDS[code]})" if code in _WORDS else str(code)
    said = f": {quoted(reason)}" if reason else ""
    text = f"The peer closed with {named}{said}."
    return WebSocketError(text, hint=_HINTS.get(code, ""), phase="receive")


def check_closing(code: int, reason: str) -> None:
    """Raise RequestError for what no close frame may carry; 1005 means to send none of it."""
    if not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in _TOLD:
        raise RequestError(
            f"{code} is no code to close with.",
            hint="Codes of your own go from 3000 to 4999; 1000 is the usual one.",
            phase="send",
        )
    if code == NO_CODE and reason:
        raise RequestError("A reason needs a code.", hint="1000 is the usual one.", phase="send")
    if len(reason.encode("utf-8", "surrogatepass")) > LONGEST_REASON:
        raise RequestError(
            "The reason to close with is too long.",
            hint=f"It takes {LONGEST_REASON} bytes at most.",
            phase="send",
        )
