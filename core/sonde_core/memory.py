"""How much memory a process of ours may take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

LEAST: Final = 512 << 20  # room for the interpreter and a result
_LEFT: Final = 0.75  # of the memory that is free, so much may be taken


def limit(wanted: int) -> int:
    """Limit what this process may take, to no more than is free; return how many bytes that is.

    It may be called again, with less or with more.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        return wanted
    if free := _free():
        wanted = max(min(wanted, int(free * _LEFT)), LEAST)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return wanted


def taken() -> int:
    """Return the bytes of addresses this process has taken; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        import resource
    except (OSError, ImportError):  # not on Linux
        return 0
    return int(pages) * resource.getpagesize()


def _free() -> int:
    """Return the bytes that can be had without swapping; 0 where the system does not tell."""
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:  # not on Linux
        return 0
    found = re.search(r"^MemAvailable:\s*(\d+) kB$", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
