from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import BodyError, EndpointSyntaxError, RequestError
from sonde_core.formats.curl import as_curl
from sonde_core.http.call import Call
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload

from .conftest import FakeCurl, Web, http_entry, in_shell, session_entry

URL = "http://127.0.0.1:8000/"
OWN = {"accept", "host", "connection", "content-length", "expect"}

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(request: HttpRequest, *, reveal: bool = True) -> str:
    return as_curl(http_entry(request), reveal=reveal)


async def recorded(request: HttpRequest) -> str:
    """Send a request, and return the command that the record of it makes."""
    return as_curl(replace(http_entry(request), exchange=await Call(request).run()), reveal=True)


REQUESTS = {
    "get": HttpRequest(url="/get"),
    "params": HttpRequest(url="/a?x=1", params=(Field("q", "a b&c"), Field("off", "1", on=False))),
    "raw url": HttpRequest(url="/é b\"'<>|^`\\?q=[1]{2}&s=*~!$;,#frag"),
    "dots": HttpRequest(url="/a/../b/./%2e%2E/c"),
    "head": HttpRequest("HEAD", "/"),
    "put nothing": HttpRequest("PUT", "/put"),
    "post nothing": HttpRequest("POST", "/post"),
    "delete": HttpRequest("DELETE", "/it"),
    "own method": HttpRequest("BREW", "/pot"),
    "headers": HttpRequest(
        url="/h",
        headers=(
            Field("X-One", 'it\'s "this" $HOME `id` \\'),
            Field("X-Empty", ""),
            Field("X-Twice", "1"),
            Field("X-Twice", "2"),
            Field("X-Off", "1", on=False),
            Field("X-Bytes", "caf\udce9"),
            Field("Cookie", "a=b; c=d"),
        ),
    ),
    "own defaults": HttpRequest(
        url="/h", headers=(Field("User-Agent", "me"), Field("Accept", "a/b"))
    ),
    "json": HttpRequest("POST", "/j", body=RequestBody("json", text='{"a": "it\'s é",\n "b": 1}')),
    "get with body": HttpRequest("GET", "/j", body=RequestBody("json", text="{}")),
    "at sign": HttpRequest("POST", "/t", body=RequestBody("text", text="@/etc/passwd")),
    "crlf": HttpRequest("PUT", "/t", body=RequestBody("text", text="a\r\nb\x1b[0m\r\n")),
    "form": HttpRequest(
        "POST", "/f", body=RequestBody("form", fields=(Field("a", "1 &é"), Field("b", "@x")))
    ),
    "bytes": HttpRequest("POST", "/b", body=RequestBody("bytes", data=Body.of(bytes(range(256))))),
    "large text": HttpRequest("POST", "/b", body=RequestBody("text", text="it's 100%\n" * 20_000)),
    "own type": HttpRequest(
        "PATCH",
        "/p",
        headers=(Field("Content-Type", "application/merge-patch+json"),),
        body=RequestBody("json", text="[]"),
    ),
    "basic": HttpRequest(url="/", auth=Auth("basic", "joe", "p:w \"'é")),
    "no password": HttpRequest(url="/", auth=Auth("basic", "joe", "")),
    "bearer": HttpRequest(url="/", auth=Auth("bearer", secret="tok'en")),
    "own authorization": HttpRequest(
        url="/", headers=(Field("Authorization", "X y"),), auth=Auth("basic", "joe", "pw")
    ),
}


@needs_curl
@pytest.mark.parametrize("name", REQUESTS)
async def test_real_curl_sends_what_we_sent(web: Web, name: str) -> None:
    request = replace(REQUESTS[name], url=web.url + REQUESTS[name].url)
    exchange = await Call(request).run()
    ours = [asked.told(OWN) for asked in web.asked]
    web.asked.clear()
    entry = replace(http_entry(request), exchange=exchange)
    printed = in_shell(as_curl(entry, reveal=True))
    assert printed.endswith(b"\r\n\r\n" if request.method == "HEAD" else b"hello")
    assert [asked.told(OWN) for asked in web.asked] == ours


