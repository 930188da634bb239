"""The command line: the same core and the same history, for scripts and for ssh.

Each command is one module, imported when it is chosen, with `configure(parser)` for its options
and `run(args)` that returns the exit status.
"""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1  # or, for a comparison: differs
MISUSED: Final = 2

# Each command's purpose, in the order in which help lists them.
COMMANDS: Final = {
    "send": "send one HTTP request and print its answer",
    "talk": "open a session over tcp, tls, udp, ws or unix; send, and print what comes",
    "listen": "wait for clients; print what they send, greet them, echo",
    "history": "list what was recorded, newest first",
    "show": "print one entry: request, answer, events, times",
    "replay": "perform an entry again and tell what came out differently",
    "diff": "compare two entries",
    "copy": "copy an entry's body, or it as a curl command, Python, HTTP, hex, JSON, HAR",
    "set": "name, tag, annotate and pin entries",
    "delete": "delete entries",
    "compact": "rewrite the history file without what was deleted",
    "scrub": "take secrets out of recorded entries",
    "serve": "run the practice server alone",
}
