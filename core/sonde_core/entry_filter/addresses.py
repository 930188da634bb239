"""Host, port and path in the address that a list shows, as loosely as it may be written."""

from __future__ import annotations

from functools import lru_cache

from ..endpoint import DEFAULT_PORTS


def host_of(target: str) -> str:
    """Return the host, casefolded; empty for none."""
    return _place(target[: _end_of_head(target)])[0]


def port_of(target: str) -> int:
    """Return the port, also one that goes without saying; 0 for none."""
    return _place(target[: _end_of_head(target)])[1]


def path_of(target: str) -> str:
    """Return the path without query and fragment, casefolded; of a Unix socket where it lies."""
    if target[:4].lower() == "unix":
        return target.partition(":")[2].removeprefix("//").casefold()
    end = _end_of_head(target)
    path = target[end:].partition("#")[0].partition("?")[0].casefold()
    return path or ("/" if target.partition(":")[0].lower() in DEFAULT_PORTS else "")


def _end_of_head(target: str) -> int:
    """Return where scheme and authority end (RFC 3986, section 3.2)."""
    start = target.find("://") + 3
    if start == 2:
        start = 0
    end = target.find("/", start)
    if end < 0:
        end = len(target)
    for mark in "?#":
        place = target.find(mark, start, end)
        if place >= 0:
            end = place
    return end


@lru_cache(maxsize=4096)
def _place(head: str) -> tuple[str, int]:
    """Cut scheme and authority into host and port; 0 is no port."""
    scheme, found, authority = head.casefold().rpartition("://")
    if head[:4].lower() == "unix":
        return "", 0
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = authority.partition(":")
    plain = port.isascii() and port.isdigit() and len(port) < 6
    return host, int(port) if plain else DEFAULT_PORTS.get(scheme if found else "", 0)