@needs_curl
@pytest.mark.parametrize(
    ("row", "coded"),
    [
        (Field("Accept-Encoding", "identity"), False),
        (Field("accept-encoding", "gzip;q=0.5, identity"), True),
        (Field("User-Agent", "", on=False), True),
    ],
)
async def test_who_asks_is_as_it_was_unless_a_row_says_otherwise(
    web: Web, row: Field, coded: bool
) -> None:
    command = await recorded(HttpRequest(url=web.url, headers=(row,)))
    in_shell(command)
    ours, theirs = web.asked
    assert ours.told(OWN) == theirs.told(OWN)
    assert ours.values("User-Agent")[0].startswith("sonde/")
    assert ("--compressed" in command) is coded


def test_nothing_is_said_of_who_asks_where_it_is_not_known() -> None:
    text = curl(HttpRequest(url=URL))
    assert "User-Agent" not in text
    assert "--compressed" not in text


@needs_curl
async def test_redirects_are_followed_as_we_follow_them(web: Web) -> None:
    request = HttpRequest("POST", web.url + "/moved", body=RequestBody("text", text="x"))
    await Call(request).run()
    in_shell(curl(request))
    in_shell(curl(replace(request, options=HttpOptions(follow_redirects=False))))
    steps = [(asked.method, asked.target, asked.body) for asked in web.asked]
    assert steps[:2] == [("POST", "/moved", b"x"), ("GET", "/there", b"")]
    assert steps[2:] == [*steps[:2], steps[0]]


@needs_curl
async def test_userinfo_of_the_url_is_sent_as_we_send_it(web: Web) -> None:
    url = web.url.replace("//", "//j%40e:p%3Aw@")
    exchange = await Call(HttpRequest(url=url)).run()
    in_shell(as_curl(replace(http_entry(HttpRequest()), exchange=exchange), reveal=True))
    ours, theirs = web.asked
    assert ours.values("Authorization") == theirs.values("Authorization") != []


