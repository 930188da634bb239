import sys

import pytest
import regex

from sonde_core.search import PatternError, Query
from sonde_core.search.matching import Window
from sonde_core.search.pattern import LETTERS, LONGEST, matcher


def found(pattern: str, data: bytes, codec: str = "utf-8", *, plain: bool = False) -> list[bytes]:
    window = Window(data, 0, len(data))
    result = matcher(Query(pattern, regex=not plain), codec).find(window, keep=True)
    return [data[begin:end] for begin, end in zip(result.begins, result.ends, strict=True)]


@pytest.mark.parametrize(
    ("pattern", "place"),
    [("a(b", 4), ("[z-a]", 5), ("*", 1), ("a{2,1}", 3), ("\\", 2), (r"x\p{Foo}", 9), ("é$(", 4)],
)
def test_a_wrong_pattern_is_told_with_its_place(pattern: str, place: int) -> None:
    with pytest.raises(PatternError, match=f"character {place}: ") as caught:
        matcher(Query(pattern, regex=True), "utf-8")
    assert "tab" in caught.value.advice


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:(?:a{1000}){1000}){1000}",
        "((a{500}){500}){500}",
        "x" * (LONGEST + 1),
        "(" * 900 + ")" * 900,
        "[" + "\\p{L}" * 300 + "]{9999}{9999}",
        "(?:a{999999999999})",
    ],
)
def test_what_would_take_all_memory_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        matcher(Query(pattern, regex=True), "utf-8")


def test_endless_recursion_ends_with_a_word() -> None:
    with pytest.raises(PatternError, match="was stopped"):
        found("(?R)", b"ab")


def test_braces_that_belong_together_may_be_found_by_recursion() -> None:
    assert found(r"\{(?:[^{}]|(?R))*\}", b"x{a{b}c}y") == [b"{a{b}c}"]


def test_a_line_ends_before_each_kind_of_line_end() -> None:
    assert found("b$", b"ab\r\nb\nxb") == [b"b", b"b", b"b"]
    assert found("^$", b"a\r\n\r\n\nb") == [b"", b""]
    assert found(r"\$[$]", b"$$") == [b"$$"]


def test_a_dot_is_a_character_and_not_a_byte() -> None:
    assert found("x.x", "xéx x漢x x😀x".encode()) == [
        "xéx".encode(),
        "x漢x".encode(),
        "x😀x".encode(),
    ]
    assert found("x..x", "xéx".encode(), codec="") == ["xéx".encode()]


def test_letters_stand_for_their_bytes_among_bytes() -> None:
    assert found("é+|[a]", "ééa".encode(), codec="") == ["éé".encode(), b"a"]


@pytest.mark.parametrize(
    ("pattern", "flag"),
    [("(?r)foo", "(?r)"), ("(?ri)foo", "(?r)"), ("(?b)foo", "(?b)"), ("(?e)a{e<=1}", "(?e)")],
)
def test_a_flag_that_finds_hits_out_of_their_order_is_refused(pattern: str, flag: str) -> None:
    with pytest.raises(PatternError) as caught:
        matcher(Query(pattern, regex=True), "utf-8")
    assert caught.value.message.startswith(f"The flag {flag} cannot be used")


def test_the_other_rules_for_patterns_are_refused() -> None:
    with pytest.raises(PatternError, match=r"\(\?V1\) cannot be used"):
        matcher(Query("(?V1)[[a-z]--[b]]", regex=True), "utf-8")
    assert found("(?V0)b|(?:i)", b"ab") == [b"b"]


@pytest.mark.parametrize("codec", ["utf-8", "iso8859-9", "cp1252", "utf-16-le", "gb18030"])
def test_text_has_the_cases_that_it_has_as_a_pattern(codec: str) -> None:
    data = "Ss\u017f Kk\u212a Ii\u0130\u0131 \u00df fisk FI\u017fK".encode(codec, "ignore")
    for text in ("s", "k", "i", "fisk", "sk", "x"):
        assert found(text, data, codec, plain=True) == found(text, data, codec), text


def test_letters_of_ascii_with_another_case_are_known_all() -> None:
    ascii_letters = [regex.compile(chr(code), regex.IGNORECASE) for code in range(97, 123)]
    beyond = [chr(code) for code in range(128, sys.maxunicode) if not 0xD800 <= code < 0xE000]
    text = "".join(beyond)
    others = {found.pattern: hits for found in ascii_letters if (hits := found.findall(text))}
    assert others == {letter: [other] for letter, other in LETTERS.items()}
