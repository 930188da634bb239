"""The errors that Sonde can explain to its user.

SondeError
├── EndpointSyntaxError   text that is no address, or a URL that is none
├── PayloadSyntaxError    text that is no payload: a bad escape, odd hex, bad JSON
├── RequestError          a request that cannot be sent as it is written
├── ConnectError          the peer could not be reached, or the connection broke
│   ├── ResolveError      its name has no address
│   ├── PeerClosedError   it closed or reset the connection before the end
│   └── EndSentError      our end was sent, so nothing more can be
├── BindError             a listener could not take its address
├── TlsError              the TLS handshake failed
├── DeadlineError         a time limit ran out
├── HttpError             what came back is no HTTP
├── WebSocketError        the peer refuses WebSocket, breaks its rules, or closes with an error
├── BodyError             a body could not be decoded, read or formatted
├── LensError             there is no such lens, or it does not take that
├── HistoryError          the history file could not be read or written
├── SaveError             a file of the person's own could not be written
│   └── TakenError        something has its name already
└── NotFoundError         no entry answers to that id
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .model import TlsFacts


class SondeError(Exception):
    """Anything Sonde can explain to its user.

    Attributes:
        message: What failed, with the value, in one sentence.
        advice: What to try next, in one sentence; may be empty.
        phase: Where in an exchange it happened: `request`, `resolve`, `connect`, `tls`, `send`,
            `wait`, `receive` or `bind`; empty where there is no exchange.
        heard: What the peer said in place of a TLS handshake; empty for nothing.
    """

    hint: ClassVar[str] = ""
    kind: ClassVar[str] = "error"
    heard: bytes = b""

    def __init__(self, message: str, *, hint: str = "", phase: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint
        self.phase = phase


class EndpointSyntaxError(SondeError):
    """Text that is no address."""

    hint = "Write it like https://example.org/path, tcp://host:port, tls://, udp:// or unix:/path."
    kind = "syntax"


class PayloadSyntaxError(SondeError):
    """Text that is no payload."""

    hint = r"Escapes are \r \n \t \0 \\ and \xHH; hex is pairs of digits."
    kind = "syntax"


class RequestError(SondeError):
    """A request that cannot be sent as it is written."""

    kind = "syntax"


class ConnectError(SondeError):
    """The peer could not be reached, or the connection broke."""

    hint = "Check that something is listening at that address."
    kind = "connect"


class ResolveError(ConnectError):
    """A host name has no address."""

    hint = "Check the spelling of the host name and that this machine can resolve names."
    kind = "resolve"


class PeerClosedError(ConnectError):
    """The peer closed or reset the connection before the end."""

    hint = "What arrived before that is kept: see the wire, or `sonde show ID`."
    kind = "closed"


class EndSentError(ConnectError):
    """Our end was sent, so nothing more can be."""

    hint = "Open the session again."


class BindError(SondeError):
    """A listener could not take its address."""

    hint = "Choose another port; 0 takes any free one."
    kind = "bind"


class TlsError(SondeError):
    """The TLS handshake failed."""

    hint = "Check the certificate, or do without verification: --insecure, or `verify TLS`."
    kind = "tls"
    facts: TlsFacts | None = None  # what was seen before it failed, the certificate too


class DeadlineError(SondeError):
    """A time limit ran out."""

    hint = "Give it more time, or check that the peer is alive."
    kind = "timeout"


class HttpError(SondeError):
    """What came back is no HTTP, or broke off in the middle."""

    hint = "The bytes that came are kept: see the wire, or `sonde show ID`."
    kind = "protocol"


class WebSocketError(SondeError):
    """The peer refuses WebSocket, breaks its rules, or closes it with the code of an error."""

    hint = "What came before it is kept; see the events of the session."
    kind = "protocol"


class BodyError(SondeError):
    """A body could not be decoded, read or formatted."""

    hint = "The bytes are kept as they came: see the wire, or `sonde copy ID --as hex`."
    kind = "body"


class LensError(SondeError):
    """A lens that is not there, cannot be loaded, or was given what it does not take."""

    hint = "L in a conversation lists the lenses with what they take."
    kind = "syntax"


class HistoryError(SondeError):
    """The history file could not be read or written."""

    hint = "Check the folder's rights and free space, or choose another file with --history."
    kind = "history"


class SaveError(SondeError):
    """A file of the person's own could not be written."""

    kind = "save"


class TakenError(SaveError):
    """Something has the name already, and may not be overwritten."""

    hint = "Choose another name."


class NotFoundError(SondeError):
    """No entry answers to that id."""

    hint = "List the ids with `sonde history`; @1 is the newest entry."
    kind = "missing"
