"""Who holds a port, as far as Linux lets us see."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_LISTEN: Final = {"tcp": "0A", "udp": "07"}  # tcp_states.h; an unconnected UDP socket is "close"


def holder(port: int, kind: str) -> str:
    """Name the process that listens on a port, such as `python3 (process 4711)`.

    Empty where that cannot be seen: processes of other users, and other systems than Linux.
    """
    inodes = _inodes(port, kind)
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
