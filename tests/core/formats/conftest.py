"""Entries to write, and what it takes to run what was written: a shell, Python, real peers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Exchange, Header, Hop, HttpResponse, Moment, Outcome
from sonde_core.session_request import SessionRequest
from tests.histories import STARTED
from tests.web import WebHandler, serving

SECONDS = 20.0


def sent(data: bytes, at: float = 0.001) -> Chunk:
    return Chunk(at, Direction.SENT, data)


def received(data: bytes, at: float = 0.002) -> Chunk:
    return Chunk(at, Direction.RECEIVED, data)


def total(timeline: Sequence[Moment], direction: Direction) -> int:
    return sum(
        len(moment.data)
        for moment in timeline
        if isinstance(moment, Chunk) and moment.direction is direction
    )


def http_entry(
    request: HttpRequest,
    *timeline: Moment,
    response: HttpResponse | None = None,
    hops: tuple[Hop, ...] = (),
) -> Entry:
    """Return an HTTP entry whose recording is the timeline."""
    return Entry(
        "0193a7c2",
        Exchange(
            request,
            STARTED,
            Outcome.DONE if response else Outcome.FAILED,
            "http",
            timeline=timeline,
            response=response,
            hops=hops,
            peer="127.0.0.1:8000",
            sent=total(timeline, Direction.SENT),
            received=total(timeline, Direction.RECEIVED),
        ),
    )


def session_entry(address: str, *timeline: Moment, kind: str = "tcp") -> Entry:
    """Return a session's entry whose recording is the timeline."""
    return Entry(
        "0193a7c3",
        Exchange(
            SessionRequest(address),
            STARTED,
            Outcome.DONE,
            kind,
            timeline=timeline,
            sent=total(timeline, Direction.SENT),
            received=total(timeline, Direction.RECEIVED),
        ),
    )


def answer(
    body: bytes = b"hello", *headers: Header, media_type: str = "text/plain"
) -> HttpResponse:
    return HttpResponse(
        200,
        "OK",
        headers=(("Content-Type", media_type), *headers),
        body=Body.of(body, media_type=media_type),
        url="http://127.0.0.1:8000/",
    )


@dataclass
class Asked:
    """A request as a server got it."""

    method: str
    target: str
    headers: list[Header]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def told(self, own: Container[str]) -> tuple[str, str, list[tuple[str, str]], bytes]:
        """Return what matters of it: all but headers that each client adds of its own."""
        headers = ((name.lower(), value) for name, value in self.headers)
        kept = sorted(header for header in headers if header[0] not in own)
        return self.method, self.target, kept, self.body

    @property
    def multipart(self) -> bytes:
        """The body with the same boundary for all."""
        (media_type,) = self.values("Content-Type")
        return self.body.replace(media_type.partition("boundary=")[2].encode(), b"BOUNDARY")


@dataclass
class Web:
    """An HTTP server that keeps what it is asked; `/moved` redirects to `/there`."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@pytest.fixture
def web() -> Iterator[Web]:
    seen = Web()

    class Answering(WebHandler):
        def handle_one_request(self) -> None:
            """Serve any method."""
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = self.raw_requestline.split(b" ")[1].decode("ascii")
            headers = [(name, value) for name, value in self.headers.items()]
            seen.asked.append(Asked(self.command, target, headers, body))
            moved = target.startswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "/there")
            self.send_header("Content-Length", "5")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"hello")
            self.wfile.flush()

    with serving(Answering) as seen.url:
        yield seen


def in_shell(
    command: str | bytes, *, shell: str = "sh", path: str = "", folder: Path | None = None
) -> bytes:
    """Run a command in a shell and return what it prints."""
    script = command.encode("utf-8", "surrogateescape") if isinstance(command, str) else command
    result = subprocess.run(
        [shell],
        input=script + b"\n",
        capture_output=True,
        timeout=SECONDS,
        env={"PATH": f"{path}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        cwd=folder,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def in_python(script: bytes | str, folder: Path) -> bytes:
    """Run a script in a Python of its own and return what it prints."""
    file = folder / "script.py"
    file.write_bytes(script if isinstance(script, bytes) else script.encode("utf-8"))
    result = subprocess.run(
        [sys.executable, "-I", str(file)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        cwd=folder,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


class FakeCurl:
    """A `curl` on the path that prints the arguments and the input it gets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "curl"
        program.write_text(
            f"#!{sys.executable}\n"
            "import json, os, sys\n"
            "arguments = [os.fsencode(word).hex() for word in sys.argv[1:]]\n"
            "data = sys.stdin.buffer.read() if '@-' in sys.argv else b''\n"
            "print(json.dumps([arguments, data.hex()]))\n"
        )
        program.chmod(0o755)

    def __call__(self, command: str, shell: str = "sh") -> tuple[list[bytes], bytes]:
        """Run a command and return curl's arguments and input."""
        words, data = json.loads(in_shell(command, shell=shell, path=str(self._folder)))
        return [bytes.fromhex(word) for word in words], bytes.fromhex(data)


@pytest.fixture
def fake_curl(tmp_path: Path) -> FakeCurl:
    folder = tmp_path / "bin"
    folder.mkdir()
    return FakeCurl(folder)
