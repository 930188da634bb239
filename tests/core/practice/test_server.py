from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from sonde_core.endpoint import parse
from sonde_core.practice.server import GREETING, PracticeServer
from tests.watching import first_client


@pytest_asyncio.fixture
async def server() -> AsyncIterator[PracticeServer]:
    server = PracticeServer()
    await server.start()
    yield server
    await server.close()
    assert len(asyncio.all_tasks()) == 1


async def ask(server: PracticeServer, method: str, path: str, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as client:
        return await client.request(method, path, **more)  # type: ignore[arg-type]


async def raw(endpoint: str, data: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    where = parse(endpoint)
    reader, writer = await asyncio.open_connection(where.host, where.port, ssl=tls)
    writer.write(data)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
async def test_anything_echoes_every_method(server: PracticeServer, method: str) -> None:
    answer = await ask(
        server, method, "/anything/a%20b?x=1&x=2&y=", headers=[("X-Odd", "ä".encode())]
    )
    value = answer.json()
    assert (answer.status_code, value["method"]) == (200, method)
    assert value["path"] == "/anything/a%20b"
    assert value["args"] == {"x": ["1", "2"], "y": ""}
    assert ["X-Odd", "ä"] in value["headers"]
    assert value["headers"][0][0] == "Host"


async def test_head_has_no_body(server: PracticeServer) -> None:
    answer = await ask(server, "HEAD", "/anything")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_form_json_text_and_bytes_are_told_apart(server: PracticeServer) -> None:
    form = (await ask(server, "POST", "/login", data={"user": "ä", "b": ""})).json()
    assert form["form"] == {"user": "ä", "b": ""}
    document = (await ask(server, "POST", "/anything", json={"a": [1, None]})).json()
    assert document["json"] == {"a": [1, None]}
    data = b"\xff\x00"
    bytes_value = (await ask(server, "POST", "/anything", content=data)).json()
    assert bytes_value["base64"] == "/wA="
    assert bytes_value["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' + "7" * 5000 + "}", "NaN", '"\\ud800"'])
async def test_odd_json_is_no_trouble(server: PracticeServer, text: str) -> None:
    answer = await ask(server, "POST", "/anything", content=text)
    assert answer.status_code == 200
    assert answer.json()["text"] == text


async def test_upload_tells_size_and_digest_of_exact_bytes(server: PracticeServer) -> None:
    data = b"\r\n--x\r\n\x00\xff\r\n" * 50_000
    files = {"one": ("ä.bin", data, "image/x"), "two": ("b", b"")}
    value = (await ask(server, "POST", "/upload", files=files, data={"k": "v"})).json()
    assert value["form"] == {"k": "v"}
    first, second = value["files"]
    assert (first["filename"], first["type"]) == ("ä.bin", "image/x")
    assert (first["size"], first["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert second["size"] == 0


@pytest.mark.parametrize("code", [200, 204, 304, 401, 418, 500, 599])
async def test_status(server: PracticeServer, code: int) -> None:
    answer = await ask(server, "GET", f"/status/{code}")
    assert answer.status_code == code


@pytest.mark.parametrize(
    "path",
    ["/status/99", "/status/x", "/status/²", "/delay/31", "/delay/nan", "/bytes/-1", "/users/0"],
)
async def test_values_out_of_range_are_refused_in_words(server: PracticeServer, path: str) -> None:
    answer = await ask(server, "GET", path)
    assert answer.status_code == 400
    assert "does not fit" in answer.json()["error"]


async def test_index_names_the_routes_and_404_points_there(server: PracticeServer) -> None:
    routes = (await ask(server, "GET", "/")).json()["routes"]
    assert "/anything..." in routes
    answer = await ask(server, "GET", "/nowhere")
    assert (answer.status_code, "/nowhere" in answer.json()["error"]) == (404, True)


async def test_redirects(server: PracticeServer) -> None:
    first = await ask(server, "GET", "/redirect/3")
    assert (first.status_code, first.headers["location"]) == (302, "/redirect/2")
    last = await ask(server, "GET", "/redirect/3", follow_redirects=True)
    assert len(last.history) == 3
    params = {"url": "http://example.org/ä\r\nX: y", "status": "307"}
    away = await ask(server, "GET", "/redirect-to", params=params)
    assert (away.status_code, away.headers.get("x")) == (307, None)
    assert away.headers["location"] == "http://example.org/%C3%A4%0D%0AX:%20y"


async def test_cookies_come_back(server: PracticeServer) -> None:
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as client:
        answer = await client.get("/cookies/set?a=1&b=x%0d%0ay", follow_redirects=True)
    assert answer.json() == {"cookies": {"a": "1", "b": "x%0D%0Ay"}}


async def test_basic_and_bearer(server: PracticeServer) -> None:
    refused = await ask(server, "GET", "/basic-auth/ada/p%40ss")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    auth = httpx.BasicAuth("ada", "p@ss")
    assert (await ask(server, "GET", "/basic-auth/ada/p%40ss", auth=auth)).status_code == 200
    assert (await ask(server, "GET", "/bearer")).status_code == 401
    token = {"Authorization": "Bearer abc"}
    assert (await ask(server, "GET", "/bearer", headers=token)).json()["token"] == "abc"


@pytest.mark.parametrize("path", ["/gzip", "/deflate", "/brotli", "/zstd"])
async def test_codings_decode(server: PracticeServer, path: str) -> None:
    assert (await ask(server, "GET", path)).json()["path"] == path


async def test_flows(server: PracticeServer) -> None:
    lines = (await ask(server, "GET", "/stream/3?interval=0")).text.splitlines()
    assert lines[2] == '{"id": 2, "of": 3, "text": "line 2"}'
    events = await ask(server, "GET", "/sse?n=2&interval=0")
    assert events.headers["content-type"] == "text/event-stream"
    assert events.text.count("event: tick\n") == 2
    assert (await ask(server, "GET", "/drip?n=5&seconds=0")).content == b"*****"
    assert len((await ask(server, "GET", "/bytes/200001")).content) == 200_001
    assert (await ask(server, "GET", "/bytes/0")).content == b""


@pytest.mark.parametrize("size", [0, 10, 5000, 300_000])
async def test_json_is_valid_and_about_as_large_as_asked(server: PracticeServer, size: int) -> None:
    answer = await ask(server, "GET", f"/json/{size}")
    assert [item["id"] for item in answer.json()["items"]][:1] == [0]
    assert size <= len(answer.content) <= size + 200


async def test_samples(server: PracticeServer) -> None:
    assert (await ask(server, "GET", "/image/png")).content.startswith(b"\x89PNG\r\n\x1a\n")
    assert "<form" in (await ask(server, "GET", "/form")).text
    assert (await ask(server, "POST", "/form", data={"a": "b"})).json()["form"] == {"a": "b"}
    assert "<practice>" in (await ask(server, "GET", "/xml")).text
    assert "<h1>" in (await ask(server, "GET", "/html")).text
    repository = (await ask(server, "GET", "/repos/requests/requests")).json()
    assert repository["description"] == "A simple, yet elegant, HTTP library."
    assert "description" in (await ask(server, "GET", "/users/7")).json()


async def test_broken_answers(server: PracticeServer) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(server, "GET", "/broken/short")
    with pytest.raises(httpx.ReadError):
        await ask(server, "GET", "/broken/reset")
    answer = await raw(server.http, b"GET /broken/nothttp HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"220 ")


async def test_what_is_no_http_gets_a_400(server: PracticeServer) -> None:
    answer = await raw(server.http, b"what is this\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in answer


async def test_pipelined_requests_are_answered_in_order(server: PracticeServer) -> None:
    one = b"POST /status/201 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
    two = b"GET /status/202 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await raw(server.http, one + two)
    assert answer.index(b"HTTP/1.1 201") < answer.index(b"HTTP/1.1 202")


async def test_a_large_body_is_asked_for_and_counted(server: PracticeServer) -> None:
    head = b"PUT /anything HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
    where = parse(server.http)
    reader, writer = await asyncio.open_connection(where.host, where.port)
    writer.write(head + b"Content-Length: 1000000\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(bytes(1_000_000))
    assert b'"size": 1000000' in await reader.read()
    writer.close()


async def test_https_with_its_own_certificate(server: PracticeServer) -> None:
    context = ssl.create_default_context(cafile=server.ca_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        answer = await client.get(f"{server.https}/anything")
    assert answer.json()["url"] == f"{server.https}/anything"


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
async def test_echo_to_the_last_byte(server: PracticeServer, scheme: str) -> None:
    data = bytes(range(256)) * 8192
    endpoint = parse(server.tcp_echo if scheme == "tcp" else server.tls_echo)
    context = ssl.create_default_context(cafile=server.ca_file) if scheme == "tls" else None
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
    writer.write(data)
    assert await reader.readexactly(len(data)) == data
    writer.close()
    await writer.wait_closed()


async def test_greeter_greets_and_never_resets(server: PracticeServer) -> None:
    def talk() -> bytes:
        where = parse(server.greeter)
        with socket.create_connection((where.host, where.port), timeout=10) as client:
            client.sendall(b"Hello, server!" * 1000)
            heard = b""
            while data := client.recv(1024):
                heard += data
            client.sendall(b"still there")
            client.shutdown(socket.SHUT_WR)
            return heard + client.recv(1)

    assert await asyncio.to_thread(talk) == GREETING


async def test_udp_echo_also_of_nothing(server: PracticeServer) -> None:
    def talk() -> list[bytes]:
        where = parse(server.udp_echo)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect((where.host, where.port))
            heard = []
            for data in (b"one", b"", b"x" * 60_000):
                client.send(data)
                heard.append(client.recv(1 << 16))
            return heard

    assert await asyncio.to_thread(talk) == [b"one", b"", b"x" * 60_000]


async def test_close_is_quick_with_clients_of_every_kind() -> None:
    server = PracticeServer()
    await server.start()
    clients = []
    for name, endpoint in server.endpoints():
        where = parse(endpoint)
        kind = socket.SOCK_DGRAM if name.startswith("UDP") else socket.SOCK_STREAM
        client = socket.socket(socket.AF_INET, kind)
        client.connect((where.host, where.port))
        client.send(b"GET /delay/30 HTTP/1.1\r\nHost: x\r\n\r\n")  # in a TLS handshake: nonsense
        clients.append(client)
    silent = [
        socket.create_connection((parse(e).host, parse(e).port)) for _, e in server.endpoints()[:5]
    ]
    await asyncio.gather(*map(first_client, server._listeners))
    start = asyncio.get_running_loop().time()
    await server.close()
    assert asyncio.get_running_loop().time() - start < 1.5
    assert len(asyncio.all_tasks()) == 1
    for client in clients + silent:
        client.close()


async def test_close_twice_is_no_trouble() -> None:
    server = PracticeServer()
    await server.start()
    await server.close()
    await server.close()


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_web_socket_echo(server: PracticeServer, scheme: str) -> None:
    def talk() -> tuple[str | None, str | bytes, str | bytes]:
        address = server.ws_echo if scheme == "ws" else server.wss_echo
        trust = ssl.create_default_context(cafile=server.ca_file) if scheme == "wss" else None
        offered = [Subprotocol("other"), Subprotocol("practice")]
        with connect(f"{address}/any", subprotocols=offered, ssl=trust) as client:
            client.send("text")
            client.send(b"bytes")
            return client.subprotocol, client.recv(10), client.recv(10)

    assert await asyncio.to_thread(talk) == ("practice", "text", b"bytes")
