"""Keeping secrets out of the history file from the start: `keep_secrets = false`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..environments import Environments
from ..errors import SondeError

if TYPE_CHECKING:
    from ..history.entry import Entry
    from ..model import Exchange
    from .scrubber import Scrubber


class Stripper:
    """Makes of an entry what may be kept of it; see `History.strip`.

    Args:
        environments: The values in them that are secret are so wherever they stand.
    """

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self._read: object = None
        self._made: Scrubber | None = None

    def __call__(self, entry: Entry) -> Entry:
        """Return the entry without its secrets; what cannot be looked through is left out."""
        scrubber = self._scrubber()
        for exchange in (entry.exchange, _without_bytes(entry.exchange)):
            try:
                return scrubber.scrub(replace(entry, exchange=exchange))
            except SondeError:  # its bytes cannot be read, so that they cannot be kept either
                continue
        return replace(entry, exchange=_nothing(entry.exchange))

    def _scrubber(self) -> Scrubber:
        """Return one that knows the values of now; imported only here: starts are quick."""
        from .scrubber import Scrubber

        self._environments.refresh()
        tables = self._environments.tables
        if self._made is None or self._read is not tables:
            self._read = tables
            values = [item for table in tables.values() for item in table.items()]
            self._made = Scrubber(
                literals={each.data: name for name, each in values if each.secret}
            )
        return self._made


def _without_bytes(exchange: Exchange) -> Exchange:
    from ..model import Event, EventKind

    text = "the bytes that were said are not kept: they could not be looked through for secrets"
    events = tuple(each for each in exchange.timeline if isinstance(each, Event))
    return replace(exchange, timeline=(*events, Event(0.0, EventKind.DROPPED, text)))


def _nothing(exchange: Exchange) -> Exchange:
    from ..history.begun import left_behind
    from ..http_request import HttpRequest
    from ..session_request import SessionRequest

    http = isinstance(exchange.request, HttpRequest)
    request = HttpRequest(url=f"{exchange.kind}:") if http else SessionRequest(f"{exchange.kind}:")
    return replace(left_behind(exchange), request=request, peer="", local="", proxy="")
