"""A peer's machine that refused what was sent to it, which UDP itself does not take for an end."""

from __future__ import annotations

from contextlib import suppress

from .errors import BodyError
from .model import Exchange


def refusal_of(exchange: Exchange) -> str:
    """Say that nothing came from a peer but a refusal; empty for anything else."""
    if exchange.received or exchange.kind != "udp":
        return ""
    with suppress(BodyError):  # the file of the recording may be gone
        if any("advisory" in event.facts for event in exchange.events()):
            return refused(exchange.peer or exchange.target)
    return ""


def refused(peer: str) -> str:
    """Say it of a peer."""
    return f"Nothing came from {peer}, which refused what was sent."
