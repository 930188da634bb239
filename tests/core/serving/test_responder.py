from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.serving.responder import WINDOW, Fired, Responder
from sonde_core.serving.rule import Framing
from sonde_core.serving.rule_match import STRIKES, Ruleset
from sonde_core.serving.rule_text import read_rules
from sonde_core.steps import SendStep


def responder(text: str, framing: Framing = "auto", *, messages: bool = False) -> Responder:
    return Responder(Ruleset(read_rules(text), framing), messages=messages)


def replies(fired: Iterable[Fired]) -> list[bytes]:
    """Return the first reply of each rule that fired."""
    found: list[bytes] = []
    for each in fired:
        step = each.rule.actions[0]
        assert isinstance(step, SendStep)
        found.append(step.data)
    return found


def test_every_line_of_the_whole_session_is_answered() -> None:
    client = responder("PING=A\nQUIT=B\n*=C")
    assert replies(client.feed(b"PING\r\nQUIT\r\nwhat\r\nPING\r\n")) == [b"A", b"B", b"C", b"A"]
    assert replies(client.feed(b"PING\n")) == [b"A"]


def test_a_line_that_comes_a_byte_at_a_time_is_answered_once() -> None:
    client = responder("PING2=B\nPING=A")
    found = [
        reply for byte in b"PING2\r\nPING\r\n" for reply in replies(client.feed(bytes([byte])))
    ]
    assert found == [b"B", b"A"]


def test_what_has_no_line_end_is_answered_after_silence() -> None:
    client = responder("PING=A\n*=C")
    assert replies(client.feed(b"PI")) == []
    assert replies(client.feed(b"NG")) == []
    assert replies(client.quiet()) == [b"A"]
    assert replies(client.feed(b"\r\n")) == []  # its line end, late
    assert replies(client.feed(b"\r\n")) == [b"C"]


def test_a_part_of_a_line_that_fits_nothing_waits_for_the_rest() -> None:
    client = responder("^PING$=A")
    assert replies(client.feed(b"PI")) == []
    assert replies(client.quiet()) == []
    assert replies(client.feed(b"NG\n")) == [b"A"]


def test_equal_means_all_of_a_message_but_its_line_end() -> None:
    client = responder("^PING$=A")
    assert replies(client.feed(b"PING\r\nPING\nPING \nxPING\n")) == [b"A", b"A"]


def test_captures_are_named() -> None:
    client = responder(r"/^HELO (?P<who>\S+)( .*)?$/=x")
    (fired,) = client.feed(b"HELO me\r\n")
    expected = {"0": b"HELO me", "1": b"me", "2": b"", "who": b"me", "message": b"HELO me\r\n"}
    assert fired.names == expected


def test_two_binary_messages_in_one_read_are_both_answered() -> None:
    client = responder("0x0001=A\n0x0002=B")
    assert replies(client.feed(bytes.fromhex("0001 0002 0001"))) == [b"A", b"B", b"A"]
    assert replies(client.feed(b"\0")) == []
    assert replies(client.feed(b"\2")) == [b"B"]


def test_lines_are_answered_line_by_line_beside_a_rule_for_bytes() -> None:
    client = responder("^QUIT=Q\n0x0001=B\n*=C")
    assert replies(client.feed(b"HELLO\r\nQUIT\r\nwhat\r\n")) == [b"C", b"Q", b"C"]
    assert replies(client.feed(b"\0\1\0\1")) == [b"B", b"B"]  # no line end to wait for
    assert replies(client.feed(b"\r\nQUIT\r\n")) == [b"Q"]  # its line end, late
    assert replies(client.feed(b"\0")) == []
    assert replies(client.feed(b"\1QUIT\n")) == [b"B", b"Q"]
    assert replies(client.feed(b"HEL")) == []
    assert replies(client.quiet()) == [b"C"]


