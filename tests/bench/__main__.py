"""Measure all of it, or the parts that are named: `python -m tests.bench [PART]…`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from . import (
    answering,
    comparing,
    conversing,
    keeping,
    listing,
    looking,
    replaying,
    rerunning,
    searching,
    shaping,
    starting,
    talking,
    transcript,
)
from .page import page
from .process import MIB
from .report import MS, Figure, lacking, most, table
from .stage import Stage
from .window import NotShownError


def ways_of_shaping(_: Stage) -> Iterator[Figure]:
    """Measure how JSON is indented beside what else could be done."""
    for way, size, seconds, wait, memory in shaping.rows((4, 50)):
        name = f"indent {size} MB, {way}"
        yield most(f"{name}, after the last byte", seconds * MS, None)
        yield most(f"{name}, longest wait of the event loop", wait * MS, None)
        yield most(f"{name}, memory growth", memory / MIB, None, "MiB")


PARTS: Final[dict[str, Callable[[Stage], Iterator[Figure]]]] = {
    "start": starting.start,
    "memory": starting.idle_memory,
    "keys": starting.keys,
    "command": starting.command,
    "small": answering.small,
    "middle": answering.middle,
    "large": answering.large,
    "huge": answering.huge,
    "find": looking.finding,
    "history": looking.history,
    "append": keeping.appending,
    "writers": keeping.writing_together,
    "list": listing.listing,
    "transcript": transcript.transcript,
    "idle": looking.idling,
    "shaping": ways_of_shaping,
    "throughput": talking.throughput,
    "roundtrips": talking.round_trips,
    "unread": talking.unread,
    "forward": talking.forwarding,
    "flood": conversing.flood,
    "clients": conversing.crowded,
    "replays": replaying.replays,
    "many": searching.searching,
    "bodies": searching.inside,
    "comparing": comparing.comparing,
    "reruns": rerunning.reruns,
}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page with the table")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    with Stage() as stage:
        for name in args.parts or PARTS:
            print(f"measuring: {name}", flush=True)  # noqa: T201
            os.sync()  # what the part before wrote is its own
            try:
                figures.extend(PARTS[name](stage))
            except NotShownError as error:
                figures.append(lacking(name))
                stage.forget_server()
                print(error, stage.faults(), sep="\n", flush=True)  # noqa: T201
    print(table(figures))  # noqa: T201
    if args.write:
        args.write.write_text(page(figures), "utf-8")


if __name__ == "__main__":
    main()
