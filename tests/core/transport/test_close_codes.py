from __future__ import annotations

import pytest

from sonde_core.errors import RequestError
from sonde_core.transport.close_codes import check_closing, closing_words, ill_close, is_ill


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (1000, "", "1000, normal"),
        (1001, "bye", "1001, going away: bye"),
        (4000, "", "4000"),
        (4000, "own", "4000: own"),
    ],
)
def test_a_code_is_told_with_its_meaning(code: int, reason: str, words: str) -> None:
    assert closing_words(code, reason) == words


@pytest.mark.parametrize("code", [1000, 1001, 1005])
def test_an_end_in_order_is_not_ill(code: int) -> None:
    assert not is_ill(code)


@pytest.mark.parametrize(
    ("code", "reason", "text"),
    [
        (1008, "", "The peer closed with 1008 (against the rules of the house)."),
        (1013, "full", "The peer closed with 1013 (try again later): 'full'."),
        (4000, "\x1b[2J", r"The peer closed with 4000: '\x1b[2J'."),
    ],
)
def test_a_close_with_an_error_is_told_with_a_hint(code: int, reason: str, text: str) -> None:
    assert is_ill(code)
    error = ill_close(code, reason)
    assert error.message == text
    assert error.advice


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 1016, 2999, 5000])
def test_codes_that_must_not_be_sent_are_refused(code: int) -> None:
    with pytest.raises(RequestError, match=str(code)):
        check_closing(code, "")


@pytest.mark.parametrize("code", [1000, 1005, 1011, 3000, 4999])
def test_the_others_may_be(code: int) -> None:
    check_closing(code, "")


def test_a_reason_fits_into_a_control_frame_and_needs_a_code() -> None:
    check_closing(1000, "ü" * 61)
    with pytest.raises(RequestError, match="too long"):
        check_closing(1000, "ü" * 62)
    with pytest.raises(RequestError, match="code"):
        check_closing(1005, "why")
