"""`sonde talk`: one session; what is received goes to standard output."""

from __future__ import annotations

import asyncio
import os
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sonde_core import payload
from sonde_core.errors import ConnectError, DeadlineError, PeerClosedError, SondeError
from sonde_core.model import Message
from sonde_core.outlets import files
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import MessageKind, UpgradeStep

from . import FAILED, fitting, options, output, running, scripting, session_options
from . import steps as step_options
from .printing import Printer
from .pushing import PATIENCE, Pusher
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.script.perform import Performance
    from sonde_core.session import Session

_SILENCE: Final = 2.0
_SLICE: Final = 1 << 18
_DATAGRAM: Final = 1 << 14  # of standard input over UDP
_GRACE: Final = 1.0
# Seconds without progress after which sending to a peer that ended is given up.
_STUCK: Final = 0.3

_DESCRIPTION = f"""\
Open a session to tcp://host:port, tls://host:port, udp://host:port, ws:// or wss://host/path or
unix:/path, send in the order given, and print what is received byte for byte. Without --send,
--send-hex or --send-file, standard input is sent, unless it is a terminal. Over WebSocket each line
of it is a message, text when it is UTF-8, and each text that comes is printed as a line.

It ends when the peer ends, or {_SILENCE:g} s after the last byte once all is sent; --wait S sets
another silence. A peer that never falls silent is left after --for S. With a terminal as input and
nothing to send it waits for the peer, or ctrl+c. A peer that takes nothing of what is sent for
{PATIENCE:g} s is given up. The exit status is 1 when not all could be sent, and over UDP when
nothing came but a refusal.

With --expect, --upgrade or --steps all is done in the order given, and ends at the first thing that
is not as expected, with status 1. `sonde replay ID --show-steps` prints steps to begin with.
What (?P<NAME>...) of --expect caught, and --var NAME=VALUE, fill {{{{NAME}}}} in a --send that
follows; in --steps that is what send! does, and send does not.
{options.ESCAPES}"""

_EXAMPLES = r"""examples:
  sonde talk tcp://127.0.0.1:8888
  sonde talk tcp://example.org:80 --send 'HEAD / HTTP/1.0\r\nHost: example.org\r\n\r\n'
  sonde talk tcp://mail.example.org:25 --expect '^220 ' --send 'EHLO me\r\n' --expect '^250 ' \
    --send 'STARTTLS\r\n' --expect '^220 ' --upgrade --send 'EHLO me\r\n' --expect '^250 '
  sonde talk udp://127.0.0.1:9999 --send-hex '00 01 ff' --wait 0.5 --hex
  printf 'hello\n' | sonde talk unix:/tmp/server.sock --half-close"""


