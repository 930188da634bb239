import pytest

from sonde_core.search import Query


@pytest.mark.parametrize(
    ("query", "folds"),
    [
        (Query("key"), True),
        (Query("Key"), False),
        (Query("Key", case="ignore"), True),
        (Query("key", case="exact"), False),
        (Query("é"), True),
        (Query("É"), False),
        (Query(r"\S+\W", regex=True), True),
        (Query(r"\x1B\u00AF\p{Greek}\P{L}[[:alpha:]]", regex=True), True),
        (Query(r"\p{Lu}", regex=True), False),
        (Query(r"\P{Lu}", regex=True), False),
        (Query(r"\p{^gc=Ll}", regex=True), False),
        (Query(r"\p{Uppercase_Letter}", regex=True), False),
        (Query(r"[[:upper:]]", regex=True), False),
        (Query(r"[[:^lower:]a]", regex=True), False),
        (Query(r"\p{Lu}", regex=True, case="ignore"), True),
        (Query(r"\\p{lu}", regex=True), True),
        (Query(r"\p{lu}"), True),
        (Query(r"(?P<Name>a)", regex=True), True),
        (Query(r"\S+A", regex=True), False),
        (Query(r"[A-Z]", regex=True), False),
    ],
)
def test_lower_case_finds_both_cases_unless_told_otherwise(query: Query, folds: bool) -> None:
    assert query.folds is folds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0x1f8b", b"\x1f\x8b"),
        ("0XDE", b"\xde"),
        ("de AD be ef", b"\xde\xad\xbe\xef"),
        (" 00  01 ", b"\x00\x01"),
        ("de", None),
        ("dead", None),
        ("de a", None),
        ("0x123", None),
        ("fee bad", None),
    ],
)
def test_hex_is_told_from_words(typed: str, meant: bytes | None) -> None:
    assert Query(typed).hex == meant
    assert Query(typed, regex=True).hex is None
