"""Headers of handshakes that a person typed, each for the host and port it was typed for."""

from __future__ import annotations

from typing import Final

from sonde_core.endpoint import parse
from sonde_core.errors import EndpointSyntaxError
from sonde_core.words import count

Headers = tuple[tuple[str, str], ...]
_NOWHERE: Final = ""  # typed when there was no address; for the first that there is


class KeptHeaders:
    """Gives headers to nobody but the host and port they are for: one may be a token."""

    def __init__(self) -> None:
        self._kept: dict[str, Headers] = {}

    def keep(self, address: str, headers: Headers) -> None:
        """Keep headers for the host of an address, in place of those before."""
        self._kept.pop(_NOWHERE, None)
        place = _place(address)
        self._kept.pop(place, None)
        if headers:
            self._kept[place] = headers

    def of(self, address: str) -> Headers:
        """Return the headers for an address."""
        return self._kept.get(_place(address), self._kept.get(_NOWHERE, ()))

    def bind(self, address: str) -> None:
        """Let headers that were typed without an address be for this one."""
        place = _place(address)
        if place and _NOWHERE in self._kept:
            self._kept.setdefault(place, self._kept.pop(_NOWHERE))

    def elsewhere(self, address: str) -> str:
        """Say what an address does not get because it is for another; empty for nothing."""
        here = _place(address)
        others = [place for place in self._kept if place not in (here, _NOWHERE)]
        if here in self._kept or not others:
            return ""
        if len(others) > 1:
            return f"headers kept for {count(len(others), 'other host')}"
        return f"{count(len(self._kept[others[0]]), 'header')} kept for {others[0]}"


def _place(address: str) -> str:
    try:
        endpoint = parse(address)
    except EndpointSyntaxError:
        return _NOWHERE
    return endpoint.address.lower()
