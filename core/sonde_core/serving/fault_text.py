"""Faults as text: `delay 0.2, rate 10 KB, cut 1 MB, slice 1`, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .. import quantity
from ..errors import RequestError
from ..quoting import quoted
from .faults import Faults

HINT: Final = "Write such as: delay 0.2, rate 10 KB, cut 1 MB, slice 1."
_FAULT: Final = re.compile(r"(delay|rate|cut|slice)\s*[ =:]\s*(\S.*)", re.DOTALL)


def read_faults(text: str) -> Faults:
    """Read faults; an empty text is none.

    Raises:
        RequestError: One of them is none, or stands there twice.
    """
    found: dict[str, float | int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _FAULT.fullmatch(part)
        if match is None:
            raise RequestError(f"{quoted(part)} is no fault.", hint=HINT)
        name, value = match.groups()
        if name in found:
            raise RequestError(f"There are two faults called {name}.", hint=HINT)
        found[name] = _number(name, value)
    return Faults(
        delay=found.get("delay", 0.0),
        rate=int(found.get("rate", 0)),
        cut=int(found["cut"]) if "cut" in found else None,
        slice=int(found.get("slice", 0)),
    )


def _number(name: str, value: str) -> float | int:
    if name == "delay":
        return quantity.seconds(value, "The delay")
    per_second = re.sub(r"\s*/\s*s$", "", value) if name == "rate" else value
    return quantity.size(per_second, f"The {name}", least=0 if name == "cut" else 1)


def write_faults(faults: Faults) -> str:
    """Write faults, so that `read_faults` gives equal ones back."""
    return ", ".join(_written(faults))


def _written(faults: Faults) -> Iterator[str]:
    if faults.delay:
        yield f"delay {faults.delay:.12g}"
    if faults.rate:
        yield f"rate {quantity.size_text(faults.rate)}"
    if faults.cut is not None:
        yield f"cut {quantity.size_text(faults.cut)}"
    if faults.slice:
        yield f"slice {quantity.size_text(faults.slice)}"
