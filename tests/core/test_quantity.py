import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core import quantity
from sonde_core.errors import RequestError


@pytest.mark.parametrize(
    ("text", "value"), [("2.5", 2.5), (" 10 ", 10.0), ("1e1", 10.0), ("0.001", 0.001)]
)
def test_seconds(text: str, value: float) -> None:
    assert quantity.seconds(text, "The time-out") == value


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "1e300", "ten", "86401", "1e-9"])
def test_what_is_no_time_is_told_with_its_value(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        quantity.seconds(text, "The idle time-out")
    assert caught.value.message == f"The idle time-out is no time: {text!r}."
    assert caught.value.advice


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1000", 1000),
        ("10 MB", 10_000_000),
        ("1 GiB", 1 << 30),
        ("1.5k", 1500),
        ("2mib", 2 << 20),
        ("7 B", 7),
    ],
)
def test_size(text: str, value: int) -> None:
    assert quantity.size(text, "The limit") == value


@pytest.mark.parametrize("text", ["", "0", "-5", "0.2", "MB", "1 XB", "9" * 40, "1,5"])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(RequestError, match="The limit is no size"):
        quantity.size(text, "The limit")


@given(st.integers(1, 10**15 - 1))
def test_size_text_reads_back(value: int) -> None:
    assert quantity.size(quantity.size_text(value), "") == value


def test_count() -> None:
    assert quantity.count("20", "Redirects", most=100) == 20
    for text in ("", "-1", "2.0", "101", "²", "9" * 30):
        with pytest.raises(RequestError, match="Redirects is no number"):
            quantity.count(text, "Redirects", most=100)
