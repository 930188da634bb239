"""What a conversation is, as far as it tells how to show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sonde_core.endpoint import MESSAGE_SCHEMES
from sonde_core.http_request import HttpRequest
from sonde_core.model import Exchange

if TYPE_CHECKING:
    from sonde_core.session import Session

_LENSES: WeakKeyDictionary[object, dict[str, str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class About:
    """What a conversation is.

    Attributes:
        address: Where it goes: a lens is remembered for it.
        kind: The scheme, or `http`.
        started: Wall time, UTC; None where it is not known.
    """

    address: str = ""
    kind: str = ""
    started: datetime | None = None

    @classmethod
    def session(cls, session: Session) -> About:
        """Tell it of a session that may be under way."""
        return cls(session.request.address, session.kind, session.started)

    @classmethod
    def exchange(cls, exchange: Exchange) -> About:
        """Tell it of what is over."""
        address = exchange.target
        if isinstance(exchange.request, HttpRequest):  # one lens for a server
            scheme, _, rest = address.partition("://")
            address = f"{scheme}://{rest.partition('/')[0]}"
        return cls(address, exchange.kind, exchange.started)

    @property
    def is_message(self) -> bool:
        """Whether each chunk is a message or datagram of its own."""
        return self.kind in MESSAGE_SCHEMES

    @property
    def is_datagram(self) -> bool:
        return self.is_message and not self.kind.startswith("ws")


def lenses_of(app: object) -> dict[str, str]:
    """Return the lenses that were chosen in an app, by address, to be added to."""
    return _LENSES.setdefault(app, {})
