"""How large a pattern becomes: repeats of repeats multiply, and the library makes room for all."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?xs)
    \\. | (?P<class> \[ \^? \]? (?: \\. | \[: \w* :\] | [^\]\\] )* \]? )
    | (?P<open> \( ) | (?P<close> \) ) | (?P<repeat> \{ (\d*) (,?) (\d*) \} ) | .
    """
)


def weight(pattern: str) -> int:
    """Return about how many single steps a pattern has once its repeats are written out."""
    totals = [0]  # of the groups that are open, outermost first
    item = 0  # the weight of what a repeat would repeat
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            totals.append(0)
            item = 0
        elif token["close"] and len(totals) > 1:
            item = totals.pop()
            totals[-1] += item
        elif token["repeat"]:
            times = max(int(token[5] or 1), int(token[7] or 1), 1)
            totals[-1] += item * (times - 1)
            item *= times
        else:
            item = 1
            totals[-1] += item
    return sum(totals)
