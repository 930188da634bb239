from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import EndpointSyntaxError, RequestError, SondeError
from sonde_core.http.outgoing import Outgoing, prepare
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody, Upload

URL = "http://example.org/"


def header(outgoing: Outgoing, name: str) -> list[str]:
    return [value for key, value in outgoing.headers if key.lower() == name]


def test_host_comes_first_and_defaults_are_few() -> None:
    names = [name for name, _ in prepare(HttpRequest(url="example.org:8080/a")).headers]
    assert names == ["Host", "User-Agent", "Accept", "Accept-Encoding"]


def test_a_row_replaces_the_default_of_its_name_and_keeps_its_case() -> None:
    rows = (Field("user-agent", "Mozilla/5.0"), Field("HOST", "other"), Field("X", "1"))
    outgoing = prepare(HttpRequest(url=URL, headers=rows))
    assert outgoing.headers[0] == ("HOST", "other")
    assert header(outgoing, "user-agent") == ["Mozilla/5.0"]
    assert outgoing.headers[-1] == ("X", "1")


def test_a_row_that_is_off_is_not_sent() -> None:
    rows = (Field("X-Off", "1", on=False), Field("", "", on=True))
    assert header(prepare(HttpRequest(url=URL, headers=rows)), "x-off") == []


def test_repeated_rows_are_all_sent() -> None:
    rows = (Field("X", "1"), Field("X", "2"))
    assert header(prepare(HttpRequest(url=URL, headers=rows)), "x") == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "value"), [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("X Y", "1"), ("X", "\0"), ("", "1")]
)
def test_a_header_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(RequestError) as caught:
        prepare(HttpRequest(url=URL, headers=(Field(name, value),)))
    assert caught.value.advice


def test_a_method_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="GE T"):
        prepare(HttpRequest("GE T", URL))


def test_basic_auth_and_the_url_name_the_user() -> None:
    expected = "Basic " + base64.b64encode("ä:p:w".encode()).decode()
    by_auth = prepare(HttpRequest(url=URL, auth=Auth("basic", "ä", "p:w")))
    by_url = prepare(HttpRequest(url="http://%C3%A4:p%3Aw@example.org/"))
    assert header(by_auth, "authorization") == header(by_url, "authorization") == [expected]
    assert "@" not in str(by_url.url)


def test_bearer_is_one_line() -> None:
    outgoing = prepare(HttpRequest(url=URL, auth=Auth("bearer", secret="abc ")))
    assert header(outgoing, "authorization") == ["Bearer abc"]
    with pytest.raises(RequestError, match=r"control character U\+000A"):
        prepare(HttpRequest(url=URL, auth=Auth("bearer", secret="a\nb")))
    with pytest.raises(RequestError, match="cannot be sent"):
        prepare(HttpRequest(url=URL, auth=Auth("bearer", secret="a\ud800")))


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_a_bearer_without_a_token_is_refused(secret: str) -> None:
    with pytest.raises(RequestError, match=r"^The bearer token is empty\.$") as caught:
        prepare(HttpRequest(url=URL, auth=Auth("bearer", secret=secret)))
    assert caught.value.advice


def test_a_colon_in_the_user_name_is_refused() -> None:
    with pytest.raises(RequestError, match="colon"):
        prepare(HttpRequest(url=URL, auth=Auth("basic", "a:b", "c")))


def test_params_follow_the_query() -> None:
    request = HttpRequest(
        url="http://a/p?x=1", params=(Field("y", "ä b"), Field("z", "", on=False))
    )
    assert prepare(request).url.target == "/p?x=1&y=%C3%A4+b"


