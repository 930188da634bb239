"""The flags of what `sonde listen` does by itself with its clients."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sonde_core import payload
from sonde_core.errors import RequestError
from sonde_core.listen_request import ListenRequest
from sonde_core.outlets import files

from . import options, session_options

if TYPE_CHECKING:
    from sonde_core.body import Body
    from sonde_core.serving.rule import HttpAnswer, Rule
    from sonde_core.steps import Step

    from .running import Desk

RULES: Final = r"""
--rule PATTERN=REPLY answers every message that fits; the first rule that does counts. PATTERN:
  TEXT  holds it      ^TEXT  begins so      ^TEXT$  is just that, but for its line end
  0xHEX  the same with bytes: 0x0001, ^0x0001, ^0x0001$
  /REGEX/  a regular expression; /REGEX/i in both cases
  *  any message: as the last rule, what no other one answers
  @connect  when a client comes      @end  when it sent its end
REPLY is text, or 0xHEX. {{1}} and {{name}} are what a pattern caught, {{0}} what matched,
{{message}} all of the message; {{counter}}, {{now}}, {{uuid}} and the like work too, and, as in
--greet, the values of environments.toml as they are when it begins to listen. In it may stand
!delay:SECONDS !close !half-close !reset !echo !upgrade, with a ; before text that follows.
\= \@ \! \^ \$ \* \/ are these characters themselves, \x30x is 0x.
A byte stream is cut at line ends, in a longer line every 64 KiB, and where 0xHEX of bytes that are
no text fits; what comes without a line end is cut after a tenth of a second of silence. With
--framing stream, and when all patterns are such bytes or one goes over lines, a stream is matched
as it comes. Wherever reads end, the same rule answers: one that fits waits, up to that silence,
while a TEXT or 0xHEX before it may still fit with more. So write the longer first: 0x0050, then
^0x00."""


def add(parser: options.Parser) -> None:
    """Add the flags, in groups."""
    _add_rules(parser)
    group = parser.add_argument_group("HTTP")
    group.add_argument(
        "--http",
        metavar="STATUS",
        nargs="?",
        type=_status,
        const=200,
        help="answer each HTTP request, and record each (default: 200)",
    )
    group.add_argument(
        "--http-header",
        metavar="'NAME: VALUE'",
        action="append",
        type=_header,
        default=[],
        help="a header of the answer; repeatable",
    )
    group.add_argument(
        "--http-body", metavar="TEXT|@FILE", action=options.Once, help="the answer's body"
    )
    _add_play(parser)
    _add_tls(parser)


def _add_rules(parser: options.Parser) -> None:
    group = parser.add_argument_group("rules")
    group.add_argument(
        "--rule",
        metavar="PATTERN=REPLY",
        action="append",
        default=[],
        help="answer messages that fit; repeatable; with --echo the others are sent back",
    )
    group.add_argument(
        "--rules",
        metavar="FILE",
        action=options.OneFile,
        default="",
        help="read rules from a file, one a line",
    )
    group.add_argument(
        "--framing",
        choices=("auto", "lines", "stream"),
        default="auto",
        help="how a byte stream is cut for the rules (default: auto)",
    )


def _add_play(parser: options.Parser) -> None:
    group = parser.add_argument_group("playing a recording")
    group.add_argument(
        "--play",
        metavar="ID",
        action=options.Once,
        help="say to each client what the server said in this entry, once it said its part",
    )
    group.add_argument(
        "--timing",
        action=options.Once,
        choices=("fast", "recorded"),
        default="fast",
        help="recorded keeps the pauses of the recording (default: fast)",
    )
    group.add_argument(
        "--strict", action="store_true", help="close as soon as a client says something else"
    )


def _add_tls(parser: options.Parser) -> None:
    group = parser.add_argument_group("TLS and WebSocket")
    for flag, metavar, words in (
        ("--cert", "FILE", "PEM file with our certificates, and the key or not"),
        ("--key", "FILE", "PEM file with the key of --cert"),
        ("--client-ca", "FILE", "ask clients for a certificate of these issuers"),
    ):
        group.add_argument(flag, metavar=metavar, action=options.OneFile, default="", help=words)
    group.add_argument(
        "--accept-tls",
        metavar="VERSION",
        action=options.Once,
        type=session_options.tls_version,
        help="the oldest TLS taken of clients (default: 1.2)",
    )
    for flag, words in (
        ("--alpn", "speak this protocol; repeatable"),
        ("--subprotocol", "speak this one over WebSocket; repeatable"),
    ):
        group.add_argument(flag, metavar="NAME", action="append", default=[], help=words)


async def read(desk: Desk, args: Namespace, names: Collection[str] = ()) -> ListenRequest:
    """Return what the flags say; greeting and replies may name what `names` holds.

    Raises:
        SondeError: A rule, a file or an entry cannot be used.
    """
    from sonde_core.templates import Values, is_template

    _check(args)
    for name in (args.cert, args.key, args.client_ca):
        if name:
            files.check_readable(name)
    greeting = payload.unescape(args.greet)
    known = Values(dict.fromkeys(("peer", *names), b""))
    request = ListenRequest(
        args.endpoint,
        greeting,
        args.echo,
        certificate=args.cert,
        key=args.key,
        client_ca=args.client_ca,
        alpn=tuple(args.alpn),
        subprotocols=tuple(args.subprotocol),
        greeting_template=is_template(greeting, known),
        idle_timeout=args.idle,
        rules=await desk.aside(_rules, args, names),
        framing=args.framing,
        http=await desk.aside(_http, args),
        script_pace=args.timing,
        script_strict=args.strict,
    )
    if args.max_clients is not None:
        request = replace(request, max_clients=args.max_clients)
    if args.accept_tls is not None:
        request = replace(request, min_tls=args.accept_tls)
    if args.play is not None:
        request = replace(request, script=await _script(desk, args.play))
    return request


def _check(args: Namespace) -> None:
    """Refuse flags that do not go together."""
    asks = args.http is not None or args.http_header or args.http_body is not None
    chosen = {"--rule": args.rule or args.rules, "--http": asks, "--play": args.play is not None}
    chosen["--forward"] = args.forward is not None
    chosen["--echo"] = args.echo and not chosen["--rule"]
    given = [flag for flag, is_given in chosen.items() if is_given]
    if len(given) > 1:
        raise RequestError(
            f"{given[0]} and {given[1]} do not go together.", hint="Start a listener for each."
        )


def _rules(args: Namespace, names: Collection[str]) -> tuple[Rule, ...]:
    if not args.rule and not args.rules:
        return ()
    from sonde_core.serving.rule import ECHO, Rule
    from sonde_core.serving.rule_text import read_rule, read_rules

    rules = [read_rule(text, names) for text in args.rule]
    if args.rules:
        rules += read_rules(_text(args.rules), names)
    if args.echo:
        rules.append(Rule("any", actions=(ECHO,)))
    return tuple(rules)


def _text(path: str) -> str:
    data = files.take(files.read_slices(path), whole=True)
    return data.decode("utf-8", "surrogateescape")


def _http(args: Namespace) -> HttpAnswer | None:
    if args.http is None and not args.http_header and args.http_body is None:
        return None
    from sonde_core.serving.rule import HttpAnswer

    return HttpAnswer(args.http or 200, tuple(args.http_header), _body(args.http_body or ""))


def _body(text: str) -> Body:
    from sonde_core.body import Body, Spool

    if not text.startswith("@"):
        return Body.of(payload.unescape(text))
    spool = Spool()
    for piece in files.read_body(text[1:]):
        spool.write(piece)
    return spool.body()


async def _script(desk: Desk, reference: str) -> tuple[Step, ...]:
    from sonde_core.script.derive import server_steps_of
    from sonde_core.steps import SendStep

    entry = await desk.history.get(desk.history.find(reference))
    steps = server_steps_of(entry.exchange)
    if not any(isinstance(step, SendStep) for step in steps):
        raise RequestError(
            f"In {reference} the server says nothing that could be played.",
            hint="`sonde show` tells what is in an entry.",
        )
    return steps


def _status(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 200 <= int(text) <= 999):
        raise ArgumentTypeError(f"{text!r} is no status from 200 to 999")
    return int(text)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError(f"{text!r} is no header; write 'NAME: VALUE'")
    return name.strip(), value.strip()
