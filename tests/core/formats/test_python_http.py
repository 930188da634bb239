from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.certificates import throwaway
from sonde_core.errors import BodyError, EndpointSyntaxError
from sonde_core.formats.python_http import as_httpx
from sonde_core.http.call import Call
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload

from .conftest import Web, http_entry, in_python, session_entry
from .test_curl import OWN, REQUESTS

# What each client adds of its own, and httpx says where we do not.
IGNORED = OWN - {"content-length"}


def script(request: HttpRequest, *, reveal: bool = True) -> str:
    return as_httpx(http_entry(request), reveal=reveal)


# Each starts a Python with httpx: only those that differ in what the script has to say.
@pytest.mark.parametrize(
    "name",
    ["params", "raw url", "head", "post nothing", "headers", "json", "bytes", "own authorization"],
)
async def test_the_script_sends_what_we_sent(web: Web, tmp_path: Path, name: str) -> None:
    request = replace(REQUESTS[name], url=web.url + REQUESTS[name].url)
    exchange = await Call(request).run()
    text = as_httpx(replace(http_entry(request), exchange=exchange), reveal=True)
    assert "httpx[brotli,zstd]" in text
    assert in_python(text, tmp_path) == (b"" if name == "head" else b"hello")
    ours, theirs = web.asked
    assert ours.told(IGNORED) == theirs.told(IGNORED)


@pytest.mark.parametrize("path", ["/moved", "/moved/../moved"])
async def test_redirects_are_followed_as_we_follow_them(
    web: Web, tmp_path: Path, path: str
) -> None:
    auth = Auth("basic", "joe", "pä:ss")
    request = HttpRequest("POST", web.url + path, auth=auth, body=RequestBody("text", text="x"))
    request = replace(request, url=request.url.replace("/moved/../", "/moved/../"))
    await Call(request).run()
    in_python(script(request), tmp_path)
    steps = [
        (asked.method, asked.target, asked.values("Authorization"), asked.body)
        for asked in web.asked
    ]
    assert [step[1] for step in steps[:2]] == [path, "/there"]
    assert steps[2:] == steps[:2]


async def test_files_are_read_and_sent(web: Web, tmp_path: Path) -> None:
    file = tmp_path / 'a "b".txt'
    file.write_bytes(b"\0file\r\n")
    body = RequestBody(
        "multipart",
        fields=(Field("a", "@x"), Field("é", "1\n2"), Field("off", "", on=False)),
        uploads=(Upload("up", str(file)),),
    )
    request = HttpRequest("POST", web.url, body=body)
    await Call(request).run()
    in_python(script(request), tmp_path)
    ours, theirs = (asked.multipart for asked in web.asked)
    assert ours == theirs
    web.asked.clear()
    whole = HttpRequest("PUT", web.url, body=RequestBody("file", path=str(file)))
    exchange = await Call(whole).run()
    in_python(as_httpx(replace(http_entry(whole), exchange=exchange), reveal=True), tmp_path)
    assert web.asked[0].told(IGNORED) == web.asked[1].told(IGNORED)


@pytest.mark.parametrize("name", REQUESTS)
def test_every_script_is_valid_and_safe(name: str) -> None:
    request = replace(REQUESTS[name], url="http://127.0.0.1:8000" + REQUESTS[name].url)
    text = script(request)
    compile(text, "script", "exec")
    assert text.isprintable() or text.replace("\n", "").isprintable()
    assert text.endswith("\n")


def test_options_are_those_of_the_request() -> None:
    file = throwaway()
    options = HttpOptions(
        connect_timeout=1.5, idle_timeout=2.0, max_redirects=3, ca_file=str(file.path)
    )
    text = script(HttpRequest(url="https://127.0.0.1/", options=options))
    assert "timeout=httpx.Timeout(2.0, connect=1.5)" in text
    assert "max_redirects=3" in text
    assert f'verify=ssl.create_default_context(cafile="{file.path}")' in text
    assert "import ssl\n" in text
    options = HttpOptions(verify=False, follow_redirects=False, use_proxy=False)
    text = script(HttpRequest(url="https://127.0.0.1/", options=options))
    assert "verify=False" in text
    assert "trust_env=False" in text
    assert "redirects" not in text
    file.close()


def test_secrets_are_masked_and_the_script_says_so() -> None:
    request = HttpRequest(
        "POST",
        "http://joe:hush@127.0.0.1:8000/?token=hush",
        headers=(Field("Cookie", "sid=hush"),),
        body=RequestBody("form", fields=(Field("password", "hush"),)),
    )
    text = script(request, reveal=False)
    assert "hush" not in text
    assert "# Secrets are masked" in text
    assert "hush" in script(request)
    assert "# Secrets" not in script(request)
    assert "# Secrets" not in script(HttpRequest(url="http://h/"), reveal=False)


def test_what_cannot_be_written_is_explained() -> None:
    with pytest.raises(BodyError):
        as_httpx(session_entry("tcp://h:1"))
    with pytest.raises(EndpointSyntaxError):
        script(HttpRequest(url="http://"))
    large = RequestBody("bytes", data=Body.of(bytes(9 << 20)))
    with pytest.raises(BodyError, match="too many"):
        script(HttpRequest("POST", "http://h/", body=large))
