from __future__ import annotations

import struct
import uuid
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError
from sonde_core.payload import InputMode, LineEnding, encode
from sonde_core.templates import MOST_RANDOM, Values, check, fill, is_template, names_in


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def values(**names: bytes) -> Values:
    return Values(names, clock=Noon(), random=lambda size: b"\xa5" * size)


def filled(template: bytes, **names: bytes) -> bytes:
    return fill(template, values(**names))


def refused(template: bytes, **names: bytes) -> str:
    with pytest.raises(PayloadSyntaxError) as caught:
        filled(template, **names)
    return f"{caught.value.message} {caught.value.advice}"


def test_a_name_is_replaced_by_its_value_and_the_value_is_no_template() -> None:
    assert filled(b"USER {{user}}\r\n", user=b"{{counter}}\\n") == b"USER {{counter}}\\n\r\n"


def test_an_unknown_name_is_told_with_its_place_and_what_was_meant() -> None:
    said = refused(b"\xc3\xa9 {{usr}}", user=b"x")
    assert "{{usr}} at byte 4 is a name that is not known." in said
    assert "Did you mean {{user}}?" in said
    assert "Write {{{{ to send {{ itself." in said


@pytest.mark.parametrize(
    ("template", "bytes_sent"),
    [
        (b"{{{{counter}}", b"{{counter}}"),
        (b"{{{{", b"{{"),
        (b"{{{{{{{{", b"{{{{"),
        (b'{"a":{{{n}}}', b'{"a":{7}'),
        (b"{{{{{{n}}", b"{{7"),
        (b"{{{{{", b"{{{"),
        (b"} }} }}}", b"} }} }}}"),
        (b"{ {n} {", b"{ {n} {"),
        (b"", b""),
    ],
)
def test_braces_themselves_can_be_sent(template: bytes, bytes_sent: bytes) -> None:
    assert filled(template, n=b"7") == bytes_sent


@given(st.binary())
def test_anything_can_be_sent_with_its_opening_braces_doubled(data: bytes) -> None:
    assert filled(data.replace(b"{{", b"{{{{")) == data


@given(st.text("{}:ab1", max_size=40))
def test_any_text_is_filled_or_explained(text: str) -> None:
    with suppress(PayloadSyntaxError):
        filled(text.encode(), a=b"1")


@pytest.mark.parametrize("template", [b"{{", b"a {{name", b"{{a}", b"{{" + b"x" * 300 + b"}}"])
def test_an_open_field_is_told(template: bytes) -> None:
    assert "is not closed by }}" in refused(template)


def test_a_name_that_is_none_is_told() -> None:
    assert "{{ 1 2 }} at byte 1 is no name." in refused(b"{{ 1 2 }}")
    assert "{{}} at byte 2 is no name." in refused(b"x{{}}")


def test_counters_go_on_from_message_to_message_and_stay_within_one() -> None:
    shared = values()
    assert fill(b"{{counter}} {{counter}}", shared) == b"1 1"
    assert fill(b"{{counter}} {{counter:b}}", shared) == b"2 1"
    assert fill(b"{{counter}}", shared.with_names({"x": b""})) == b"3"
    assert fill(b"{{counter}}", shared) == b"4"


def test_a_counter_has_a_start_a_step_and_a_form() -> None:
    shared = values()
    template = b"{{counter:id:start=10:step=-5:4d}} {{counter:id:2be}}"
    assert fill(template, shared) == b"0010 \0\x0a"
    assert fill(template, shared) == b"0005 \0\x05"
    assert fill(b"{{counter:n:start=255:hex}}", shared) == b"ff"


def test_a_message_that_cannot_be_filled_counts_nothing() -> None:
    shared = values()
    with pytest.raises(PayloadSyntaxError):
        fill(b"{{counter}} {{nobody}}", shared)
    check(b"{{counter}}", shared)
    assert fill(b"{{counter}}", shared) == b"1"


def test_the_time_is_told_in_three_ways() -> None:
    assert filled(b"{{now}}") == b"2026-11-24T12:00:00.123Z"
    assert filled(b"{{unix}} {{unix_ms}}") == b"1795521600 1795521600123"
    assert filled(b"{{unix:4be}}") == struct.pack(">I", 1795521600)


def test_random_fields() -> None:
    assert filled(b"{{random:3}}|{{random_hex:2}}") == b"\xa5\xa5\xa5|a5a5"
    assert uuid.UUID(fill(b"{{uuid}}", Values()).decode()).version == 4
    drawn = {int(fill(b"{{random_int:-1:1}}", Values())) for _ in range(200)}
    assert drawn == {-1, 0, 1}
    assert fill(b"{{random:16}}", Values()) != fill(b"{{random:16}}", Values())


