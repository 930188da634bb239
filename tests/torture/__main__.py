"""Try all of it, or the parts that are named: `python -m tests.torture [PART]…`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from .faults import fail_each_call
from .forms import foreign_forms
from .full import fill_the_disk
from .images import images
from .killing import kills
from .machine import machine
from .report import Result, faults, table

PARTS: Final[dict[str, Callable[[float, int], Result]]] = {
    "kills": kills,
    "images": images,
    "faults": fail_each_call,
    "full": fill_the_disk,
    "forms": foreign_forms,
    "machine": machine,
}


def main() -> None:
    """Try, print a table, and exit 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--scale", type=float, default=1.0, help="times as many cases")
    parser.add_argument("--seed", type=int, default=0, help="other cases")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    results: list[Result] = []
    for name in args.parts or PARTS:
        print(f"trying: {name}", flush=True)  # noqa: T201
        results.append(PARTS[name](args.scale, args.seed))
    print(table(results))  # noqa: T201
    if words := faults(results):
        print(words)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
