"""Sonde's core: talk to anything on a network and keep what was said.

The names below are imported when they are first used, so that `import sonde_core` stays light.
`replay_entry` is the function `replay` of the module of that name, which the package shows itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .body import Body
    from .comparing.change import Change
    from .comparing.ignoring import IgnoreRules
    from .difference import Difference, compare
    from .endpoint import Endpoint, parse
    from .errors import SondeError
    from .exchange import Exchanger
    from .expecting import Match
    from .formats.catalogue import copyable, pieces
    from .history.entry import Entry
    from .history.history import History
    from .history.summary import Summary
    from .http.call import Call
    from .http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody
    from .lenses.catalogue import lens_of
    from .lenses.cutter import split
    from .lenses.lens import Lens, Part, Reading
    from .listen_request import ListenRequest
    from .model import Chunk, Direction, Event, Exchange, HttpResponse, Outcome
    from .replay import Replay, replay_into
    from .replay import replay as replay_entry
    from .replaying.repetition import Repetition
    from .replaying.request import Changes
    from .replaying.rerun import Manner, Rerun
    from .replaying.verdict import Verdict
    from .script.derive import server_steps_of, steps_of_recording, steps_to_replay
    from .script.perform import Performance
    from .script.results import StepResult
    from .script.text import read_steps
    from .script.writing import write_steps
    from .serving.fault_text import read_faults
    from .serving.faults import Faults
    from .serving.forward import Forward
    from .serving.rule import HttpAnswer, Rule
    from .serving.rule_text import read_rule, read_rules
    from .session import Session
    from .session_request import SessionOptions, SessionRequest
    from .settings import Keep, Limits
    from .steps import (
        CloseStep,
        ExpectStep,
        HalfCloseStep,
        MessageKind,
        SendStep,
        Step,
        UpgradeStep,
        WaitStep,
    )
    from .templates import Values
    from .transport.listener import Listener

__all__ = [
    "Auth",
    "Body",
    "Call",
    "Change",
    "Changes",
    "Chunk",
    "CloseStep",
    "Difference",
    "Direction",
    "Endpoint",
    "Entry",
    "Event",
    "Exchange",
    "Exchanger",
    "ExpectStep",
    "Faults",
    "Field",
    "Forward",
    "HalfCloseStep",
    "History",
    "HttpAnswer",
    "HttpOptions",
    "HttpRequest",
    "HttpResponse",
    "IgnoreRules",
    "Keep",
    "Lens",
    "Limits",
    "ListenRequest",
    "Listener",
    "Manner",
    "Match",
    "MessageKind",
    "Outcome",
    "Part",
    "Performance",
    "Reading",
    "Repetition",
    "Replay",
    "RequestBody",
    "Rerun",
    "Rule",
    "SendStep",
    "Session",
    "SessionOptions",
    "SessionRequest",
    "SondeError",
    "Step",
    "StepResult",
    "Summary",
    "UpgradeStep",
    "Values",
    "Verdict",
    "WaitStep",
    "compare",
    "copyable",
    "lens_of",
    "parse",
    "pieces",
    "read_faults",
    "read_rule",
    "read_rules",
    "read_steps",
    "replay_entry",
    "replay_into",
    "server_steps_of",
    "split",
    "steps_of_recording",
    "steps_to_replay",
    "write_steps",
]

_HOMES = {
    "body": "Body",
    "comparing.change": "Change",
    "comparing.ignoring": "IgnoreRules",
    "difference": "Difference compare",
    "endpoint": "Endpoint parse",
    "errors": "SondeError",
    "exchange": "Exchanger",
    "expecting": "Match",
    "formats.catalogue": "copyable pieces",
    "history.entry": "Entry",
    "history.history": "History",
    "history.summary": "Summary",
    "http.call": "Call",
    "http_request": "Auth Field HttpOptions HttpRequest RequestBody",
    "lenses.catalogue": "lens_of",
    "lenses.cutter": "split",
    "lenses.lens": "Lens Part Reading",
    "listen_request": "ListenRequest",
    "model": "Chunk Direction Event Exchange HttpResponse Outcome",
    "replay": "Replay replay_into",
    "replaying.repetition": "Repetition",
    "replaying.request": "Changes",
    "replaying.rerun": "Manner Rerun",
    "replaying.verdict": "Verdict",
    "script.derive": "server_steps_of steps_of_recording steps_to_replay",
    "script.perform": "Performance",
    "script.results": "StepResult",
    "script.text": "read_steps",
    "script.writing": "write_steps",
    "serving.fault_text": "read_faults",
    "serving.faults": "Faults",
    "serving.forward": "Forward",
    "serving.rule": "HttpAnswer Rule",
    "serving.rule_text": "read_rule read_rules",
    "session": "Session",
    "session_request": "SessionOptions SessionRequest",
    "settings": "Keep Limits",
    "steps": "CloseStep ExpectStep HalfCloseStep MessageKind SendStep Step UpgradeStep WaitStep",
    "templates": "Values",
    "transport.listener": "Listener",
}
# Those that are called otherwise in their module.
_OTHERWISE = {"replay_entry": ("replay", "replay")}
_HOME = {name: (home, name) for home, names in _HOMES.items() for name in names.split()}
_HOME.update(_OTHERWISE)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, called = _HOME[name]
    return getattr(import_module(f".{home}", __name__), called)