@pytest.mark.parametrize(
    "template",
    [
        b"{{random}}",
        b"{{random:x}}",
        b"{{random:%d}}" % (MOST_RANDOM + 1),
        b"{{random_int:2:1}}",
        b"{{random_int}}",
        b"{{now:1}}",
        b"{{begin}}",
        b"{{counter:start=x}}",
        b"{{counter:a:b}}",
        b"{{length:nowhere}}",
        b"{{end:a}}",
        b"{{begin:a}}{{end:a}}{{end:a}}",
        b"{{begin:a}}{{begin:a}}",
        b"{{crc32:be:le:x}}",
        b"{{length:1be}}" + b"x" * 256,
        b"{{length:1be:-1}}",
    ],
)
def test_arguments_that_are_none_are_told_with_the_place(template: bytes) -> None:
    assert " at byte " in refused(template)


def test_a_packet_with_its_length_before_it() -> None:
    assert filled(b"{{length:4be}}hello") == b"\0\0\0\x05hello"
    assert filled(b"{{length:2le}}{{name}}", name=b"\0" * 300) == b"\x2c\x01" + b"\0" * 300
    assert filled(b"{{length:4be:+4}}hello") == b"\0\0\0\x09hello"
    assert filled(b"${{length:x}}\r\n{{begin:x}}abc{{end:x}}\r\n") == b"$3\r\nabc\r\n"


def test_a_content_length() -> None:
    template = b"POST / HTTP/1.1\r\nContent-Length: {{length:body}}\r\n\r\n{{begin:body}}n={{n}}"
    assert filled(template, n=b"12") == (b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nn=12")


def test_chunks_of_http_and_fixed_digits() -> None:
    chunk = b"{{length:hex:c}}\r\n{{begin:c}}" + b"x" * 26 + b"{{end:c}}\r\n0\r\n\r\n"
    assert filled(chunk).startswith(b"1a\r\nxxx")
    assert filled(b"{{length:8d}}hello") == b"00000005hello"


def test_lengths_count_each_other_and_even_themselves() -> None:
    assert filled(b"{{length}}:{{length}}:" + b"x" * 9) == b"13:10:" + b"x" * 9
    whole = filled(b"{{begin:all}}{{length:all}} " + b"x" * 97)
    assert whole == b"101 " + b"x" * 97


def test_a_checksum_covers_what_stands_before_it_with_lengths_filled_in() -> None:
    body = b"\0\0\0\x09hello"
    crc = zlib.crc32(body)
    assert filled(b"{{length:4be}}hello{{crc32}}") == body + struct.pack(">I", crc)
    assert filled(b"{{length:4be}}hello{{crc32:le}}") == body + struct.pack("<I", crc)
    text = b"hello "
    assert filled(text + b"{{crc32:hex}}") == text + b"%08x" % zlib.crc32(text)


def test_a_checksum_of_a_part_can_stand_before_it() -> None:
    crc = b"%08x" % zlib.crc32(b"abc")
    assert filled(b"{{crc32:hex:p}} {{begin:p}}abc{{end:p}}!") == crc + b" abc!"


def test_checksums_of_checksums() -> None:
    inner = b"%08x" % zlib.crc32(b"a")
    outer = b"%08x" % zlib.crc32(b"a" + inner)
    template = b"{{crc32:hex:p}}{{begin:p}}a{{crc32:hex:q}}{{end:p}}{{begin:q}}a"
    assert filled(template) == outer + b"a" + inner + b"a"


def test_a_checksum_that_covers_itself_is_told() -> None:
    assert "covers itself" in refused(b"{{begin:p}}a{{crc32:p}}")


def test_escapes_come_first_then_the_ending_then_the_fields() -> None:
    data = encode(r"{{length:1be}}\x00{{v}}", InputMode.TEXT, LineEnding.CRLF)
    assert filled(data, v=rb"\n") == b"\x05\0\\n\r\n"
    assert filled(encode(r"\x7b{v}}", InputMode.TEXT), v=b"1") == b"1"


def test_the_names_that_must_be_given() -> None:
    assert names_in(b"{{b}} {{counter:a}} {{a}} {{b}} {{{{c}}") == ("b", "a")


def test_only_what_has_a_known_name_looks_like_a_template() -> None:
    known = values(user=b"")
    assert is_template(b"a {{user}}", known)
    assert is_template(b"a {{length:4be}}", known)
    assert not is_template(b"a {{ user }} {{other}} {{#each}}", known)


def test_too_much_is_refused() -> None:
    assert "more than 1000" in refused(b"{{n}}" * 1001, n=b"")
    assert "MiB" in refused(b"{{n}}" * 100, n=b"x" * (1 << 20))


def test_many_lengths_and_sums_take_no_time() -> None:
    data = filled(b"{{length}}{{crc32:hex}}" * 450)
    assert data.startswith(b"5")
    assert len(data) > 450 * 8
