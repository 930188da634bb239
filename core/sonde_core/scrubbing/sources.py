"""Where a secret that was left out may be known: variables of the process, and environments.toml.

`SONDE_SECRET_ACCESS_TOKEN` is for one called `access_token` or `Access-Token`, and
`SONDE_SECRET_3` for the one with the number 3.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Final

from ..environments import Environments
from ..left_out import LeftOut

VARIABLE: Final = "SONDE_SECRET_"
_OTHER: Final = re.compile(r"[^A-Z0-9]+")


def known(wanted: Sequence[LeftOut], environments: Environments) -> dict[str, bytes]:
    """Return the values that are known, by number as text; `environments` are read."""
    current = environments.current
    named = {str(each.number): current[each.name] for each in wanted if each.name in current}
    return {key: value.data for key, value in named.items() if value.secret} | of_process(wanted)


def of_process(wanted: Sequence[LeftOut]) -> dict[str, bytes]:
    """Return the values that variables of this process tell, by number as text."""
    found: dict[str, bytes] = {}
    for each in wanted:
        for name in (_OTHER.sub("_", each.name.upper()), str(each.number)):
            if (text := os.environ.get(VARIABLE + name)) is not None:
                found[str(each.number)] = os.fsencode(text)
    return found
