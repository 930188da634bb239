"""The page of the documentation that shows a run."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from .process import MIB
from .report import Figure, markdown

_PAGE: Final = """\
# Performance

One run of `make bench`; everything is measured through a pseudo-terminal of 120x40 against a
server on loopback that runs in a process of its own.

{table}

The machine: {machine}.

## What the columns mean

`beside` is what the same takes elsewhere, in the same run: the smallest Textual app with a field,
a script of bare httpx, or the time at which the server had handed over its last byte. `judged` is
what the bar is for: the value itself, how many times as much it is as the one beside it (`x`), or
how far it is above it (`more`). Compare ratios, not milliseconds, between machines.

## What the rows mean

Each part begins when the disk has what the parts before it wrote.

- **First paint**: from the start of the process to the whole first screen; the median of
  nine turns.
- **Memory at start**: what is resident a second after all that the app does by itself after its
  first paint; once whole, once with the pages that processes share counted in parts.
- **Key to paint**: from a key in the terminal to its effect on the screen.
- **Send to first screen**: from the key that sends to the first row of the body, less the time
  from when the server had read the request to when it had handed over the last byte. The first
  send after a start makes the view of the body; the median of five starts.
- **To indented and coloured**: until rows stand there that are indented by two and have colours.
- **First screen beside the last byte**: below 1 when rows are shown while the rest still arrives.
- **Memory growth**: of the app and its child processes, above what it was before the send, files
  that are mapped into it included; the highest of fifty looks a second, and two seconds later.
- **Longest wait of a key**: keys are pressed one after the other all the while, each as soon as the
  effect of the one before is seen; the worst of them.
- **Find**: from when what is looked for was pasted to the hit on the screen.
- **Opened**: from the key that shows the History tab to the first row of the body in it.
- **Processor, idle**: time used in ten seconds, in parts of a hundred of one core.
- **1 GiB over TCP**: from one process to another, in writes of 64 KiB; each kind stands at both
  ends, and only ours records. The best of five turns. **Round trips** likewise, one after the
  other.
- **Kept reads, endless peer**: growth of a process without a screen.
- **Forwarded**: from a plain sender through our listener, recorded, to a plain receiver; `beside`
  is socat with its usual buffer.
- **Session of 1 GiB that is shown**, **500 clients**: the app in its terminal, keys all the
  while; each byte that the record keeps, and each echo, is compared with what was sent.
- **Replays of 200 steps**: without a screen, one after the other to a peer of fixed answers.
- **Append of an entry**, **first paint**, **opened**: with 100,000 entries, beside the same with
  an empty file. **Searchable**: from the start of the app until the count of all entries is
  shown.
- **Filter**: from the last letter to the list that answers it. **First hits**: of `body:` over 1
  GB.
- **Difference**: of two bodies of 10 MB, in a process beside the event loop.
- **Replay of 1,000 entries**: recorded and compared, ten at once; `beside` is a loop of bare
  httpx with as many at once.
- **Indent**: the library alone, without a screen: `pieces` in a thread while the body arrives, as
  Sonde does it; `at once` in a thread when all is there; `process` in a process of its own.

## To repeat it

`make bench` for all of it, `python -m tests.bench PART…` for parts, `--write docs/performance.md`
to renew this page. It takes about ten minutes, writes nowhere but in a temporary folder, and is
disturbed by whatever else the machine does.
"""


def page(figures: Sequence[Figure]) -> str:
    """Return the page for a run."""
    return _PAGE.format(table=markdown(figures), machine=machine())


def machine() -> str:
    """Say on what was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    parts = [
        f"{os.cpu_count()} cores of {_processor()}",
        f"{memory:,} MiB of memory",
        f"{platform.system()} {platform.release()}",
        f"Python {sys.version.split()[0]}",
        f"Textual {version('textual')}",
    ]
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
