from __future__ import annotations

import re
from pathlib import Path

from sonde_core import errors
from sonde_core.errors import ConnectError, DeadlineError, SondeError
from sonde_core.model import Problem


def test_every_error_stands_in_the_tree() -> None:
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, SondeError):
            assert error.__name__ in (errors.__doc__ or "")
            assert error.__name__.endswith("Error")


def test_no_hint_names_a_place_in_the_list() -> None:
    """A hint is kept with its entry, and the newest one is soon another."""
    places = re.compile(r"`sonde [^`]*@\d")
    found = [
        path.name
        for path in Path(errors.__file__).parent.rglob("*.py")
        if places.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_an_error_brings_its_hint() -> None:
    assert ConnectError("Could not reach x.").advice == ConnectError.hint
    assert ConnectError("Could not reach x.", hint="Wait.").advice == "Wait."


def test_a_problem_is_an_error_as_a_value() -> None:
    problem = Problem.of(DeadlineError("No answer.", phase="wait"), "connect")
    assert (problem.phase, problem.kind) == ("wait", "timeout")
    assert str(problem) == f"No answer. {DeadlineError.hint}"
