"""Sonde's core: talk to anything on a network and keep what was said.

The names below are imported when they are first used, so that `import sonde_core` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .body import Body
    from .difference import Difference, compare
    from .endpoint import Endpoint, parse
    from .errors import SondeError
    from .exchange import Exchanger
    from .history.entry import Entry
    from .history.history import History
    from .history.summary import Summary
    from .http.call import Call
    from .http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody
    from .listen_request import ListenRequest
    from .model import Chunk, Event, Exchange, HttpResponse, Outcome
    from .replay import Replay
    from .session import Session
    from .session_request import SessionOptions, SessionRequest
    from .steps import (
        CloseStep,
        ExpectStep,
        HalfCloseStep,
        MessageKind,
        SendStep,
        UpgradeStep,
        WaitStep,
    )
    from .transport.listener import Listener

__all__ = [
    "Auth",
    "Body",
    "Call",
    "Chunk",
    "CloseStep",
    "Difference",
    "Endpoint",
    "Entry",
    "Event",
    "Exchange",
    "Exchanger",
    "ExpectStep",
    "Field",
    "HalfCloseStep",
    "History",
    "HttpOptions",
    "HttpRequest",
    "HttpResponse",
    "ListenRequest",
    "Listener",
    "MessageKind",
    "Outcome",
    "Replay",
    "RequestBody",
    "SendStep",
    "Session",
    "SessionOptions",
    "SessionRequest",
    "SondeError",
    "Summary",
    "UpgradeStep",
    "WaitStep",
    "compare",
    "parse",
]

_HOMES = {
    "body": "Body",
    "difference": "Difference compare",
    "endpoint": "Endpoint parse",
    "history.entry": "Entry",
    "errors": "SondeError",
    "exchange": "Exchanger",
    "history.history": "History",
    "history.summary": "Summary",
    "http.call": "Call",
    "http_request": "Auth Field HttpOptions HttpRequest RequestBody",
    "model": "Chunk Event Exchange HttpResponse Outcome",
    "listen_request": "ListenRequest",
    "replay": "Replay",
    "session": "Session",
    "session_request": "SessionOptions SessionRequest",
    "steps": "CloseStep ExpectStep HalfCloseStep MessageKind SendStep UpgradeStep WaitStep",
    "transport.listener": "Listener",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
