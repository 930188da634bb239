"""What commands that perform steps have in common: reading them, their variables, their table."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sonde_core.errors import RequestError
from sonde_core.quoting import quoted

from . import options, output, standard_input

if TYPE_CHECKING:
    from sonde_core.script.results import StepResult
    from sonde_core.steps import Step
    from sonde_core.templates import Values

# So many steps that are not as expected are told on standard error; `--diff` has them all.
_TOLD: Final = 20
_REMARKS: Final = 3
_LARGEST: Final = 64 << 20  # bytes of a file of steps
_STEP_WIDTH: Final = 44
_WIDE: Final = 120


def add(parser: ArgumentParser) -> None:
    """Add `--steps` and `--var`."""
    parser.add_argument(
        "--steps",
        dest="script",
        metavar="FILE",
        action=options.OneFile,
        default="",
        help="perform the steps in this file, or - for standard input",
    )
    add_variables(parser)


def add_variables(parser: ArgumentParser) -> None:
    """Add `--var`."""
    parser.add_argument(
        "--var",
        dest="variables",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=_variable,
        help="the value of {{NAME}} in steps; repeatable",
    )


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is none; write NAME=VALUE")
    return name, value


def read(name: str) -> tuple[Step, ...]:
    """Read steps from a file, or from standard input.

    Raises:
        StepsSyntaxError: Something in it is no step; it tells where.
        RequestError: It cannot be read, or has no step.
    """
    from sonde_core.script.text import read_steps

    data = b"".join(_checked(_slices(name)))
    folder = "" if name == "-" else str(Path(name).parent)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"The steps are no UTF-8 text at byte {error.start}.",
            hint=r"Write other bytes as escapes, such as \xff, or as hex.",
        ) from error
    found = read_steps(text, folder=folder)
    if not found:
        raise RequestError(
            f"There is no step in {'standard input' if name == '-' else quoted(name)}.",
            hint="`sonde replay ID --show-steps` prints some.",
        )
    return found


def _slices(name: str) -> Iterator[bytes]:
    from sonde_core.outlets import files

    return standard_input.slices() if name == "-" else files.read_slices(name)


def _checked(slices: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for data in slices:
        size += len(data)
        if size > _LARGEST:
            raise RequestError(
                f"The steps are larger than {_LARGEST >> 20} MiB.",
                hint="Send large data as a file.",
            )
        yield data


def values(args: Namespace) -> Values:
    """Return what templates are filled with: the chosen environment, and the variables given."""
    given = {name: os.fsencode(value) for name, value in args.variables}
    return environment().with_names(given)


def environment() -> Values:
    """Return the values of the chosen environment; what is wrong with its file is said."""
    from sonde_core import config
    from sonde_core.environments import Environments

    environments = Environments.beside(config.default_path())
    environments.refresh()
    if environments.warning:
        output.say(f"sonde: {environments.warning}")
    return environments.values


def say_remarks(steps: Sequence[Step], values: Values) -> None:
    """Say which steps likely are not as they are meant."""
    from sonde_core.script.checking import remarks

    found = remarks(steps, values)
    for index, text in found[:_REMARKS]:
        output.say(f"sonde: step {index + 1}: {text}")
    if len(found) > _REMARKS:
        output.say(f"sonde: … and {len(found) - _REMARKS:,} more such steps")


def table(results: Sequence[StepResult]) -> str:
    """Write all results, one a line."""
    return "".join(f"{result.line(width=_STEP_WIDTH)}\n" for result in results)


def say_odd(results: Sequence[StepResult], *, summed_up: bool = True) -> None:
    """Say which steps did not go as expected, and how many did."""
    odd = [result for result in results if not result.verdict.fine]
    for result in odd[:_TOLD]:
        output.say(result.line(width=_STEP_WIDTH)[: 2 * _WIDE])
    if len(odd) > _TOLD:
        output.say(f"… and {len(odd) - _TOLD:,} more; --diff prints all steps")
    if summed_up:
        _say_summary(results)


def _say_summary(results: Sequence[StepResult]) -> None:
    """Say how many steps went as expected."""
    from sonde_core.script.results import summary

    if results:
        output.say(summary(results))