@needs_curl
async def test_a_file_is_read_by_curl(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "it's a,b;c.png"
    file.write_bytes(bytes(range(256)))
    request = HttpRequest("PUT", web.url, body=RequestBody("file", path=str(file)))
    in_shell(await recorded(request))
    ours, theirs = web.asked
    assert ours.told(OWN) == theirs.told(OWN)
    assert theirs.values("Content-Type") == ["image/png"]


@needs_curl
async def test_a_form_with_files_has_the_same_parts(web: Web, tmp_path: Path) -> None:
    file = tmp_path / 'a "b"; c=\\d,.txt'
    file.write_bytes(b"\0file\r\n")
    body = RequestBody(
        "multipart",
        fields=(Field("a", "@x;type=y"), Field("é", "1\n2"), Field("off", "", on=False)),
        uploads=(Upload("up", str(file)),),
    )
    # A boundary of our own would be no boundary of curl's.
    request = HttpRequest("POST", web.url, headers=(), body=body)
    await Call(request).run()
    in_shell(curl(request))
    ours, theirs = (asked.multipart for asked in web.asked)
    assert ours == theirs
    assert b"\0file\r\n" in ours


@pytest.mark.parametrize("shell", [name for name in ("sh", "bash") if shutil.which(name)])
def test_options_are_those_of_the_request(fake_curl: FakeCurl, shell: str) -> None:
    options = HttpOptions(
        verify=False, ca_file="/a b.pem", max_redirects=3, total_timeout=1.5, use_proxy=False
    )
    words, _ = fake_curl(curl(HttpRequest(url=URL, options=options)), shell)
    assert b" ".join(words).decode() == (
        "--insecure --cacert /a b.pem --location --max-redirs 3 --max-time 1.5 --noproxy * " + URL
    )
    options = HttpOptions(follow_redirects=False, total_timeout=None)
    words, _ = fake_curl(curl(HttpRequest(url=URL, options=options)), shell)
    assert words == [URL.encode()]


def test_only_what_is_needed_is_said(fake_curl: FakeCurl) -> None:
    plain = HttpOptions(follow_redirects=False, total_timeout=None)
    post = HttpRequest("POST", URL, body=RequestBody("text", text="x"), options=plain)
    words, _ = fake_curl(curl(post))
    assert words[2:] == [b"--data-raw", b"x", URL.encode()]
    assert "\n" not in curl(HttpRequest(url=URL, options=plain))
    assert not curl(post).endswith("\n")
    form = RequestBody("form", fields=(Field("a", "b"),))
    assert "Content-Type" not in curl(HttpRequest("POST", URL, body=form))
    assert "--globoff" not in curl(post)
    assert "--path-as-is" not in curl(HttpRequest(url=URL + ".hidden/a..b"))
    assert "--globoff" in curl(HttpRequest(url="http://[::1]:8000/"))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(
    st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    st.text(st.characters(exclude_characters="\0\r\n\v\f", exclude_categories=["Cs"]), max_size=20),
)
def test_any_body_and_any_value_reach_curl(fake_curl: FakeCurl, body: bytes, value: str) -> None:
    request = HttpRequest(
        "POST",
        URL,
        headers=(Field("X-Value", value),),
        body=RequestBody("bytes", data=Body.of(body)),
    )
    words, data = fake_curl(curl(request))
    if b"--data-raw" in words:
        data = words[words.index(b"--data-raw") + 1]
    assert data == body
    stripped = value.strip(" \t")
    assert (f"X-Value: {stripped}" if stripped else "X-Value;").encode() in words


def test_secrets_are_masked() -> None:
    request = HttpRequest(
        "POST",
        "http://joe:hush@127.0.0.1:8000/?token=hush",
        params=(Field("api_key", "hush"),),
        headers=(Field("Cookie", "sid=hush"), Field("X-Api-Key", "hush")),
        body=RequestBody("form", fields=(Field("user", "joe"), Field("password", "hush"))),
    )
    text = curl(request, reveal=False)
    assert "hush" not in text
    assert "user=joe" in text
    assert "token=***&api_key=***" in text
    assert curl(request).count("hush") == 6


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        (Auth("basic", "joe", "hush"), "--user 'joe:***'"),
        (Auth("basic", "hush", ""), "--user '***:'"),
        (Auth("bearer", secret="hush"), "'Authorization: Bearer ***'"),
    ],
)
def test_credentials_are_masked(auth: Auth, words: str) -> None:
    text = curl(HttpRequest(url=URL, auth=auth), reveal=False)
    assert words in text
    assert "hush" not in text


def test_secret_fields_of_a_form_with_files_are_masked() -> None:
    body = RequestBody("multipart", fields=(Field("token", "hush"), Field("a", "b")))
    text = curl(HttpRequest("POST", URL, body=body), reveal=False)
    assert "'token=***'" in text
    assert "a=b" in text


def test_what_cannot_be_written_is_explained() -> None:
    with pytest.raises(BodyError, match="session"):
        as_curl(session_entry("tcp://h:1"))
    with pytest.raises(EndpointSyntaxError):
        curl(HttpRequest(url="http://"))
    with pytest.raises(RequestError):
        curl(HttpRequest(url=URL, headers=(Field("bad name", "x"),)))
    lost = RequestBody("bytes", data=Body.lost(5, "0" * 64))
    with pytest.raises(BodyError, match="not kept any more"):
        curl(HttpRequest("POST", URL, body=lost))
    fields = RequestBody("multipart", fields=(Field("a=b", "c"),))
    with pytest.raises(BodyError, match="equals sign"):
        curl(HttpRequest("POST", URL, body=fields))
