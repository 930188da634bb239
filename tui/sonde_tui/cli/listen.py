"""`sonde listen`: wait for clients; what they send goes to standard output."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sonde_core.endpoint import DATAGRAM_SCHEMES
from sonde_core.errors import SondeError
from sonde_core.http_request import HttpRequest
from sonde_core.safetext import line
from sonde_core.secrets import mask_url
from sonde_core.words import count, status_line

from . import (
    DONE,
    answering,
    fitting,
    forwarding,
    options,
    output,
    running,
    session_options,
    steps,
)
from .printing import Printer
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

_GRACE: Final = 1.0

_DESCRIPTION = f"""\
Wait for clients on tcp://host:port, tls://, udp://, ws://, wss:// or unix:/path and print what they
send, byte for byte. Without a host it is 127.0.0.1; port 0 takes a free one. The address that was
bound goes to standard error at once. Each client is recorded. It ends with ctrl+c, --once or --for.
{options.ESCAPES}
{answering.RULES}"""

_EXAMPLES = r"""examples:
  sonde listen tcp://127.0.0.1:8888 --greet 'Hello, client!'
  sonde listen tcp://:0 --echo --for 60
  sonde listen tcp://:2525 --rule '@connect=220 hi\r\n' --rule '^QUIT=221 bye\r\n!close' \
      --rule '/^HELO (\S+)/i=250 hello {{1}}\r\n' --rule '*=500 what?\r\n'
  sonde listen udp://:9999 --rule 0x0001=0x0002 --hex
  sonde listen tcp://:8080 --http 503 --http-header 'Retry-After: 5' --http-body 'come back'
  sonde listen tcp://:6379 --play @1
  sonde listen tcp://:8443 --forward tls://example.com:443 --delay 0.2 --rate '10 KB'
  sonde listen unix:/tmp/inbox.sock --once > received.bin"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = "sonde listen ENDPOINT [--greet TEXT] [--echo] [--rule PATTERN=REPLY] ..."
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("endpoint", metavar="ENDPOINT", help="where to listen; tls:// makes its own certificate")
    add(
        "--greet",
        metavar="TEXT",
        action=options.Once,
        default="",
        help="send this to each client when it connects",
    )
    add("--echo", action="store_true", help="send back what each client sends")
    add("--hex", action="store_true", help="print both directions as a hexdump, > sent, < received")
    add(
        "--once",
        action="store_true",
        help="end after the first client is done; over UDP after its first datagram",
    )
    add(
        "--for",
        dest="seconds",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="end after S seconds",
    )
    add(
        "--idle",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="let a client go after S seconds without a byte either way",
    )
    add(
        "--max-clients",
        metavar="N",
        action=options.Once,
        type=options.count,
        help="refuse more clients at once than this (default: 1000)",
    )
    answering.add(parser)
    forwarding.add(parser)
    session_options.add_listening(parser)


def run(args: Namespace) -> int:
    """Listen, print, record."""
    return running.run(args, lambda desk: _listen(desk, args))


async def _listen(desk: Desk, args: Namespace) -> int:
    names = (await running.aside(steps.environment)).names
    request = replace(
        await answering.read(desk, args, names),
        forward=forwarding.read(args),
        options=session_options.read_listening(args),
    )
    fitting.refuse_foreign_of_listener(args, request)
    await running.aside(fitting.check_certificates_of_listener, request)
    listener = desk.exchanger.listener(request, answered=False, on_part=_tell_part, names=names)
    try:
        await listener.start()
    except SondeError:
        return running.conclude(await desk.exchanger.refuse(listener))
    output.say(f"listening on {listener.bound}")
    if listener.answers:
        output.say(listener.answers)
    if desk.history.trouble:
        output.say(f"sonde: Nothing of it will be in the history: {desk.history.trouble}")
    clients = Clients(listener, desk, once=args.once, as_hex=args.hex)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(args.seconds):
                await desk.unless_stopped(clients.run())
    finally:
        await listener.close(_GRACE)
        await clients.finish()
    return DONE


def _tell_part(entry: Entry) -> None:
    """Say a line about one HTTP request of a client."""
    exchange = entry.exchange
    if isinstance(exchange.request, HttpRequest):
        what = f"{exchange.peer} {exchange.request.method} {mask_url(exchange.target)}"
        output.say(f"{line(what)} · {status_line(exchange)}")


class Clients:
    """Prints what the clients of a listener send, each from its connecting to its end."""

    def __init__(self, listener: Listener, desk: Desk, *, once: bool, as_hex: bool = False) -> None:
        self._listener = listener
        self._desk = desk
        self._once = once
        self._as_hex = as_hex
        self._printing: dict[Session, asyncio.Future[None]] = {}
        self._through = asyncio.Event()
        self._refused = 0  # that were told

    async def run(self) -> None:
        """Greet each new client with a line of words; returns when there is nothing more to do.

        Raises:
            BodyError: Standard output cannot be written.
        """
        watching = asyncio.ensure_future(self._watch())
        through = asyncio.ensure_future(self._through.wait())
        try:
            await asyncio.wait({watching, through}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            through.cancel()
            await asyncio.wait({watching, through})
        for task in self._printing.values():
            if task.done():
                task.result()

    async def finish(self) -> None:
        """Print what came until the end, unless nobody reads it."""
        self._take_new()
        more = self._listener.refused - self._refused
        if more:
            output.say(f"{count(more, 'more client')} refused")
        tasks = list(self._printing.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            task.cancel()

    async def _watch(self) -> None:
        seen = -1
        while not self._listener.state.over:
            seen = await self._listener.changed(seen)
            self._take_new()

    def _take_new(self) -> None:
        """Print each client that is new; forget those that the listener has let go."""
        refusals = self._listener.refusals[self._refused :]
        self._refused += len(refusals)
        most = count(self._listener.request.max_clients, "client")
        for peer in refusals:
            output.say(f"client {peer} · refused: no more than {most} may be there")
        known = self._printing
        self._printing = {}
        for session in self._listener.sessions:
            if session not in known:
                output.say(f"client {session.peer}")
            self._printing[session] = known.get(session) or asyncio.ensure_future(
                self._print(session)
            )

    async def _print(self, session: Session) -> None:
        printer = Printer(session, self._desk, as_hex=self._as_hex)
        try:
            if self._once and self._listener.bound.scheme in DATAGRAM_SCHEMES:
                await self._print_one(printer)
            else:
                await printer.run()
        finally:
            if self._once or printer.gone:
                self._through.set()
        output.say(f"client {session.peer} · {status_line(session.exchange())}")

    async def _print_one(self, printer: Printer) -> None:
        printing = asyncio.ensure_future(printer.run())
        await printer.first.wait()
        self._through.set()
        await printing
