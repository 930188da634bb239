"""Which tabs there are, which one serves what, and how each is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sonde_core.endpoint import parse
from sonde_core.errors import EndpointSyntaxError
from sonde_core.http_request import HttpRequest

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry

    from .screens.tab import Tab
    from .services import Services

TITLES: Final = {"http": "HTTP", "socket": "Socket", "listen": "Listen", "history": "History"}


def for_endpoint(text: str) -> str:
    """Name the tab that serves an endpoint; text that is none goes where HTTP is written."""
    if not text:
        return "http"
    try:
        return "http" if parse(text).is_http else "socket"
    except EndpointSyntaxError:
        socket_like = text.lower().startswith(("tcp:", "tls:", "udp:", "unix:"))
        return "socket" if socket_like else "http"


def for_entry(entry: Entry) -> str:
    """Name the tab that can edit an entry."""
    if isinstance(entry.exchange.request, HttpRequest):
        return "http"  # also one that a client of a listener sent
    return "listen" if entry.exchange.role == "server" else "socket"


def load() -> None:
    """Import, while there is time, what `build` needs: a tab is there twice as soon."""
    from .screens import history, listener, session  # noqa: F401


def build(name: str, services: Services) -> Tab:
    """Make a tab; its module is imported now if it was not before."""
    if name == "http":
        from .screens.http import HttpTab

        return HttpTab(services, id=name)
    if name == "socket":
        from .screens.session import SocketTab

        return SocketTab(services, id=name)
    if name == "listen":
        from .screens.listener import ListenTab

        return ListenTab(services, id=name)
    from .screens.history import HistoryTab

    return HistoryTab(services, id=name)
