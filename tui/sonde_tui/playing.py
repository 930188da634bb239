"""Recordings whose server's side a listener can play: which there are, and what it says."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Final

from sonde_core.endpoint import SESSION_SCHEMES
from sonde_core.errors import RequestError
from sonde_core.history.entry import Entry
from sonde_core.history.summary import Summary
from sonde_core.listen_plan import ListenPlan, can_be_played
from sonde_core.secrets import mask_url
from sonde_core.steps import Step
from sonde_core.words import count, size

from .screens.choose import Choice
from .services import Services

# So many of the newest sessions are offered.
MOST: Final = 1000


async def choices(services: Services) -> list[Choice]:
    """Return the sessions in which the server says anything, the newest first.

    Also those that others recorded meanwhile.
    """
    history = services.history
    if history.complete:
        await history.refresh()
    else:
        await history.load()
    sessions = (
        each for each in history.summaries() if each.kind in SESSION_SCHEMES and _said(each)
    )
    return [_choice(each, reveal=services.reveal) for each in islice(sessions, MOST)]


def _choice(summary: Summary, *, reveal: bool) -> Choice:
    target = summary.target if reveal else mask_url(summary.target)
    when = summary.time.astimezone().strftime("%b %d %H:%M:%S")
    said = _said(summary)
    role = "ours" if summary.role == "server" else "theirs"
    name = f"{summary.name} · " if summary.name else ""
    return Choice(summary.id, f"{when}  {name}{target}  {size(said)} said by {role}")


def _said(summary: Summary) -> int:
    """Return how many bytes the server's side said."""
    return summary.sent if summary.role == "server" else summary.size


def replacing(plan: ListenPlan, script: tuple[Step, ...], words: str) -> list[Choice]:
    """Return what there is to choose where a plan plays another recording; nothing else."""
    if not plan.script or plan.script == script:
        return []
    return [Choice("yes", f"play {words}"), Choice("no", f"keep {plan.script_of}")]


async def script_of(entry: Entry) -> tuple[Step, ...]:
    """Return the server's side of a session, as steps.

    Raises:
        SondeError: It cannot be played.
    """
    from sonde_core.script.derive import server_steps_of

    script = await asyncio.to_thread(server_steps_of, entry.exchange)
    if not can_be_played(script):
        raise RequestError(
            "The server says nothing in this recording that could be played.",
            hint="Choose another one.",
        )
    return script


def place_of(entry: Entry) -> str:
    """Return where to listen for those who said the client's side: where they came, if to us."""
    exchange = entry.exchange
    if exchange.role == "server":
        return exchange.target
    scheme = {"unix": "tcp", "unix-dgram": "udp"}.get(exchange.kind, exchange.kind)
    return f"{scheme}://127.0.0.1:0"


def words_of(entry: Entry, script: tuple[Step, ...], *, reveal: bool) -> str:
    """Say in short which recording it is."""
    target = entry.exchange.target if reveal else mask_url(entry.exchange.target)
    when = entry.exchange.started.astimezone().strftime("%H:%M:%S")
    return f"{entry.name or target} of {when}, {count(len(script), 'step')}"