def test_bytes_in_a_line_are_answered_where_they_are() -> None:
    client = responder("^QUIT=Q\n^0x0001=B\n0x02=A\n*=C")
    assert replies(client.feed(b"ab\2QUIT\nx\0\1\n")) == [b"A", b"Q", b"C"]
    assert replies(client.feed(b"\0\1QUIT\n")) == [b"B", b"Q"]


def test_rules_for_bytes_alone_make_a_stream() -> None:
    client = responder("0x0001=A\n^0x0002$=B\n*=C")
    assert replies(client.feed(b"a\nb\n")) == []
    assert replies(client.quiet()) == [b"C"]
    assert replies(client.feed(b"\0\1\0\2")) == [b"A"]
    assert replies(client.quiet()) == [b"B"]


def test_prefixes_of_a_stream_begin_where_the_answer_before_ended_or_after_silence() -> None:
    client = responder("^0x0001=A\n^0x0002=B")
    assert replies(client.feed(bytes.fromhex("0001 0002 ff 0001"))) == [b"A", b"B"]
    assert replies(client.quiet()) == []
    assert replies(client.feed(b"\0")) == []
    assert replies(client.quiet()) == []
    assert replies(client.feed(b"\1")) == [b"A"]  # the silence fell into a message


def test_a_rule_waits_while_one_before_it_may_still_fit() -> None:
    for text in ("0x0050=A\n^0x00=B", "^0x0050=A\n0x00=B"):
        client = responder(text)
        assert replies(client.feed(b"\0")) == []
        assert replies(client.feed(b"\x50")) == [b"A"]
        assert replies(client.feed(b"\0")) == []
        assert replies(client.quiet()) == [b"B"]
        assert replies(client.feed(b"\0")) == []
        assert replies(client.feed(b"\1")) == [b"B"]


def test_of_two_rules_the_first_counts_so_nothing_waits_for_the_second() -> None:
    client = responder("^0x00=B\n0x0050=A")
    assert replies(client.feed(b"\0")) == [b"B"]


def test_a_rule_waits_for_one_that_begins_before_it() -> None:
    client = responder("bc=A\nabcd=B", "stream")
    assert replies(client.feed(b"abc")) == []
    assert replies(client.feed(b"d")) == [b"B"]
    assert replies(client.feed(b"abcx")) == [b"A"]
    assert replies(client.feed(b"abc")) == []
    assert replies(client.quiet()) == [b"A"]


def test_bytes_between_lines_wait_too_and_a_line_end_is_enough() -> None:
    client = responder("0x000a50=A\n0x00=B\nPING=C")
    assert replies(client.feed(b"\0")) == []
    assert replies(client.quiet()) == [b"B"]
    assert replies(client.feed(b"\0")) == []
    assert replies(client.feed(b"PING\n")) == [b"B", b"C"]


def test_an_open_ended_pattern_waits_for_what_may_follow() -> None:
    client = responder(r"/\d+/=A", "stream")
    assert replies(client.feed(b"12")) == []
    assert replies(client.feed(b"34 56")) == [b"A"]
    assert replies(client.quiet()) == [b"A"]


