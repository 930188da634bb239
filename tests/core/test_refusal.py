from __future__ import annotations

from dataclasses import replace

from sonde_core.difference import compare
from sonde_core.model import Event, EventKind
from sonde_core.refusal import refusal_of
from tests.histories import session


def test_a_refusal_of_datagrams_is_told_where_nothing_came() -> None:
    note = Event(0.1, EventKind.ERROR, "x: connection refused", {"advisory": "yes"})
    refused = replace(session(), kind="udp", peer="127.0.0.1:1", timeline=(note,), received=0)
    assert refusal_of(refused) == "Nothing came from 127.0.0.1:1, which refused what was sent."
    assert refusal_of(replace(refused, received=1)) == ""
    assert refusal_of(replace(refused, kind="tcp")) == ""
    assert refusal_of(replace(refused, timeline=())) == ""


def test_a_refusal_in_place_of_silence_is_a_difference() -> None:
    note = Event(0.1, EventKind.ERROR, "x: connection refused", {"advisory": "yes"})
    silent = replace(session(), kind="udp", peer="127.0.0.1:1", timeline=(), received=0)
    refused = replace(silent, timeline=(note,))
    found = compare(silent, refused)
    assert (found.same, found.summary) == (False, "Differs: a refusal")
    assert compare(refused, refused).same
    assert compare(refused, silent, ignore=["end"]).same
