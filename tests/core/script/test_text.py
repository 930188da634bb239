from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError
from sonde_core.script.text import HELP, StepsSyntaxError, read_steps, write_step, write_steps
from sonde_core.steps import (
    LONGEST_PAUSE,
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)

DATA = st.binary(max_size=120) | st.text(max_size=200).map(lambda text: text.encode())
DATA |= st.sampled_from([b"\r\n" * 40, b'"\\"' * 30, b"x" * 500, b"#", b"{{a}}", b"//", rb"\/"])
AFTER = st.integers(0, 1 << 40)
AT = st.floats(0, 1e9)
MAYBE = st.none() | AT
PLAIN = st.sampled_from([MessageKind.NONE, MessageKind.TEXT, MessageKind.BINARY])
KINDS = st.sampled_from([kind for kind in MessageKind if kind is not MessageKind.PART])
REASONS = st.binary(max_size=40).map(lambda data: data.decode("utf-8", "surrogateescape"))
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(SendStep, DATA, AFTER, AT, KINDS, st.booleans()),
    st.builds(HalfCloseStep, AFTER, AT, st.integers(1000, 4999), REASONS),
    st.builds(UpgradeStep, AFTER, AT),
    st.builds(CloseStep, st.booleans(), AFTER, AT),
    st.builds(WaitStep, st.floats(0, LONGEST_PAUSE), AFTER, AT),
    st.builds(
        ExpectStep,
        st.sampled_from(["equal", "prefix", "regex"]),
        DATA,
        st.just(0),
        MAYBE,
        AFTER,
        AT,
        KINDS,
    ),
    st.builds(
        ExpectStep, st.sampled_from(["any", "end"]), st.just(b""), st.just(0), MAYBE, AFTER, AT
    ),
    st.builds(
        ExpectStep,
        st.just("count"),
        st.just(b"") | st.binary(min_size=32, max_size=32),
        AFTER,
        MAYBE,
        AFTER,
        AT,
        PLAIN,
    ),
)


@given(st.lists(STEPS, max_size=6).map(tuple))
def test_what_is_written_is_read_back(steps: tuple[Step, ...]) -> None:
    text = write_steps(steps)
    assert read_steps(text) == steps
    assert all(row.isprintable() for row in text.split("\n"))


@given(st.text(max_size=80) | st.text(alphabet='send expct"\\/@#\n 09af!-x', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(StepsSyntaxError):
        read_steps(text)


@given(STEPS)
def test_a_step_is_shown_in_one_short_line(step: Step) -> None:
    shown = write_step(step, limit=50)
    assert len(shown) <= 50
    assert shown.isprintable()


def test_a_conversation_reads_like_one() -> None:
    steps = (
        ExpectStep("equal", b"220 hi\r\n", at=0.01),
        SendStep(b"EHLO x\r\n", at=0.25),
        ExpectStep("regex", rb"id=(?P<id>\d+)", seconds=2.0),
        SendStep(b"GET {{id}}\r\n", template=True),
        HalfCloseStep(),
        ExpectStep("end"),
        CloseStep(reset=True),
    )
    assert write_steps(steps) == (
        'expect equal "220 hi\\r\\n"  @0.01\n'
        'send "EHLO x\\r\\n"  @0.25\n'
        "expect regex /id=(?P<id>\\d+)/  within 2s\n"
        'send! "GET {{id}}\\r\\n"\n'
        "half-close\n"
        "expect end\n"
        "reset\n"
    )


def test_long_bytes_go_on_in_indented_lines() -> None:
    text = write_steps((SendStep(b"one\r\ntwo\r\n" + b"x" * 100), SendStep(bytes(range(40)))))
    assert text.split("\n")[:3] == ['send "one\\r\\n"', '    "two\\r\\n"', f'    "{"x" * 72}"']
    assert "send hex 00 01" in text
    assert max(map(len, text.split("\n"))) <= 90


def test_a_step_is_left_out_with_the_lines_that_belong_to_it() -> None:
    text = 'send "a"\n# send "b"\n    "c"\n\nsend "d"\n    # a remark\n    "e"  # another\n'
    assert read_steps(text) == (SendStep(b"a"), SendStep(b"de"))


def test_other_ways_to_write_bytes(tmp_path: Path) -> None:
    (tmp_path / "piece").write_bytes(b"\xff\n")
    text = (
        "send-hex 00 0x01 0203\nsend base64 AP8=\nsend-file piece\r\n"
        'expect equal hex 00\nexpect regex "a\\\\d"\nping\nwait 200ms\nsend! hex 7b\n'
    )
    assert read_steps(text, folder=str(tmp_path)) == (
        SendStep(b"\0\1\2\3"),
        SendStep(b"\0\xff"),
        SendStep(b"\xff\n"),
        ExpectStep("equal", b"\0"),
        ExpectStep("regex", rb"a\d"),
        SendStep(b"", kind=MessageKind.PING),
        WaitStep(0.2),
        SendStep(b"{", template=True),
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('send "a"\nsned "b"', 2, 1, "Did you mean send"),
        ('send "a', 1, 6, "closes is missing"),
        ("send", 1, 5, "is missing before the end"),
        ('send "\\q"', 1, 6, "Unknown escape"),
        ("send hex 00 0", 1, 13, "pairs of hex digits"),
        ("expect soon", 1, 8, "expect is followed by"),
        ("expect count many", 1, 14, "whole number"),
        ("wait long", 1, 6, "a time is expected"),
        ("wait 1e308s", 1, 6, "too long"),
        ("wait 3600001ms", 1, 6, "too long"),
        ("expect count 99999999999999999999", 1, 14, "too large"),
        ("upgrade now", 1, 9, "does not belong"),
        ('  "a"', 1, 3, "none above it"),
        ("send file missing", 1, 11, "Could not read"),
        ("send base64 =", 1, 13, "no base64"),
        ("wait 1e999", 1, 6, "a time is expected"),
    ],
)
def test_what_is_no_step_is_told_with_its_place(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(PayloadSyntaxError) as told:
        read_steps(text)
    error = told.value
    assert isinstance(error, StepsSyntaxError)
    assert (error.line, error.column) == (line, column)
    assert words in f"{error.message} {error.advice}"


def test_the_help_is_made_of_comments() -> None:
    assert read_steps(HELP) == ()