class _InOrder(Action):
    """Keeps the kinds of things to send in the order of the command line."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        if option_string in ("--send-file", "--steps") and not values:
            parser.error(f"{option_string} lacks the name of a file")
        text = values if isinstance(values, str) else ""
        steps = [*(getattr(namespace, self.dest) or []), (option_string or "", text)]
        setattr(namespace, self.dest, steps)


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = "sonde talk ENDPOINT [--send TEXT] [--send-hex HEX] [--expect PATTERN] ..."
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("endpoint", metavar="ENDPOINT", help="where to")
    for name, kind, what in (
        ("--send", "TEXT", "send this text; repeatable"),
        ("--send-hex", "HEX", "send these bytes, in WebSocket as binary; repeatable"),
        ("--send-file", "FILE", "send a file's bytes, over UDP in one datagram; repeatable"),
        ("--expect", "PATTERN", "wait until this regular expression is found; repeatable"),
        ("--steps", "FILE", "perform the steps in this file, or - for standard input"),
    ):
        add(name, dest="steps", metavar=kind, action=_InOrder, default=[], help=what)
    add(
        "--upgrade",
        dest="steps",
        nargs=0,
        action=_InOrder,
        help="put TLS on the session here (STARTTLS)",
    )
    step_options.add_variables(parser)
    add(
        "--half-close",
        action="store_true",
        help="send our end after all that is sent; over WebSocket that is a close frame",
    )
    add(
        "--wait",
        metavar="S",
        action=options.Once,
        type=options.seconds_or_none,
        help="end after S seconds of silence, without a byte, once all is sent"
        f" (default: {_SILENCE:g})",
    )
    add(
        "--for",
        dest="seconds",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="end after S seconds in all, in order, whatever still comes",
    )
    add("--hex", action="store_true", help="print both directions as a hexdump, > sent, < received")
    session_options.add(
        parser,
        timeout="seconds to connect, for each --expect and each expect of --steps without a"
        " `within`, and for a peer that takes nothing of what is sent"
        f" (default: {SessionOptions().connect_timeout:g}, the same, and {PATIENCE:g})",
    )


def run(args: Namespace) -> int:
    """Talk, print, record."""
    return running.run(args, lambda desk: _talk(desk, args))


async def _talk(desk: Desk, args: Namespace) -> int:
    script = await running.aside(scripting.script_of, args)
    sends = [] if script else [_step(option, text) for option, text in args.steps]
    chosen = _options(args)
    upgrades = script is not None and any(isinstance(step, UpgradeStep) for step in script.steps)
    fitting.refuse_foreign(args, args.endpoint, upgrades=upgrades)
    await running.aside(fitting.check_certificates, chosen)
    end = None if args.seconds is None else asyncio.get_running_loop().time() + args.seconds
    if script:
        scripting.check(script)
    asked = script.steps if script else ()
    session = desk.exchanger.session(SessionRequest(args.endpoint, chosen, asked))
    failure: SondeError | None = None
    opened = False
    with suppress(SondeError):  # the session holds its problem
        await desk.unless_stopped(session.open())
        opened = not desk.stop.asked
    performance = script.performance(session) if script else None
    if opened or not session.state.over:  # one that is over by now may have said something
        talk = Talk(session, desk, args, sends, end=end, performance=performance)
        failure = await talk.run()
    entry = await desk.exchanger.recorded(session)
    status = running.conclude(entry)
    if failure and not entry.exchange.problem:
        output.explain(failure)
    if performance is not None and not performance.fine:
        step_options.say_odd(performance.results)
        return status or FAILED
    return FAILED if failure and not status else status


def _options(args: Namespace) -> SessionOptions:
    chosen = session_options.read(args)
    if args.seconds is None:
        return chosen
    return replace(chosen, connect_timeout=min(chosen.connect_timeout, args.seconds))


def _step(option: str, text: str) -> bytes | str:
    """Return the bytes to send, or the path of a file."""
    if option == "--send-file":
        files.check_readable(text)
        return text
    if option == "--send-hex":
        return Message.of(payload.parse_hex(text), MessageKind.BINARY)
    return payload.unescape(text)


class Talk:
    """A session that is open: sends, prints, and knows when it is through."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        args: Namespace,
        steps: list[bytes | str],
        *,
        end: float | None = None,
        performance: Performance | None = None,
    ) -> None:
        """Take a session and what to send; `end` is the loop's time at which it is closed."""
        self._performance = performance
        self._session = session
        self._desk = desk
        self._half_close: bool = args.half_close
        self._steps = steps
        nothing = not steps and performance is None
        self._reads_input = nothing and not output.is_terminal(0)
        self._waits_for_peer = nothing and not self._reads_input and args.wait is None
        self._silence: float = _SILENCE if args.wait is None else args.wait
        self._datagrams = session.is_message
        self._printer = Printer(session, desk, as_hex=args.hex)
        self._pusher = Pusher(
            session, self._printer, promised=not nothing, patience=args.timeout or PATIENCE
        )
        self._end = end

    async def run(self) -> SondeError | None:
        """Talk to the end; returns what kept us from sending or printing all."""
        if output.is_terminal(2):
            output.say(f"connected to {self._session.peer}; ctrl+c ends")
        printing = asyncio.ensure_future(self._printer.run())
        failure: BaseException | None = None
        try:
            await self._desk.unless_stopped(self._in_time())
        except SondeError as error:
            failure = error
        if isinstance(failure, DeadlineError):
            self._session.fail(failure)
        elif self._desk.stop.asked and self._pusher.pending:
            self._session.cancel()
        await self._session.close(_GRACE)
        # After an interrupt nobody waits for a reader of ours that does not read.
        await asyncio.wait({printing}, timeout=_GRACE if self._desk.stop.asked else None)
        if not printing.done():
            printing.cancel()
        else:
            failure = printing.exception() or failure
        failure = failure or self._refused()
        if isinstance(failure, SondeError) or failure is None:
            return failure
        raise failure

    def _refused(self) -> SondeError | None:
        """Say that nobody is there, which UDP does not notice by itself."""
        if not self._printer.refusals or self._session.recorder.received:
            return None
        return ConnectError(f"Nothing came from {self._session.peer}, which refused what was sent.")

    async def _in_time(self) -> None:
        try:
            async with asyncio.timeout_at(self._end):
                await self._until_end()
        except TimeoutError:
            if self._pusher.pending:
                steps = "all steps were done"
                sends = f"{self._session.peer} took all that was to be sent"
                raise DeadlineError(
                    f"The time was over before {steps if self._performance else sends}.",
                    hint="--for gives it more time.",
                    phase="send",
                ) from None

    async def _until_end(self) -> None:
        sending = asyncio.ensure_future(self._send_all())
        quiet = asyncio.ensure_future(self._quiet(sending))
        ended = asyncio.ensure_future(self._printer.ended.wait())
        try:
            await asyncio.wait({quiet, ended}, return_when=asyncio.FIRST_COMPLETED)
            if self._performance is not None:
                await asyncio.wait({sending})  # it may expect the end
            elif not sending.done() and not self._printer.gone:
                await self._finish_sending(sending)
            if sending.done():
                sending.result()
            elif self._pusher.pending and not self._printer.gone:
                raise PeerClosedError(f"{self._session.peer} ended and took no more.", phase="send")
        finally:
            for task in (sending, quiet, ended):
                task.cancel()
            await asyncio.wait({sending, quiet, ended})

    async def _quiet(self, sending: asyncio.Future[None]) -> None:
        """Return when all is sent and nothing came for long enough."""
        await asyncio.wait({sending})
        if self._performance is not None and not self._performance.fine:
            return
        if sending.exception() is None and self._waits_for_peer:
            await self._printer.ended.wait()
        time = asyncio.get_running_loop().time
        sent_at = time()
        while (left := max(sent_at, self._printer.quiet_since) + self._silence - time()) > 0:
            if sending.exception() is not None:
                return
            await asyncio.sleep(min(left, self._silence))

    async def _finish_sending(self, sending: asyncio.Future[None]) -> None:
        """Send on to a peer that half-closed, as long as it takes bytes and we have them."""
        seen = (-1, -1)
        while not sending.done() and self._pusher.progress != seen:
            seen = self._pusher.progress
            await asyncio.wait({sending}, timeout=_STUCK)

    async def _send_all(self) -> None:
        if self._performance is not None:
            await self._performance.run()
        for step in self._steps:
            for data in self._pieces(step):
                await self._pusher.send(data)
        if self._reads_input:
            await self._send_input()
        if self._half_close and self._performance is None:
            await self._session.send_end()
        await self._pusher.finish()

    def _pieces(self, step: bytes | str) -> Iterator[bytes]:
        if isinstance(step, bytes):
            yield step
        elif self._datagrams:
            yield b"".join(files.read_slices(step))
        else:
            yield from files.read_slices(step, _SLICE)

    async def _send_input(self) -> None:
        size = _DATAGRAM if self._datagrams else _SLICE
        if not output.is_open(0):
            return
        if self._session.is_web_socket:
            await self._send_lines()
            return
        while data := await running.aside(os.read, 0, size):
            await self._pusher.send(data)

    async def _send_lines(self) -> None:
        """Send each line of standard input as a message of its own, without its end."""
        rest = bytearray()
        while data := await running.aside(os.read, 0, _SLICE):
            *whole, last = data.split(b"\n")
            for piece in whole:
                await self._pusher.send(bytes(rest + piece).removesuffix(b"\r"))
                rest.clear()
            rest += last
        if rest:
            await self._pusher.send(bytes(rest))
