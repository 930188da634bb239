"""Host, port and path in the address that a list shows, as loosely as it may be written."""

from __future__ import annotations

from functools import lru_cache

from ..endpoint import DEFAULT_PORTS


@lru_cache(maxsize=4096)
def _authority(authority: str, scheme: str) -> tuple[str, int]:
    """Cut an authority (RFC 3986, section 3.2); 0 is no port."""
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = authority.partition(":")
    plain = port.isascii() and port.isdigit() and len(port) < 6
    return host, int(port) if plain else DEFAULT_PORTS.get(scheme, 0)


def _parts(target: str) -> tuple[str, str, str]:
    """Return scheme, authority, and path with what follows it; all casefolded."""
    scheme, found, rest = target.casefold().partition("://")
    if not found:
        scheme, found, rest = target.casefold().partition(":")
        if found and scheme.startswith("unix"):
            return scheme, "", rest
        scheme, rest = "", target.casefold()
    if scheme.startswith("unix"):
        return scheme, "", rest
    for place, character in enumerate(rest):
        if character in "/?#":
            return scheme, rest[:place], rest[place:]
    return scheme, rest, ""


def host_of(target: str) -> str:
    """Return the host, casefolded; empty for none."""
    scheme, authority, _ = _parts(target)
    return _authority(authority, scheme)[0]


def port_of(target: str) -> int:
    """Return the port, also one that goes without saying; 0 for none."""
    scheme, authority, _ = _parts(target)
    return _authority(authority, scheme)[1]


def path_of(target: str) -> str:
    """Return the path without query and fragment, casefolded; of a Unix socket where it lies."""
    scheme, _, rest = _parts(target)
    if scheme.startswith("unix"):
        return rest
    return rest.partition("#")[0].partition("?")[0] or ("/" if scheme in DEFAULT_PORTS else "")
