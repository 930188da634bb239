"""What was sent, endpoint by endpoint, to be sent again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .typed import Typed

REMEMBERED: Final = 500  # messages of one endpoint
ENDPOINTS: Final = 50


class SentList:
    """Holds the messages of each endpoint, and a place among those of one."""

    def __init__(self) -> None:
        self._lists: dict[str, list[Typed]] = {"": []}
        self._address = ""
        self._place = 0  # the number of messages for what is being typed
        self._draft = Typed("")

    @property
    def _sent(self) -> list[Typed]:
        return self._lists[self._address]

    @property
    def newest_first(self) -> list[Typed]:
        """What was sent to the endpoint, each once."""
        return list(dict.fromkeys(reversed(self._sent)))

    def turn_to(self, address: str) -> bool:
        """Go on with another endpoint; returns whether it is a new one."""
        known = address in self._lists
        self._lists[address] = self._lists.pop(address, [])
        while len(self._lists) > ENDPOINTS:
            del self._lists[next(iter(self._lists))]
        self._address = address
        self._place = len(self._sent)
        return not known

    def put_before(self, address: str, older: Iterable[Typed]) -> None:
        """Put messages before all others of an endpoint."""
        sent = self._lists.get(address)
        if sent is None:
            return
        news = [typed for typed in older if typed not in sent][: REMEMBERED - len(sent)]
        sent[:0] = news
        if address == self._address:
            self._place += len(news)

    def add(self, typed: Typed) -> None:
        """Remember what is sent, and stand behind it."""
        if typed.text and self._sent[-1:] != [typed]:
            self._sent.append(typed)
            del self._sent[:-REMEMBERED]
        self._place = len(self._sent)

    def step(self, by: int, typed: Typed) -> Typed | None:
        """Go to an older or newer message; what is typed comes after the newest.

        Returns:
            What is to be shown; None where there is no further one.
        """
        place = max(0, min(len(self._sent), self._place + by))
        if place == self._place:
            return None
        if self._place == len(self._sent):
            self._draft = typed
        self._place = place
        return self._sent[place] if place < len(self._sent) else self._draft
