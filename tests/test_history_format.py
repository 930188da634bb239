"""The page and the schema of the history file, held against the code that writes and reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from sonde_core.body import Body
from sonde_core.history.archive import Archive
from sonde_core.history.begun import left_behind
from sonde_core.history.entry import Entry, from_json, to_json
from sonde_core.history.identity import new_id
from sonde_core.history.index import Change, change_of, read
from sonde_core.history.schema.values import Record, dumps, loads, record
from sonde_core.history.summary import KINDS
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.left_out import LeftOut
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment, Outcome
from sonde_core.serving.fault_text import read_faults
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import HttpAnswer
from sonde_core.serving.rule_text import read_rules
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.settings import Limits
from sonde_core.steps import CloseStep, MessageKind, SendStep, WaitStep
from tests.histories import http, session, write
from tests.strategies import entries, examples

DOCS = Path(__file__).resolve().parent.parent / "docs"
SCHEMA: Record = json.loads((DOCS / "history.schema.json").read_bytes())
PAGE = (DOCS / "history-format.md").read_text("utf-8")


def places(value: object) -> Iterator[Record]:
    """Yield each object in a schema."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from places(each)


def strict() -> Record:
    """Return the schema without leave for names that it does not tell."""
    schema = deepcopy(SCHEMA)
    newer = record(schema["$defs"])["newer"]
    for each in places(schema):
        if each.get("type") == "object" and "properties" in each and each is not newer:
            each.setdefault("additionalProperties", False)
        if "prefixItems" in each:
            each["items"] = False
    return schema


STRICT = strict()


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": STRICT["$defs"]})


LINE, ENTRY = validator("any_line"), validator("entry")
ANYBODY = Draft202012Validator(SCHEMA)


def check_entry(entry: Entry, **more: object) -> Record:
    """Write an entry as the file holds it, and hold it against the schema."""
    value = record(loads(dumps(to_json(entry, put, inline=20) | more)))
    ENTRY.validate(value)
    return value


def put(body: Body) -> tuple[str, int]:
    return body.sha256, body.size


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(STRICT)


@examples(1)
@given(entries(), st.sampled_from([0, 20, 1 << 20]))
def test_every_entry_that_is_written_is_as_the_schema_says(entry: Entry, inline: int) -> None:
    entry = replace(entry, left_out=(LeftOut(1, "Authorization", ("request headers",)),))
    ENTRY.validate(loads(dumps(to_json(entry, put, inline=inline))))
    ENTRY.validate(loads(dumps(to_json(entry))))


def test_every_kind_is_in_the_schema() -> None:
    kinds = record(record(record(record(SCHEMA["$defs"])["entry"])["properties"])["kind"])["enum"]
    assert set(kinds) == KINDS if isinstance(kinds, list) else False


def many(kind: MessageKind, *, number: int = 2100) -> tuple[Moment, ...]:
    return tuple(
        moment
        for at in range(number)
        for moment in (
            Chunk(at / 1000, Direction.SENT, b"x", kind),
            Event(at / 1000, EventKind.NOTE, "n"),
        )
    )


@pytest.mark.parametrize("kind", [MessageKind.NONE, MessageKind.PING])
def test_long_recordings_are_as_the_schema_says(kind: MessageKind) -> None:
    kept: dict[str, bytes] = {}

    def keep(body: Body) -> tuple[str, int]:
        kept[body.sha256] = body.read()
        return put(body)

    steps = tuple(WaitStep(1.0) for _ in range(2100))
    exchange = replace(
        session(), timeline=many(kind), request=SessionRequest("tcp://a:1", steps=steps)
    )
    value = to_json(Entry(new_id(), exchange), keep, inline=20)
    ENTRY.validate(loads(dumps(value)))
    for name, where in (
        ("row", value["io"]),
        ("event", value["events"]),
        ("step", record(value["req"])["steps"]),
    ):
        found = loads(kept[str(record(where)["ref"])])
        assert isinstance(found, list)
        assert len(found) == 2100
        for each in found[:3]:
            validator(name).validate(each)


