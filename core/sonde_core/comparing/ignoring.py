"""Rules for what comparisons leave out, everywhere or at one endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# What differs each time and says nothing.
IGNORED_BY_DEFAULT: Final = ("header:date",)

_PATH: Final = re.compile(r"\s*unix[a-z-]*:")
_URL: Final = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9+.-]*)://)?([^/?#]*)([^?#]*)")


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One place that is left out.

    Attributes:
        place: As `places.parse` reads it.
        endpoint: An address without query, in which `*` stands for anything; empty: everywhere.
    """

    place: str
    endpoint: str = ""

    def applies(self, url: str) -> bool:
        """Whether it is for what was asked of an address."""
        if not self.endpoint:
            return True
        parts = (re.escape(part) for part in address_of(self.endpoint).split("*"))
        return re.fullmatch(".*".join(parts), address_of(url)) is not None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Rules, in the order in which they were made.

    Attributes:
        default: What is left out everywhere without a rule.
        warning: What of their file was not understood; empty for nothing.
        given_up: Regular expressions that took too long in a comparison by these rules; they are
            not tried again.
    """

    rules: tuple[IgnoreRule, ...] = ()
    default: tuple[str, ...] = IGNORED_BY_DEFAULT
    warning: str = ""
    given_up: set[str] = field(default_factory=set, compare=False)

    def for_endpoint(self, url: str) -> tuple[str, ...]:
        """Return the places that are left out when an address was asked."""
        found = dict.fromkeys(self._places(url))
        return tuple(each for each in found if each not in self.given_up)

    def _places(self, url: str) -> Iterator[str]:
        yield from self.default
        yield from (rule.place for rule in self.rules if rule.applies(url))


# Nothing that a person said; only what says nothing is left out.
NO_RULES: Final = IgnoreRules()


def load_rules(folder: Path) -> IgnoreRules:
    """Read the rules in a folder, that of `config.toml`; what is wrong stands in `warning`."""
    from .ignore_file import IgnoreFile  # most have none

    return IgnoreFile.in_folder(folder).read()


def address_of(url: str) -> str:
    """Return scheme, host, port and path of a URL: what a rule for this address names."""
    if _PATH.match(url):
        return url.strip()
    scheme, host, path = _parts(url)
    return f"{scheme}://{host}{path}"


def server_of(url: str) -> str:
    """Return what a rule for all of a server names; of a socket it is the address."""
    if _PATH.match(url):
        return url.strip()
    scheme, host, path = _parts(url)
    return f"{scheme}://{host}/*" if path else f"{scheme}://{host}"


def _parts(url: str) -> tuple[str, str, str]:
    match = _URL.match(url)
    scheme, host, path = (match[1], match[2], match[3]) if match else (None, "", "")
    host = host.rpartition("@")[2].lower()
    scheme = (scheme or "http").lower()
    return scheme, host, path or ("/" if scheme in ("http", "https") else "")
