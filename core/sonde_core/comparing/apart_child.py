"""Compares two bodies; run with `python -m`, see `apart`.

From stdin it reads one JSON object in a line, with how the bodies are compared, then those that
are in no file. On stdout it tells lines of JSON: how far it is, and at last what it found out.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from .. import memory
from ..body import Body
from .bodies import Pair, compare_here
from .findings_text import value_of
from .places import parse
from .report import Report
from .watch import Watch

# JSON as objects takes up to 30 times its size.
_COPIES: Final = 40
_GRACE: Final = 10  # seconds of the processor beyond those in which it ends by itself


def main() -> int:
    """Compare, and tell what differs."""
    gc.disable()  # millions of objects that all are wanted
    asked = json.loads(sys.stdin.buffer.readline())
    before, after = [_body(told) for told in asked["bodies"]]
    memory.limit(memory.LEAST + _COPIES * (before.stored + after.stored))
    _limit(int(asked["seconds"]))
    watch = Watch(
        on_progress=lambda words: _write({"progress": words}),
        on_pattern=lambda number: _write({"pattern": number}),
        seconds=asked["seconds"],
    )
    report = Report(reveal=asked["reveal"], watch=watch)
    pair = Pair(before, after, asked["where"], part=asked["part"], hides=asked["hides"])
    compare_here(pair, report, parse(asked["places"]))
    _write(value_of(report.found))
    return 0


def _limit(seconds: int) -> None:
    """End also when nobody is there any more to end us: a regular expression may take for ever."""
    with suppress(ImportError, ValueError, OSError):  # not on Windows, or less is allowed already
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds + _GRACE, hard))


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _body(told: dict[str, str | int]) -> Body:
    size, sha256 = int(told["size"]), str(told["sha256"])
    if "path" in told:
        body = Body.in_file(Path(str(told["path"])), size, sha256)
    else:
        data = sys.stdin.buffer.read(int(told["bytes"]))
        body = replace(Body.of(data), size=size, sha256=sha256, _stored=len(data))
    return body.described(media_type=str(told["type"]))


if __name__ == "__main__":
    sys.exit(main())
