from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError
from sonde_core.model import Chunk, Direction
from sonde_core.payload import InputMode, LineEnding
from sonde_core.snippets import Snippet
from sonde_core.steps import MessageKind
from sonde_core.templates import Values
from sonde_tui.widgets.typed import Typed, paste

MODES = [InputMode.TEXT, InputMode.RAW, InputMode.HEX, InputMode.BASE64]


@given(st.binary())
def test_what_was_sent_is_typed_so_that_the_same_bytes_are_sent(data: bytes) -> None:
    typed = Typed.of_chunk(Chunk(0.0, Direction.SENT, data, MessageKind.PING))
    assert typed.filled(Values({"a": b"x"})) == data
    assert typed.kind is MessageKind.PING


def test_known_names_are_filled_in_and_others_are_bytes() -> None:
    values = Values({"user": b"alice"})
    assert Typed("{{user}} {{counter}}").filled(values) == b"alice 1"
    assert Typed("{{other}}").filled(values) == b"{{other}}"
    assert Typed("{{user}}", fill=False).filled(values) == b"{{user}}"
    assert Typed("{{user}}", InputMode.RAW).filled(values) == b"alice"


def test_numbers_that_were_not_sent_are_given_back() -> None:
    values = Values()
    data, give_back = Typed("{{counter}}{{counter:a}}").fill_in(values)
    assert data == b"11"
    assert Typed("{{counter}}").filled(values) == b"2"
    give_back()
    assert Typed("{{counter}}{{counter:a}}").filled(values) == b"31"


def test_a_check_counts_nothing() -> None:
    values = Values({"user": b"alice"})
    Typed("{{user}} {{counter}}").check(values)
    assert Typed("{{counter}}").filled(values) == b"1"
    with pytest.raises(PayloadSyntaxError):
        Typed("{{user}} {{nobody}}").check(values)


@given(st.text(max_size=30))
def test_a_message_on_lines_and_on_one_sends_the_same(text: str) -> None:
    whole = text.encode("utf-8", "replace").decode()
    typed = Typed.of_chunk(Chunk(0.0, Direction.SENT, whole.encode()))
    raw = Typed(whole, InputMode.RAW)
    for each in (typed, raw):
        assert each.on_lines().data == each.on_one_line().data == whole.encode()
        assert "\n" not in each.on_one_line().text


def test_hex_goes_on_one_line() -> None:
    assert Typed("00\nff\n", InputMode.HEX).on_one_line() == Typed("00 ff", InputMode.HEX)


@given(st.binary(), st.sampled_from(MODES))
def test_text_in_another_mode_sends_the_same(data: bytes, mode: InputMode) -> None:
    typed = Typed.of_chunk(Chunk(0.0, Direction.SENT, data))
    if mode is InputMode.RAW:
        data = data.decode("utf-8", "replace").encode()
    assert Typed(typed.text_in(mode), mode).data == data


def test_a_snippet_is_kept_as_it_is_typed() -> None:
    typed = Typed("a", InputMode.RAW, LineEnding.NUL, MessageKind.PONG, True)
    assert Typed.of_snippet(typed.as_snippet("x")) == typed
    assert typed.as_snippet("x") == Snippet(
        "x", "a", InputMode.RAW, LineEnding.NUL, MessageKind.PONG, True
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_pasted_block_sends_just_its_bytes(text: str) -> None:
    block = text + "\n"
    for before, mode, lines in (
        ("", InputMode.TEXT, True),
        ("", InputMode.TEXT, False),
        (r"a\t", InputMode.TEXT, True),
        ("a\\", InputMode.RAW, True),
    ):
        pasted = paste(block, before, "", mode, lines=lines)
        written = Typed(pasted.before + pasted.text + pasted.after, pasted.mode)
        assert written.data == Typed(before, mode).data + block.encode()


def test_terminals_paste_carriage_returns_for_line_feeds() -> None:
    assert paste("a\rb\r", "", "", InputMode.TEXT, lines=True).text == "a\nb\n"
    assert paste("a\r\nb", "", "", InputMode.TEXT, lines=True).text == r"a\r\nb"


def test_hex_that_is_pasted_stays_hex() -> None:
    pasted = paste("00\nff\n", "11 ", "", InputMode.HEX, lines=False)
    assert (pasted.text, pasted.mode) == ("00 ff", InputMode.HEX)


@pytest.mark.parametrize("text", ["{{", "{{a", "a}}"])
def test_braces_that_are_no_field_are_sent(text: str) -> None:
    assert Typed(text).filled(Values()) == text.encode()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (Typed(r"GET /?token=abc HTTP/1.1\r\n"), r"GET /?token=*** HTTP/1.1\r\n"),
        (Typed(r"Cookie: a\r\nX: b"), r"Cookie: *\r\nX: b"),
        (Typed("Cookie: a\nX: b", InputMode.RAW), "Cookie: *\nX: b"),
        (Typed(b"Cookie: a".hex(), InputMode.HEX), b"Cookie: *".hex(" ")),
        (Typed("Q29va2llOiBh", InputMode.BASE64), "Q29va2llOiAq"),
        (Typed(r"Cookie: \q", InputMode.TEXT), "Cookie: **"),
        (Typed("Cookie: a", InputMode.FILE), "Cookie: a"),
        (Typed(r"\x41 plain"), r"\x41 plain"),
    ],
)
def test_secrets_of_http_are_starred_where_it_is_shown(typed: Typed, shown: str) -> None:
    assert typed.veiled() == replace(typed, text=shown)
