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
        self._held: dict[str, set[Typed]] = {"": set()}  # those of which nothing has left
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

    @property
    def unsent(self) -> frozenset[Typed]:
        """Those that wait, or were refused."""
        return frozenset(self._held[self._address])

    def turn_to(self, address: str) -> bool:
        """Go on with another endpoint; returns whether it is a new one."""
        known = address in self._lists
        self._lists[address] = self._lists.pop(address, [])
        self._held.setdefault(address, set())
        while len(self._lists) > ENDPOINTS:
            oldest = next(iter(self._lists))
            del self._lists[oldest], self._held[oldest]
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
        """Remember what is to be sent, and stand behind it; `left` tells that it was."""
        if typed.text and self._sent[-1:] != [typed]:
            if typed not in self._sent:
                self._held[self._address].add(typed)
            self._sent.append(typed)
            self._held[self._address].difference_update(self._sent[:-REMEMBERED])
            del self._sent[:-REMEMBERED]
        self._place = len(self._sent)

    def left(self, address: str, typed: Typed) -> None:
        """Hear that a message was sent to an endpoint."""
        self._held.get(address, set()).discard(typed)

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
