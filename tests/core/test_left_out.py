from __future__ import annotations

from sonde_core.left_out import BEGINNING, STAND_IN, stand_in


def test_a_stand_in_tells_number_and_form() -> None:
    assert stand_in(12) == "***secret-12***"
    found = STAND_IN.fullmatch(stand_in(3, "url").encode())
    assert found
    assert found.groups() == (b"3", b"url")
    assert stand_in(3).startswith(BEGINNING)
