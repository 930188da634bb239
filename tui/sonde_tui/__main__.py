"""Start Sonde: a command if one is named, else the app."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from sonde_core import __version__

from .cli import COMMANDS, FAILED, MISUSED, options, output

_USAGE = """\
sonde [--history FILE] [--demo] [ENDPOINT]
       sonde [--history FILE] COMMAND ..."""
# A key that comes just after something was drawn waits for the next frame: 8 ms, not Textual's 17.
_FRAMES = "120"
_ENDPOINT_HELP = (
    "opens the app with it: a URL, tcp://host:port, tls://, udp://, ws:// or unix:/path"
)
_EXAMPLES = """
examples:
  sonde                                  the app
  sonde --demo                           the app with a practice server to try things on
  sonde https://example.org/             the app with that address loaded
  sonde send https://example.org/        one request, its answer on standard output
  sonde talk tcp://127.0.0.1:8888        one session
  sonde COMMAND --help                   what a command takes, with an example

Everything that is sent and received is recorded. Data goes to standard output, words to standard
error. Exit status: 0 done, 1 failed or differs, 2 wrong usage."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Sonde to its end and return the exit status."""
    if not (sys.stdin and sys.stdout and sys.stderr):
        from sonde_core.outlets.files import fill_standard_streams

        fill_standard_streams()
    parser = _parser()
    args = parser.parse_args(arguments)
    try:
        if args.version:
            return output.tell(f"sonde {__version__}\n")
        if args.rest and args.rest[0] in COMMANDS:
            if args.demo:
                parser.error("--demo goes with the app, not with a command")
            return _command(args.rest[0], args.rest[1:], args.history)
        return _app(parser, args)
    except KeyboardInterrupt:  # before or after the event loop, which has its own way
        return FAILED


def _parser() -> options.Parser:
    commands = "\n".join(f"  {name:<10} {purpose}" for name, purpose in COMMANDS.items())
    parser = options.Parser(
        "sonde",
        "Send requests over HTTP and raw sockets, and keep, replay and compare what was said.",
        usage=_USAGE,
        epilog=f"commands:\n{commands}\n{_EXAMPLES}",
    )
    parser.add_argument("rest", nargs="...", metavar="ENDPOINT", help=_ENDPOINT_HELP)
    parser.add_argument(
        "--demo", action="store_true", help="start a practice server on this machine with the app"
    )
    options.add_history(parser)
    parser.set_defaults(history="")
    parser.add_argument("--version", action="store_true", help="print the version and end")
    return parser


def _command(name: str, arguments: Sequence[str], history: str) -> int:
    gc.set_threshold(50_000)  # looking for garbage while modules load takes a tenth of the start
    module = importlib.import_module(f".cli.{name}", __package__)
    configure: Callable[[options.Parser], None] = module.configure
    run: Callable[[Namespace], int] = module.run
    parser = options.Parser(f"sonde {name}", "")
    configure(parser)
    options.add_history(parser)
    parser.set_defaults(history=history)
    status = run(parser.parse_intermixed_args(arguments))
    gc.freeze()  # so that the interpreter does not look through all modules once more at its end
    return status


def _app(parser: options.Parser, args: Namespace) -> int:
    endpoint = args.rest[0] if args.rest else ""
    if args.rest:
        _check_endpoint(parser, endpoint)
    if len(args.rest) > 1:
        parser.error(f"after an endpoint comes nothing more, but there is {args.rest[1]!r}")
    if missing := _without_terminal():
        output.say(f"sonde: The app needs a terminal, but {missing}.")
        output.say("For scripts there are commands, such as `sonde send URL`; see `sonde --help`.")
        return MISUSED
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES)
    from .start import run

    return run(history=args.history, endpoint=endpoint, demo=args.demo)


def _without_terminal() -> str:
    """Say which of the streams that must be a terminal is none; empty if all are."""
    needed = {0: "standard input, for its keys,", 2: "standard error, for its screen,"}
    missing = [what for number, what in needed.items() if not output.is_terminal(number)]
    return " and ".join(f"{what} is none" for what in missing)


def _check_endpoint(parser: options.Parser, text: str) -> None:
    """End with a usage error when this is neither a command nor an address."""
    from sonde_core.endpoint import parse
    from sonde_core.errors import EndpointSyntaxError

    if not any(mark in text for mark in ":/.[") and text != "localhost":
        from difflib import get_close_matches

        near = get_close_matches(text, COMMANDS, 1)
        meant = f"; did you mean `sonde {near[0]}`?" if near else ""
        parser.error(f"{text!r} is neither a command nor an endpoint{meant}")
    try:
        parse(text)
    except EndpointSyntaxError as error:
        parser.error(f"{error.message} {error.advice}")


if __name__ == "__main__":
    sys.exit(main())
