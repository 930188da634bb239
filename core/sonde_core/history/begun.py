"""Records of what is under way: what a crash leaves of it.

Such a record is an entry's line with `begun`, which names the process that wrote it. The entry
itself follows under the same id once it is over, and counts from then on. Where none follows and
the process is gone, the record is the entry: the request is there, and can be replayed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..model import Exchange, Outcome, Problem
from .schema.values import Record, count, from_text, record

KILLED: Final = Problem(
    "",
    "killed",
    "Only what was asked for was kept: Sonde ended before this was over, or could not write it.",
    "Replay it to have an answer.",
)


def left_behind(exchange: Exchange) -> Exchange:
    """Return what is known of an exchange if it never ends here: what was asked for, and when."""
    return Exchange(
        request=exchange.request,
        started=exchange.started,
        outcome=Outcome.FAILED,
        kind=exchange.kind,
        role=exchange.role,
        problem=KILLED if exchange.role == "client" else replace(KILLED, hint=""),
        peer=exchange.peer,
        local=exchange.local,
        proxy=exchange.proxy,
    )


def mark() -> Record:
    """Return what tells this process from others, also from a later one with its number."""
    return {"pid": os.getpid(), "host": os.uname().nodename, "since": _since(os.getpid())}


def is_under_way(value: object) -> bool:
    """Tell whether the process that wrote such a mark still runs, as far as can be seen from here.

    Raises:
        ValueError: It is no mark.
    """
    plain = record(value)
    number, host = count(plain.get("pid")), from_text(plain.get("host", ""))
    since = count(plain.get("since", 0))
    if host != os.uname().nodename or not number:
        return False
    try:
        os.kill(number, 0)
    except PermissionError:
        pass  # it runs, for somebody else
    except (OSError, OverflowError):
        return False
    return _since(number) == since


def _since(number: int) -> int:
    """Return when a process began, in a unit of its own; 0 where that cannot be told."""
    with suppress(OSError, ValueError, IndexError):
        # Behind the name, which may hold anything: the 22nd field (proc_pid_stat(5)).
        return int(Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()[19])
    return 0
