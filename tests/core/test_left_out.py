from __future__ import annotations

import pytest

from sonde_core.errors import PayloadSyntaxError, RequestError
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody
from sonde_core.left_out import BEGINNING, STAND_IN, refuse_in, refuse_stand_ins, stand_in
from sonde_core.script.checking import check, check_whole
from sonde_core.steps import SendStep
from sonde_core.templates import Values


def test_a_stand_in_tells_number_and_form() -> None:
    assert stand_in(12) == "***secret-12***"
    found = STAND_IN.fullmatch(stand_in(3, "url").encode())
    assert found
    assert found.groups() == (b"3", b"url")
    assert stand_in(3).startswith(BEGINNING)


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest(url="http://h/?a=***secret-1-url***"),
        HttpRequest(headers=(Field("A", "***secret-1***"),)),
        HttpRequest(auth=Auth("bearer", "", "***secret-1***")),
        HttpRequest(body=RequestBody("json", text='{"a": "***secret-1-number***"}')),
    ],
)
def test_a_stand_in_is_never_sent(request_: HttpRequest) -> None:
    with pytest.raises(RequestError, match="secret-1"):
        refuse_stand_ins(request_)


def test_what_is_none_is_sent() -> None:
    refuse_stand_ins(
        HttpRequest(url="http://h/?a=***", headers=(Field("A", "***secret-1***", on=False),))
    )
    refuse_in(b"***secret-x*** ***")


def test_steps_and_typed_bytes_are_looked_at_too() -> None:
    with pytest.raises(RequestError, match="secret-2"):
        check_whole([SendStep(b"x ***secret-2***")], Values())
    check([SendStep(b"x ***secret-2***")], Values())  # it may still be filled in
    with pytest.raises(PayloadSyntaxError, match="secret-2"):
        refuse_in(b"***secret-2***", PayloadSyntaxError)
