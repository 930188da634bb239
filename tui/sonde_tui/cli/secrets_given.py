"""Secrets that an entry was recorded without: from flags, variables, or asked for on a terminal."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from . import options, output

if TYPE_CHECKING:
    from sonde_core.environments import Environments
    from sonde_core.history.entry import Entry
    from sonde_core.left_out import LeftOut


def add(parser: options.Parser) -> None:
    """Describe the flag."""
    parser.add_argument(
        "--secret",
        dest="secrets",
        metavar="NAME=VALUE",
        action="append",
        type=_named,
        default=[],
        help="a secret that the entry was recorded without, by its name or number; without it "
        "SONDE_SECRET_NAME and environments.toml count, and a terminal is asked",
    )


def _named(text: str) -> tuple[str, bytes]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise ArgumentTypeError(f"{text!r} is not like NAME=VALUE")
    return name, os.fsencode(value)


def for_all(args: Namespace) -> dict[str, bytes]:
    """Return the secrets for any entries by name: those of flags before those of environments."""
    named = _environments().current.items()
    return {name: each.data for name, each in named if each.secret} | dict(args.secrets)


def for_entry(args: Namespace, entry: Entry) -> dict[str, bytes]:
    """Return the secrets for one entry; a terminal is asked for what is not known otherwise.

    Raises:
        RequestError: A name is that of several.
        BodyError: The entry's bytes cannot be read.
    """
    if not entry.left_out:
        return {}
    from sonde_core.scrubbing.filling import by_number, missing
    from sonde_core.scrubbing.sources import known

    found = known(entry.left_out, _environments())
    flags = by_number(entry.left_out, dict(args.secrets))
    found |= {str(number): value for number, value in flags.items()}
    for each in missing(entry):
        if str(each.number) not in found and output.is_terminal(0) and output.is_terminal(2):
            found[str(each.number)] = _ask(each)
    return found


def _environments() -> Environments:
    from sonde_core import config
    from sonde_core.environments import Environments

    environments = Environments.beside(config.default_path())
    environments.refresh()
    return environments


def _ask(each: LeftOut) -> bytes:
    from getpass import getpass

    from sonde_core.safetext import line

    return os.fsencode(getpass(f"{line(each.name)} (secret {each.number}): "))
