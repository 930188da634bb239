"""The proxies that the environment names, asked for with each request and so not read each time."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.request import getproxies, proxy_bypass

Variables: TypeAlias = tuple[str | None, ...]

_SCHEMES: Final = ("http", "https", "all", "no")
_NAMES: Final = (
    *(f"{scheme}_proxy" for scheme in _SCHEMES),
    *(f"{scheme}_PROXY".upper() for scheme in _SCHEMES),
    "REQUEST_METHOD",  # of a CGI program, whose HTTP_PROXY anybody may set
)


def proxy_for(scheme: str, host: str) -> str:
    """Return the proxy for a host as the environment names it; empty for none."""
    if sys.platform in ("darwin", "win32"):  # their settings lie elsewhere, too
        return _found(scheme, host)
    return _found_before(scheme, host, tuple(map(os.environ.get, _NAMES)))


@lru_cache(maxsize=64)
def _found_before(scheme: str, host: str, _: Variables) -> str:
    return _found(scheme, host)


def _found(scheme: str, host: str) -> str:
    if proxy_bypass(host):
        return ""
    proxies = getproxies()
    return proxies.get(scheme) or proxies.get("all") or ""
