"""Host, port and path in the address that a list shows, as loosely as it may be written."""

from __future__ import annotations

from functools import lru_cache

from ..endpoint import DEFAULT_PORTS
from ..history.summary import Summary, is_local


def host_of(head: str) -> str:
    """Return the host in a summary's `head`, casefolded; empty for none."""
    return _place(head)[0]


def port_of(head: str) -> int:
    """Return the port in a summary's `head`, also one that goes without saying; 0 for none."""
    return _place(head)[1]


def path_of(summary: Summary) -> str:
    """Return the path without query and fragment, casefolded; of a Unix socket where it lies."""
    target, head = summary.target, summary.head
    if is_local(target):
        return target.partition(":")[2].removeprefix("//").casefold()
    path = target[len(head) :].partition("#")[0].partition("?")[0].casefold()
    return path or ("/" if head.partition(":")[0].lower() in DEFAULT_PORTS else "")


@lru_cache(maxsize=4096)
def _place(head: str) -> tuple[str, int]:
    """Cut scheme and authority into host and port; 0 is no port."""
    scheme, found, authority = head.casefold().rpartition("://")
    if is_local(head):
        return "", 0
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = authority.partition(":")
    plain = port.isascii() and port.isdigit() and len(port) < 6
    return host, int(port) if plain else DEFAULT_PORTS.get(scheme if found else "", 0)
