"""Who holds a port, as far as Linux lets us see."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_LISTEN: Final = {"tcp": "0A", "udp": "07"}  # tcp_states.h; an unconnected UDP socket is "close"
_LISTENS: Final = 1 << 16  # of the flags in /proc/net/unix: __SO_ACCEPTCON
_DATAGRAM: Final = "0002"  # of its types


def holder(port: int, kind: str) -> str:
    """Name the process that listens on a port, such as `python3 (process 4711)`.

    Empty where that cannot be seen: processes of other users, and other systems than Linux.
    """
    return _process_with(_inodes(port, kind))


def path_holder(path: str) -> str:
    """Name the process that has a Unix socket bound to a path, or to `@name`; else empty."""
    return _process_with(_unix_inodes(path))


def is_path_held(path: str) -> bool:
    """Tell whether a server has a Unix socket bound to a path, as far as Linux lets us see."""
    return any(int(row[3], 16) & _LISTENS or row[4] == _DATAGRAM for row in _unix_rows(path))


def _process_with(inodes: set[str]) -> str:
    if not inodes:
        return ""
    try:
        processes = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    except OSError:
        return ""
    for number in processes:
        if _holds(number, inodes):
            return f"{_name(number)} (process {number})"
    return ""


def _inodes(port: int, kind: str) -> set[str]:
    """Read the sockets on a port from /proc/net (proc_pid_net(5))."""
    found: set[str] = set()
    for table in (kind, f"{kind}6"):
        try:
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except (OSError, UnicodeError):
            continue
        for line in lines:
            parts = line.split()
            if len(parts) > 9 and parts[3] == _LISTEN[kind] and parts[1].endswith(f":{port:04X}"):
                found.add(f"socket:[{parts[9]}]")
    return found


def _unix_inodes(path: str) -> set[str]:
    return {f"socket:[{row[6]}]" for row in _unix_rows(path)}


def _unix_rows(path: str) -> list[list[str]]:
    """Read what is bound to a path; connections that its server accepted are among it."""
    try:
        lines = Path("/proc/net/unix").read_text(errors="surrogateescape").splitlines()[1:]
    except OSError:
        return []
    rows = (line.split(None, 7) for line in lines)
    return [row for row in rows if len(row) > 7 and row[7] == path]


def _holds(number: str, inodes: set[str]) -> bool:
    folder = f"/proc/{number}/fd"
    try:
        handles = os.listdir(folder)
    except OSError:
        return False
    for handle in handles:
        try:
            if os.readlink(f"{folder}/{handle}") in inodes:
                return True
        except OSError:
            continue
    return False


def _name(number: str) -> str:
    try:
        return Path("/proc", number, "comm").read_text(errors="replace").strip() or "a process"
    except OSError:
        return "a process"
