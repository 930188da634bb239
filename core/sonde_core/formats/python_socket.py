"""A socket session as a script of its own that says the same again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from ..endpoint import Endpoint
from ..errors import BodyError
from ..history.entry import Entry
from ..model import Exchange
from ..repeat import Turn, turns_of
from ..safetext import line
from ..session_request import SessionOptions, SessionRequest
from ..steps import HalfCloseStep, SendStep, Step
from .literals import literal
from .masking import shown
from .plan import LARGEST

_PATIENCE: Final = 5.0  # seconds beyond what the recording took
_LONGEST: Final = 3600.0
_MASKED: Final = "# Secrets are masked: put them in place of the stars."

_RECEIVE: Final = '''\
def receive(size):
    """Print as many bytes as the recording had here; fewer when the peer ends."""
    while size > 0 and (data := connection.recv(min(size, 65536))):
        show(data)
        size -= len(data)'''
_RECEIVE_MESSAGES: Final = '''\
def receive(count):
    """Print as many datagrams as the recording had here."""
    for _ in range(count):
        show(connection.recv(65535))'''
_RECEIVE_ALL: Final = '''\
def receive_all():
    """Print what comes, to the peer's end."""
    while data := connection.recv(65536):
        show(data)'''
_SHOW: Final = """\
def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()"""
_TLS: Final = '''\
class Tls:
    """TLS that can end our side and go on receiving, which `ssl.SSLSocket` cannot."""

    def __init__(self, plain, context, name):
        self.plain = plain
        self.inbox, self.outbox = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inbox, self.outbox, server_hostname=name)
        self.early = bytes()
        self.run(self.tls.do_handshake)

    def run(self, work, *values):
        while True:
            try:
                result = work(*values)
                self.plain.sendall(self.outbox.read())
                return result
            except ssl.SSLWantReadError:
                self.plain.sendall(self.outbox.read())
                if data := self.plain.recv(65536):
                    self.inbox.write(data)
                else:
                    self.inbox.write_eof()

    def recv(self, size):
        if self.early:
            data, self.early = self.early[:size], self.early[size:]
            return data
        try:
            return self.run(self.tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return bytes()

    def sendall(self, data):
        rest = memoryview(data)
        while rest:
            rest = rest[self.run(self.tls.write, rest) :]

    def shutdown(self, _):
        with contextlib.suppress(ssl.SSLError):  # what is unread would be lost
            while data := self.tls.read(65536):
                self.early += data
        with contextlib.suppress(ssl.SSLError):  # the peer's end has not come yet
            self.tls.unwrap()
        self.plain.sendall(self.outbox.read())'''


def as_socket_script(entry: Entry, *, reveal: bool = False) -> str:
    """Write a script that sends the same bytes in the same order.

    Before each it reads as much as the peer had said by then (datagrams for UDP), and prints it.

    Raises:
        BodyError: It is no session that we opened, or more than a script can hold.
        EndpointSyntaxError: The address is none.
        RequestError: Part of what was sent is not kept.
    """
    exchange = shown(entry, reveal).exchange
    request = exchange.request
    if not isinstance(request, SessionRequest) or not can_repeat(exchange):
        raise BodyError(
            "Only a session that you opened can be written as a script.",
            hint="Copy the transcript, or the bytes as hex.",
        )
    if exchange.sent > LARGEST:
        raise BodyError(
            f"{exchange.sent:,} bytes were sent, too many for a script.",
            hint=f"Up to {LARGEST:,} are; replay the entry instead.",
        )
    script = _Script(request, exchange)
    masked = not reveal and script.turns != _turns(request, entry.exchange)
    return "\n".join(script.lines(masked=masked)) + "\n"


def can_repeat(exchange: Exchange) -> bool:
    """Whether we opened the session, so that a script can."""
    return exchange.role == "client" and exchange.kind in ("tcp", "tls", "udp", "unix")


class _Script:
    """The lines of a script.

    Attributes:
        turns: What it sends, each with what it waits for first; the last one sends nothing.
    """

    def __init__(self, request: SessionRequest, exchange: Exchange) -> None:
        self._endpoint = request.endpoint
        self._options = request.options
        self._total = exchange.timing.total
        self._counts_messages = exchange.is_message
        self.turns = _turns(request, exchange)
        self._calls = list(self._conversation())

    def lines(self, *, masked: bool) -> Iterator[str]:
        """Yield the lines of the script."""
        yield f"# {line(str(self._endpoint))}: what was said there, to say it again."
        if masked:
            yield _MASKED
        yield ""
        yield from self._imports()
        yield ""
        yield f"TIMEOUT = {self._limit()}  # seconds, to connect and for each answer"
        for function in self._functions():
            yield from ("", "", *function.split("\n"))
        yield from ("", "")
        yield from _opening(self._endpoint, self._options)
        yield from (f"    {call}" for call in self._calls)

    def _imports(self) -> Iterator[str]:
        secure = self._endpoint.scheme == "tls"
        if secure:
            yield "import contextlib"
        yield "import socket"
        if secure:
            yield "import ssl"
        if self._receives:
            yield "import sys"

    @property
    def _receives(self) -> bool:
        return any(call.startswith("receive") for call in self._calls)

    def _limit(self) -> str:
        seconds = max(self._options.connect_timeout, self._total + _PATIENCE)
        return str(math.ceil(min(seconds, _LONGEST)))

    def _functions(self) -> Iterator[str]:
        if self._receives:
            yield _SHOW
        if any(call.startswith("receive(") for call in self._calls):
            yield _RECEIVE_MESSAGES if self._counts_messages else _RECEIVE
        if "receive_all()" in self._calls:
            yield _RECEIVE_ALL
        if self._endpoint.scheme == "tls":
            yield _TLS

    def _conversation(self) -> Iterator[str]:
        heard, ended = 0, False
        *turns, last = self.turns
        for turn in (*turns, last):
            if turn.ended and not ended and not self._counts_messages:
                yield "receive_all()"
                heard, ended = turn.step.after, True
            elif turn.step.after > heard:
                yield f"receive({turn.step.after - heard})"
                heard = turn.step.after
            if turn is not last:
                yield self._say(turn.step)
        if not turns and not heard and not ended:
            yield "pass  # nothing was said"

    def _say(self, step: Step) -> str:
        if isinstance(step, HalfCloseStep):
            return "connection.shutdown(socket.SHUT_WR)  # our end; we go on receiving"
        if not isinstance(step, SendStep):
            raise BodyError("This session has a step that a script cannot do yet.")
        send = "send" if self._counts_messages else "sendall"
        return f"connection.{send}({literal(step.data, indent=4)})"


def _turns(request: SessionRequest, exchange: Exchange) -> tuple[Turn, ...]:
    """Return what was sent; what was to be sent, to a peer that was never reached."""
    *turns, end = turns_of(exchange)
    if not turns and not exchange.received:
        turns = [Turn(step, 0.0, 0.0, ended=False) for step in request.steps]
    return (*turns, end)


def _opening(endpoint: Endpoint, options: SessionOptions) -> Iterator[str]:
    address = f"({literal(endpoint.host)}, {endpoint.port})"
    if endpoint.scheme == "unix":
        yield "with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:"
        yield "    connection.settimeout(TIMEOUT)"
        yield f"    connection.connect({literal(endpoint.path)})"
    elif endpoint.scheme == "udp":
        yield f"found = socket.getaddrinfo(*{address}, type=socket.SOCK_DGRAM)"
        yield "with socket.socket(found[0][0], socket.SOCK_DGRAM) as connection:"
        yield "    connection.settimeout(TIMEOUT)"
        yield "    connection.connect(found[0][4])"
    elif endpoint.scheme == "tls":
        yield from _context(options)
        name = literal(options.server_name or endpoint.host)
        yield f"with socket.create_connection({address}, TIMEOUT) as plain:"
        yield f"    connection = Tls(plain, context, {name})"
    else:
        yield f"with socket.create_connection({address}, TIMEOUT) as connection:"


def _context(options: SessionOptions) -> Iterator[str]:
    trusted = f"cafile={literal(options.ca_file)}" if options.ca_file else ""
    yield f"context = ssl.create_default_context({trusted})"
    if not options.verify:
        yield "context.check_hostname = False"
        yield "context.verify_mode = ssl.CERT_NONE"
