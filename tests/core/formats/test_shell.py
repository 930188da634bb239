from __future__ import annotations

import shutil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.errors import BodyError
from sonde_core.formats.shell import is_plain, printf, quote
from sonde_core.safetext import has_controls

from .conftest import in_shell

SHELLS = [name for name in ("sh", "dash", "bash", "zsh", "ksh") if shutil.which(name)]
EVERY_BYTE = bytes(range(256)) + b"%s %d \\x41 \\101 '\" $HOME `id` $(id) !! \n\n"
WORDS = [
    "",
    "plain",
    "two words",
    "it's",
    '"; rm -rf / #',
    "$(id) `id` $HOME !! \\ ~ * ? [a] {b,c}",
    "line\nfeed\n",
    "tab\tand\rreturn",
    "\x1b]0;title\x07",
    "\x1b[201~",
    "-n",
    "é 日本 🎉",
    "\u202egnp",
    "zero\u200bwidth",
    "\udcff\udc80",
    "\udcff\n",
    "%s\\n",
]


@pytest.mark.parametrize("shell", SHELLS)
def test_words_survive_a_real_shell(shell: str) -> None:
    script = "".join(f"printf '%s\\0' {quote(word)}\n" for word in WORDS)
    printed = in_shell(script, shell=shell).split(b"\0")[:-1]
    assert printed == [word.encode("utf-8", "surrogateescape") for word in WORDS]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("data", [EVERY_BYTE, b"-n", b"--", b"", "é\r\n".encode(), b"\\055%%"])
def test_any_bytes_come_out_of_printf(shell: str, data: bytes) -> None:
    assert in_shell(printf(data), shell=shell) == data


@given(st.binary(max_size=200))
@example(b"\xe2\x80\xae")
@example("e\ufe0f".encode())
def test_printf_holds_nothing_that_a_terminal_obeys(data: bytes) -> None:
    command = printf(data)
    assert not has_controls(command.encode())
    assert "\r" not in command
    assert "\n" not in command


@given(st.text(max_size=50).filter(lambda text: "\0" not in text and not text.endswith("\n")))
def test_a_word_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    command = quote(text)
    assert not has_controls(command.encode())
    assert "\r" not in command


def test_readable_text_stays_readable() -> None:
    assert printf("é\r\n".encode()) == "printf 'é\\r\\n'"
    assert quote("é") == "'é'"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_argument_can_hold_is_refused(text: str) -> None:
    with pytest.raises(BodyError):
        quote(text)


def test_plain_is_what_can_be_pasted() -> None:
    assert is_plain('{"a": "é",\n\t"b": 1}'.encode())
    for data in (b"\r\n", b"\x1b", b"\0", b"\xff", "\u202e".encode()):
        assert not is_plain(data)
