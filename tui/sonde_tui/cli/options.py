"""What the commands' options have in common: help that fits, numbers that are checked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NoReturn

from sonde_core import quantity
from sonde_core.errors import RequestError

from . import MISUSED, output

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

IDS = "an entry's id, a unique prefix of it, or @1 for the newest, @2 for the one before"
MASKED = """\
Secrets are masked unless --reveal is given: in URLs and headers, in the fields of a form and in
the JSON (up to 1 MiB) of a request, by names such as password or token. Not masked are the rest
of a request's body, be it text or binary, and all of an answer's body."""
ESCAPES = r"Escapes in TEXT: \r \n \t \0 \\ \xHH."

_WORD: Final = "\0"  # marks a word behind --; the system gives none with it
_DASHES: Final = {
    "unrecognized arguments": "A word that begins with - and is no option stands behind --.",
    "expected one argument": "A value that begins with - is joined to its option by =.",
}


class Parser(argparse.ArgumentParser):
    """An argument parser that survives closed streams and says where help is."""

    def __init__(self, prog: str, description: str, *, epilog: str = "", usage: str = "") -> None:
        super().__init__(
            prog=prog,
            usage=usage or None,
            description=description,
            epilog=epilog or None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def parse_intermixed_args(  # type: ignore[override]  # one kind of namespace is enough here
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """Parse options and words in any order; words behind `--` are none of the options.

        argparse itself takes them for options here.
        """
        given = list(sys.argv[1:] if args is None else args)
        end = given.index("--") if "--" in given else len(given)
        words = [f"{_WORD}{each}" for each in given[end + 1 :]]
        found = super().parse_intermixed_args([*given[:end], *words], namespace)
        for name, value in vars(found).items():
            setattr(found, name, _plain(value))
        return found

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        if file is None:
            if status := output.tell(self.format_help()):
                sys.exit(status)
        else:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage and end with status 2."""
        output.say_lines(self.format_usage().rstrip())
        output.say(f"{self.prog}: {message.replace(_WORD, '')}")
        for fault, hint in _DASHES.items():
            if fault in message:
                output.say(hint)
        output.say(f"Try `{self.prog} --help`.")
        sys.exit(MISUSED)


def _plain(value: object) -> object:
    """Return what was given without the marks of words behind `--`."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.removeprefix(_WORD) if isinstance(value, str) else value


def add_history(parser: argparse.ArgumentParser) -> None:
    """Add `--history`, which may stand before or after the command."""
    parser.add_argument(
        "--history",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="the history file (default: SONDE_HISTORY, or history.json in your data folder)",
    )


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add what concerns a server's certificate."""
    parser.add_argument(
        "--insecure", action="store_true", help="do not verify the server's certificate"
    )
    parser.add_argument(
        "--cacert",
        metavar="FILE",
        action=OneFile,
        default="",
        help="trust the certificates in this PEM file",
    )


class Once(argparse.Action):
    """Keeps an option's value, and refuses a second one that would silently replace it."""

    _given = False

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        if self._given:
            parser.error(f"{option_string} is given twice")
        self._given = True
        setattr(namespace, self.dest, values)


class OneFile(Once):
    """Keeps the name of a file, which is not empty."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        if not values:
            parser.error(f"{option_string} lacks the name of a file")
        super().__call__(parser, namespace, values, option_string)


def file_name(text: str) -> str:
    """Read a file's name, which is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("a file name is missing")
    return text


def seconds(text: str) -> float:
    """Read a duration above zero."""
    try:
        return quantity.seconds(text, "This")
    except RequestError as error:
        raise argparse.ArgumentTypeError(f"{error.message} {error.advice}") from error


def seconds_or_none(text: str) -> float:
    """Read a duration that may be zero."""
    return 0.0 if text.strip() == "0" else seconds(text)


def size(text: str, *, least: int = 1) -> int:
    """Read a number of bytes, such as `1000` or `10 MB`, above zero or from zero on."""
    try:
        return quantity.size(text, "This", least=least)
    except RequestError as error:
        raise argparse.ArgumentTypeError(f"{error.message} {error.advice}") from error


def count(text: str) -> int:
    """Read a whole number above zero."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value
