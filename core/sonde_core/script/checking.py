"""Whether steps can be performed, told before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import RequestError
from ..left_out import refuse_in
from ..steps import ExpectStep, SendStep, Step
from ..templates import BUILT_IN, Values, named_in, names_in
from ..templates import check as check_template
from .pattern import groups_of


def check(steps: Sequence[Step], values: Values) -> None:
    """Make sure that patterns can be used, and that templates have all that they need.

    Raises:
        PatternError: A pattern is wrong.
        PayloadSyntaxError: A template is wrong.
        RequestError: A name is not known by then.
    """
    known = dict(values.names)
    for number, step in enumerate(steps, 1):
        if isinstance(step, ExpectStep) and step.how == "regex":
            known |= dict.fromkeys(groups_of(step.data), b"")
        elif isinstance(step, SendStep) and step.template:
            unknown = [name for name in names_in(step.data) if name not in known]
            if unknown:
                raise RequestError(
                    f"Step {number} needs {{{{{unknown[0]}}}}}, which has no value.",
                    hint="Give it one, or let a regex before it capture it: (?P<name>…)."
                    " {{{{ is {{ itself.",
                )
            check_template(step.data, values.with_names(known))


def check_whole(steps: Sequence[Step], values: Values) -> None:
    """Like `check`, and no secret may be missing; raises like it."""
    for step in steps:
        if isinstance(step, SendStep):
            refuse_in(step.data)
    check(steps, values)


def remarks(steps: Sequence[Step], values: Values) -> list[tuple[int, str]]:
    """Say of which steps a person likely means more than is written, with the index of each.

    Args:
        steps: That were checked.
        values: As for the check.
    """
    known = {*BUILT_IN, *values.names}
    found: list[tuple[int, str]] = []
    for index, step in enumerate(steps):
        if isinstance(step, ExpectStep) and step.how == "regex":
            known.update(groups_of(step.data))
        elif isinstance(step, SendStep) and not step.template:
            verb = step.kind.value if step.kind.is_control else "send"
            found += [
                (index, f"{{{{{name}}}}} is sent as it stands here; {verb}! fills it in.")
                for name in named_in(step.data, known)[:1]
            ]
    return found
