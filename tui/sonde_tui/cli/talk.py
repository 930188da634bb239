"""`sonde talk`: one session; what is received goes to standard output."""

from __future__ import annotations

import asyncio
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from sonde_core import payload
from sonde_core.errors import DeadlineError, EndpointSyntaxError, SondeError
from sonde_core.model import Message
from sonde_core.outlets import files
from sonde_core.quoting import quoted
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import MessageKind, UpgradeStep

from . import FAILED, fitting, options, output, running, scripting, session_options
from . import steps as step_options
from .pushing import PATIENCE
from .running import Desk
from .talking import SILENCE, Talk

_DESCRIPTION = f"""\
Open a session to tcp://host:port, tls://host:port, udp://host:port, ws:// or wss://host/path or
unix:/path; a host and a port as two words are TCP. Send in the order given, and print what is
received byte for byte. Without --send, --send-hex or --send-file, standard input is sent; from a
terminal line by line, to ctrl+d. Over WebSocket each line of it is a message, text when it is
UTF-8, and each text that comes is printed as a line.

It ends when the peer ends, or {SILENCE:g} s after the last byte once all is sent; --wait S sets
another silence, and with it nothing is read from a terminal. A peer that never falls silent is left
after --for S. A peer that takes nothing of what is sent for {PATIENCE:g} s is given up. The exit
status is 1 when not all could be sent, when a WebSocket peer closes with the code of an error, and
over UDP when nothing came but a refusal.

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
    parser.usage = (
        "sonde talk {ENDPOINT | HOST PORT} [--send TEXT] [--send-hex HEX] [--expect PATTERN] ..."
    )
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("endpoint", metavar="ENDPOINT", help="where to")
    add("port", metavar="PORT", nargs="?", help="of TCP, where ENDPOINT is a host only")
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
        f" (default: {SILENCE:g})",
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
    args.endpoint = _address(args.endpoint, args.port)
    end = None if args.seconds is None else asyncio.get_running_loop().time() + args.seconds
    script = await _script(desk, args, end)
    sends = [] if script else [_step(option, text) for option, text in args.steps]
    chosen = _options(args)
    upgrades = script is not None and any(isinstance(step, UpgradeStep) for step in script.steps)
    fitting.refuse_foreign(args, args.endpoint, upgrades=upgrades)
    await running.aside(fitting.check_certificates, chosen)
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


def _address(endpoint: str, port: str | None) -> str:
    """Return where to; raises EndpointSyntaxError for a port behind a whole address."""
    if port is None:
        return endpoint
    is_ipv6 = endpoint.count(":") > 1 and "/" not in endpoint
    if ":" in endpoint and not is_ipv6:
        raise EndpointSyntaxError(
            f"{quoted(port)} is one word too many behind {quoted(endpoint)}.",
            hint="What is to be sent stands behind --send.",
        )
    return f"tcp://[{endpoint.strip('[]')}]:{port}" if is_ipv6 else f"tcp://{endpoint}:{port}"


async def _script(desk: Desk, args: Namespace, end: float | None) -> scripting.Script | None:
    try:
        async with asyncio.timeout_at(end):
            return await desk.aside(scripting.script_of, args)
    except TimeoutError:
        raise DeadlineError(
            "The time was over before all that is to be sent was read.",
            hint="--for gives it more time.",
            phase="send",
        ) from None


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