def test_a_pattern_over_lines_makes_a_stream() -> None:
    client = responder(r"/\r\n\r\n/=A")
    assert (
        replies(client.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n"))
        == [b"A"] * 2
    )


def test_a_pattern_that_fits_nothing_at_all_takes_what_is_there() -> None:
    client = responder(r"/x*/=A", "stream")
    assert replies(client.feed(b"abc")) == [b"A"]
    assert replies(client.quiet()) == []


def test_only_any_answers_each_read() -> None:
    client = responder("*=C")
    assert replies(client.feed(b"half a line")) == [b"C"]


def test_datagrams_are_messages_also_empty_ones() -> None:
    client = responder("PING=A\n*=C", messages=True)
    assert replies(client.feed(b"PING\nPING\n")) == [b"A"]
    assert replies(client.feed(b"")) == [b"C"]


def test_coming_and_ending_have_rules_of_their_own() -> None:
    client = responder("@connect=hi\n@end=bye\nPING=A\n*=C")
    assert replies(client.connect()) == [b"hi"]
    assert replies(client.feed(b"PING")) == []
    assert replies(client.end()) == [b"A", b"bye"]


def test_a_flood_without_an_answer_is_bounded() -> None:
    framings: dict[Framing, str] = {
        "lines": "PING=A",
        "stream": "PING=A",
        "auto": "PING=A\n0x01=B",
    }
    for framing, text in framings.items():
        client = responder(text, framing)
        for _ in range(50):
            assert replies(client.feed(b"x" * 65536)) == []
        assert len(client._rest) <= WINDOW
        assert replies(client.feed(b"\nPING\n")) == [b"A"]


def test_a_read_of_many_messages_takes_no_time_for_each_other_one() -> None:
    rules = "\n".join(f"0x{number:04x}ff=A" for number in range(100)) + "\n0x01=B"
    client = responder(rules)
    start = time.process_time()
    assert len(replies(client.feed(b"\1" * 8192))) == 8192
    assert time.process_time() - start < 10


def test_a_pattern_that_takes_too_long_is_left_out() -> None:
    rules = Ruleset(read_rules("/(a|aa)+(a|aa)+(a|aa)+$/=A\nb=B"))
    client = Responder(rules, messages=False)
    start = time.process_time()
    for _ in range(20):
        assert replies(client.feed(b"a" * 5000 + b"b\n")) == [b"B"]
    assert rules.left_out == 1
    assert time.process_time() - start < 1 + STRIKES


def test_a_slow_rule_is_not_kept_by_quick_messages_between() -> None:
    rules = Ruleset(read_rules("/(a|aa)+(a|aa)+(a|aa)+$/=A\nb=B"))
    client = Responder(rules, messages=False)
    for _ in range(STRIKES):
        assert not rules.left_out
        assert replies(client.feed(b"a" * 5000 + b"b\n")) == [b"B"]
        assert replies(client.feed(b"quick b\n")) == [b"B"]
    assert rules.left_out == 1


def test_a_rule_that_is_slow_now_and_then_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonde_core.serving.rule_match.WITHIN", 0.0)
    rules = Ruleset(read_rules("/(a|aa)+(a|aa)+(a|aa)+$/=A\nb=B"))
    client = Responder(rules, messages=False)
    for _ in range(STRIKES):
        assert replies(client.feed(b"a" * 5000 + b"b\n")) == [b"B"]
    assert not rules.left_out


@given(
    st.lists(st.sampled_from([b"PING", b"\r\n", b"\n", b"QUIT", b"x", b"\0"]), max_size=30),
    st.data(),
)
def test_reads_do_not_matter(parts: list[bytes], data: st.DataObject) -> None:
    """However the bytes are cut into reads, the same rules fire."""
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    for text in (
        "^PING$=A\nQUIT=B\n*=C",
        "0x0d0a=A\nQUIT=B\n^0x00=C",
        "0x0d0a=A\n^0x00=C",
        "QUIT=B\n0x00=E\n*=A",
        "0x0050=A\n^0x00=B\n0x50=C",
        "0x00005049=A\n0x0050=B\n0x50=C",
    ):
        one, other = responder(text), responder(text)
        expected = replies(one.feed(whole)) + replies(one.end())
        found: list[bytes] = []
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
            found += replies(other.feed(whole[start:end])) if end > start else []
        assert found + replies(other.end()) == expected


@pytest.mark.parametrize("framing", ["lines", "stream"])
@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_are_heard(framing: Framing, reads: list[bytes]) -> None:
    client = responder("a=A\n/b+/=B\n^c=C\n^d$=D\n*=E", framing)
    for data in reads:
        replies(client.feed(data))
        replies(client.quiet())
    replies(client.end())