def test_what_a_listener_was_asked_for_is_as_the_schema_says() -> None:
    steps = (SendStep(b"x", template=True), CloseStep(reset=True))
    common = {
        "certificate": "c",
        "key": "k",
        "client_ca": "a",
        "alpn": ("h2",),
        "idle_timeout": 2.5,
    }
    for listener in (
        ListenRequest(
            "tls://:1",
            b"\xff",
            greeting_template=True,
            max_clients=2,
            rules=read_rules("x=y"),
            framing="lines",
            options=SessionOptions(keepalive=True),
            subprotocols=("s",),
            compression=False,
            min_tls="1.3",
            **common,  # type: ignore[arg-type]  # each of its field's type
        ),
        ListenRequest("tcp://:1", echo=True),
        ListenRequest("tcp://:1", http=HttpAnswer(200, (("A", "b"),), Body.of(b"x" * 50))),
        ListenRequest("tcp://:1", script=steps, script_pace="recorded", script_strict=True),
        ListenRequest(
            "tcp://:1",
            forward=Forward("tcp://b:2", SessionOptions(verify=False), read_faults("delay 2.5")),
        ),
    ):
        request = SessionRequest("tcp://a:1", listener=listener)
        value = check_entry(Entry(new_id(), replace(session(), request=request, role="server")))
        assert from_json(value).exchange.role == "server"


def test_long_text_of_a_request_is_as_the_schema_says() -> None:
    request = HttpRequest(body=RequestBody("text", text="x" * 100))
    value = check_entry(Entry(new_id(), replace(http(), request=request)))
    assert "ref" in json.dumps(value["req"])


def test_a_whole_file_is_as_the_schema_says(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    archive = Archive(path, limits=Limits(body_inline=50))
    archive.open()
    archive.begin(Entry(new_id(), left_behind(http())))
    kept = [archive.add(Entry(new_id(), http(n, body=b"x" * n * 40), name="n")) for n in range(3)]
    archive.change([kept[0].id], {"name": "\udcff", "pin": True, "tags": ["\ud800"], "note": "n"})
    archive.restore(archive.delete([kept[1].id]))
    archive.close()
    data = path.read_bytes()
    assert data.isascii()
    lines = json.loads(data)
    assert {each["kind"] for each in lines} == {"http", "set", "del"}
    assert sum("begun" in each for each in lines) == 1
    ANYBODY.validate(lines)
    for each in lines:
        LINE.validate(each)


def test_an_object_that_is_no_line_of_ours_is_refused() -> None:
    good = record(loads(dumps(to_json(Entry("a", http())))))
    ENTRY.validate(good)
    wrongs: list[Record] = [{"kind": "dream"}, {"outcome": "fine"}, {"id": ""}, {"io": None}]
    wrongs.append({"more": 1})
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            ENTRY.validate(good | wrong)
    with pytest.raises(ValidationError):
        ANYBODY.validate([{"v": 1, "kind": "set"}])
    ANYBODY.validate([{"v": 2, "kind": "dream"}, good | {"more": 1}])


EXAMPLES = [
    line
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_page_is_read_and_would_be_written_again(text: str) -> None:
    value = record(loads(text))
    LINE.validate(value)
    if value["kind"] in ("set", "del"):
        assert change_of(value).of
        return
    entry = from_json(value)
    written = to_json(entry)
    assert written == {name: item for name, item in value.items() if name != "begun"}
    assert list(written) == [name for name in value if name != "begun"]


def test_the_examples_of_the_page_are_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    write(path, *(text.encode() for text in EXAMPLES))
    archive = Archive(path)
    archive.open()
    shown = {each.kind: each for each in archive.view.summaries()}
    assert shown["tcp"].name == "hello"
    assert shown["http"].outcome is Outcome.FAILED  # the last of its lines
    assert len(shown) == 2
    archive.close()
    assert any(isinstance(read(text.encode()), Change) for text in EXAMPLES)


def test_the_page_tells_every_name_of_the_schema() -> None:
    names = {
        name
        for each in places(SCHEMA["$defs"])
        if each.get("type") == "object" and isinstance(each.get("properties"), dict)
        for name in record(each["properties"])
    }
    told = set(re.findall(r"`([a-z_0-9]+)`|\"([a-z_0-9]+)\":", PAGE))
    missing = names - {name for pair in told for name in pair}
    assert not missing
