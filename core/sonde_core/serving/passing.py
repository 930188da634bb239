"""A WebSocket client of ours that is passed on: its handshake, and what its session keeps.

The far side is opened in the midst of the client's handshake, so that both speak the same
subprotocol, and so that the client is refused when there is nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from ..endpoint import Endpoint
from ..errors import SondeError
from ..steps import MessageKind
from ..transport.close_codes import ABNORMAL, NO_CODE
from ..transport.web_socket_handshake import Headers, values_of
from ..transport.web_socket_opening import Agreed
from .far_messages import FarMessages, asking

if TYPE_CHECKING:
    from ..session import Session
    from .forward import Forward

# Of a connection and of one handshake: what is passed on has its own (RFC 9110, section 7.6.1).
_OWN: Final = frozenset(
    {
        *("connection", "upgrade", "host", "keep-alive", "te", "trailer", "transfer-encoding"),
        *("content-length", "proxy-authorization", "proxy-authenticate", "proxy-connection"),
        *("sec-websocket-key", "sec-websocket-version", "sec-websocket-accept"),
        *("sec-websocket-extensions", "sec-websocket-protocol"),
    }
)
_opened: Final[WeakKeyDictionary[Session, FarMessages]] = WeakKeyDictionary()


class Near:
    """Hears the client for its session, and passes on what that keeps to itself."""

    def __init__(self, session: Session, plan: Forward) -> None:
        """Begin before the client's handshake.

        Args:
            session: The client's.
            plan: Where to.
        """
        self._session = session
        self._plan = plan
        self._far = FarMessages(session.log, session.keep_part)

    async def agree(self, target: str, headers: Headers) -> Agreed:
        """Open the far side as the client asked for it.

        Raises:
            SondeError: It could not be opened; the client is to be told.
        """
        near = self._session.endpoint
        assert near is not None  # noqa: S101 - it was accepted
        offered = tuple(values_of(headers, "Sec-WebSocket-Protocol"))
        options = asking(self._plan.options, offered, _passed(headers))
        far, endpoint = self._far, _aimed(self._plan.endpoint(near), target)
        self._session.note(f"forwarding to {self._plan.endpoint(near)}")
        await far.open(endpoint, options)
        _opened[self._session] = far
        return Agreed(far.settled.subprotocol, _passed(far.settled.headers))

    def abort(self) -> None:
        """Drop the far side: the client's handshake failed."""
        self._far.abort()

    # the link's side

    def on_data(self, data: bytes) -> None:
        self._session.on_data(data)

    def on_message(self, data: bytes, kind: MessageKind) -> None:
        self._session.on_message(data, kind)
        if kind.is_control:
            self._far.take_aside(data, kind)

    def on_wire(self) -> None:
        self._session.on_wire()

    def on_part(self, data: bytes, text: str, *, carried: bool = False) -> None:
        self._session.on_part(data, text, carried=carried)

    def on_answer(self, data: bytes) -> None:
        self._session.on_answer(data)

    def on_end(self, text: str = "", **facts: str) -> None:
        self._far.near_ending = int(facts.get("code", NO_CODE)), facts.get("reason", "")
        self._session.on_end(text, **facts)

    def on_own_end(self, text: str, **facts: str) -> None:
        self._session.on_own_end(text, **facts)

    def on_fault(self, error: SondeError) -> None:
        self._far.near_ending = ABNORMAL, ""
        self._session.on_fault(error)

    def on_lost(self, error: BaseException | None) -> None:
        if self._session in _opened:  # nobody took it on
            self._far.abort()
        self._session.on_lost(error)

    def on_advice(self, error: OSError) -> None:
        self._session.on_advice(error)


def take_far(session: Session) -> FarMessages:
    """Return the far side that was opened for a client; whoever takes it looks after it."""
    return _opened.pop(session)


def _passed(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in _OWN)


def _aimed(far: Endpoint, target: str) -> Endpoint:
    """Return the far endpoint with the path that the client asked for, unless it names its own."""
    is_path = target.startswith("/") and target != "/"
    return replace(far, path=target) if is_path and far.path in ("", "/") else far
