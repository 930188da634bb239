import pytest

from sonde_core.search import PatternError, Query
from sonde_core.search.matching import Window
from sonde_core.search.pattern import LONGEST, matcher


def found(pattern: str, data: bytes, codec: str = "utf-8") -> list[bytes]:
    window = Window(data, 0, len(data))
    result = matcher(Query(pattern, regex=True), codec).find(window, keep=True)
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
