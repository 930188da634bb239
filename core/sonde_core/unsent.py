"""What is told of bytes that were sent, and did not leave."""

from __future__ import annotations

from .errors import DeadlineError
from .transport.base import Link
from .words import count


def cut_short(link: Link, given: int, size: int) -> tuple[str, dict[str, str]] | None:
    """Tell how far a message is whose sending was cancelled, with facts; None when it is through.

    Args:
        link: Where it was sent.
        given: Bytes of it that the link has taken; these leave all the same.
        size: Bytes of all of it.
    """
    waits, rest = min(link.queued, given), size - given
    if not (waits or rest):
        return None
    text = f"sending was cancelled: of {count(size, 'byte')} {given - waits:,} went to the system"
    text += f", {waits:,} wait here" if waits else ""
    text += f", {rest:,} are not sent" if rest else ""
    return text, {"queued": str(waits), "kept": str(rest)}


def never_left(left: int, form: str) -> tuple[str, dict[str, str]]:
    """Tell how many bytes are dropped, with facts.

    Args:
        left: How many.
        form: What they are counted as where that is not how they were sent, such as `TLS`.
    """
    counted = f"{count(left, 'byte')} (as {form})" if form else count(left, "byte")
    return f"the last {counted} of what was sent never left", {"unsent": str(left)}


def not_taken(peer: str, seconds: float) -> DeadlineError:
    """Return the problem of a session that could not be closed in order."""
    return DeadlineError(
        f"{peer} did not take all that was sent within {seconds:g} s of closing.",
        hint="It may not read; wait until it has taken all before you close.",
        phase="send",
    )