@pytest.mark.parametrize(
    ("body", "data", "kind"),
    [
        (RequestBody("json", text='{"a": 1.0}'), b'{"a": 1.0}', "application/json"),
        (RequestBody("text", text="ä"), "ä".encode(), "text/plain; charset=utf-8"),
        (
            RequestBody("form", fields=(Field("a b", "ä&"), Field("c", "1", on=False))),
            b"a+b=%C3%A4%26",
            "application/x-www-form-urlencoded",
        ),
        (RequestBody("bytes", data=Body.of(b"\0"), media_type="x/y"), b"\0", "x/y"),
    ],
)
def test_body_kinds(body: RequestBody, data: bytes, kind: str) -> None:
    outgoing = prepare(HttpRequest("POST", URL, body=body))
    assert outgoing.body.read() == data
    assert header(outgoing, "content-type") == [kind]
    assert header(outgoing, "content-length") == [str(len(data))]


def test_a_content_type_row_wins() -> None:
    rows = (Field("Content-Type", "application/x"),)
    body = RequestBody("json", text="{}")
    outgoing = prepare(HttpRequest("POST", URL, headers=rows, body=body))
    assert header(outgoing, "content-type") == ["application/x"]


def test_a_file_is_read_when_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(b"[1]")
    outgoing = prepare(HttpRequest("PUT", URL, body=RequestBody("file", path=str(path))))
    assert outgoing.body.read() == b"[1]"
    assert header(outgoing, "content-type") == ["application/json"]
    with pytest.raises(RequestError, match="missing"):
        prepare(HttpRequest("PUT", URL, body=RequestBody("file", path=str(tmp_path / "missing"))))


def test_multipart_holds_fields_and_files(tmp_path: Path) -> None:
    path = tmp_path / 'a"b.txt'
    path.write_bytes(b"file\r\n")
    body = RequestBody("multipart", fields=(Field("k", "v"),), uploads=(Upload("f", str(path)),))
    outgoing = prepare(HttpRequest("POST", URL, body=body))
    boundary = header(outgoing, "content-type")[0].partition("boundary=")[2].encode()
    assert outgoing.body.read() == (
        b'--%(b)s\r\nContent-Disposition: form-data; name="k"\r\n\r\nv\r\n'
        b'--%(b)s\r\nContent-Disposition: form-data; name="f"; filename="a%%22b.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nfile\r\n\r\n--%(b)s--\r\n" % {b"b": boundary}
    )


def test_an_empty_post_says_so_and_an_empty_get_does_not() -> None:
    assert header(prepare(HttpRequest("POST", URL)), "content-length") == ["0"]
    assert header(prepare(HttpRequest("GET", URL)), "content-length") == []


def test_a_wrong_content_length_is_refused() -> None:
    rows = (Field("Content-Length", "5"),)
    with pytest.raises(RequestError, match="Content-Length"):
        prepare(HttpRequest("POST", URL, headers=rows, body=RequestBody("text", text="abc")))


def test_a_name_beyond_ascii_is_asked_for_in_ascii() -> None:
    outgoing = prepare(HttpRequest(url="http://bücher.example/"))
    assert outgoing.endpoint.host == "xn--bcher-kva.example"
    assert header(outgoing, "host") == ["xn--bcher-kva.example"]
    with pytest.raises(EndpointSyntaxError):
        prepare(HttpRequest(url="http://\u2603\u200d.example/"))


@given(
    st.builds(
        HttpRequest,
        method=st.text(max_size=5),
        url=st.text(max_size=30).map(lambda text: f"http://a/{text}"),
        headers=st.lists(st.builds(Field, st.text(max_size=5), st.text(max_size=9))).map(tuple),
        body=st.builds(RequestBody, kind=st.just("form"),
                       fields=st.lists(st.builds(Field, st.text(), st.text())).map(tuple)),
    )
)  # fmt: skip
def test_whatever_is_typed_goes_out_clean_or_is_refused(request: HttpRequest) -> None:
    try:
        outgoing = prepare(request)
    except SondeError:
        return
    for name, value in outgoing.raw_headers():
        assert name
        assert not {13, 10, 0} & set(name + value)
    assert all(0x21 <= ord(char) <= 0x7E for char in outgoing.url.target)
