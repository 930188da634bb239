"""The flags of `sonde listen --forward`: where to, how the far side is opened, and faults."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sonde_core.errors import RequestError

from . import options, session_options

if TYPE_CHECKING:
    from sonde_core.serving.faults import Faults
    from sonde_core.serving.forward import Forward

# Faults of both ways, and what they are called in `Faults`.
_FAULTS: Final = ("delay", "rate", "cut", "slice")


def add(parser: options.Parser) -> None:
    """Add the flags, in groups."""
    group = parser.add_argument_group("forwarding")
    add = group.add_argument
    add(
        "--forward",
        metavar="ENDPOINT",
        action=options.Once,
        help="connect there for each client, pass bytes both ways, and record them;"
        " from ws:// to ws:// messages",
    )
    for flag, metavar, convert, words in (
        ("--delay", "S", options.seconds, "let each byte come S seconds later, both ways"),
        ("--rate", "SIZE", options.size, "so many bytes a second at most, each way"),
        ("--cut", "SIZE", _cut, "reset both sides after so many bytes one way; 0 with the first"),
        ("--slice", "SIZE", options.size, "hand on so many bytes at once at most"),
    ):
        add(flag, metavar=metavar, action=options.Once, type=convert, help=words)
    for flag, words in (
        ("--fault-there", "on the way there only, such as 'delay 0.2, rate 10 KB'"),
        ("--fault-back", "on the way back only, such as 'cut 1 MB, slice 1'"),
    ):
        add(flag, metavar="FAULTS", action=options.Once, type=_faults, help=words)
    session_options.add_far(parser)


def read(args: Namespace) -> Forward | None:
    """Return what the flags say; None where nothing is forwarded.

    Raises:
        SondeError: A file cannot be read, or a flag needs `--forward`.
    """
    if args.forward is None:
        _check_alone(args)
        return None
    from sonde_core.serving.faults import Faults
    from sonde_core.serving.forward import Forward

    given = {name: getattr(args, name) for name in _FAULTS}
    both = Faults(**{name: value for name, value in given.items() if value is not None})
    return Forward(
        args.forward,
        session_options.read_far(args),
        there=_with(both, args.fault_there),
        back=_with(both, args.fault_back),
    )


def _check_alone(args: Namespace) -> None:
    names = (*_FAULTS, "fault_there", "fault_back")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(args, name) is not None]
    alone = [*given, *session_options.given_far(args)]
    if alone:
        raise RequestError(f"{alone[0]} is for what is forwarded.", hint="Name a --forward, too.")


def _with(both: Faults, own: Faults | None) -> Faults:
    """Return the faults of one way: its own come before those of both."""
    if own is None:
        return both
    named = [name for name in _FAULTS if getattr(own, name) != getattr(type(own)(), name)]
    return replace(both, **{name: getattr(own, name) for name in named})


def _cut(text: str) -> int:
    return options.size(text, least=0)


def _faults(text: str) -> Faults:
    from sonde_core.serving.fault_text import read_faults

    try:
        return read_faults(text)
    except RequestError as error:
        raise ArgumentTypeError(f"{error.message} {error.advice}") from error
