from __future__ import annotations

import json
from dataclasses import replace

from sonde_core.body import Body
from sonde_core.formats.json_text import as_json
from sonde_core.formats.masking import shown
from sonde_core.history.entry import from_json
from sonde_core.http_request import HttpRequest
from sonde_core.model import Event, EventKind

from .conftest import answer, http_entry, received, session_entry
from .test_masking import everything


def test_it_is_one_object_of_ascii_that_reads_back_equal() -> None:
    entry = session_entry(
        "tcp://h:1",
        Event(0.001, EventKind.CONNECTED, "é\x1b\udcff", {"peer": "1"}),
        received(bytes(range(256)) * 200),
        received("é\u202e".encode()),
    )
    text = as_json(entry)
    assert text.isascii()
    assert text.endswith("}\n")
    assert "\x1b" not in text
    assert from_json(json.loads(text)) == entry


def test_http_reads_back_equal() -> None:
    assert from_json(json.loads(as_json(everything(), reveal=True))) == everything()


def test_no_secret_is_left() -> None:
    text = as_json(everything())
    assert "hush" not in text
    assert "****" not in text  # it would tell a length
    assert from_json(json.loads(text)) == shown(everything(), False)


def test_a_body_that_is_not_kept_is_told_by_its_size() -> None:
    response = replace(answer(), body=Body.lost(5, "0" * 64))
    value = json.loads(as_json(http_entry(HttpRequest(), response=response)))
    assert value["res"]["body"]["size"] == 5
    assert "text" not in value["res"]["body"]
