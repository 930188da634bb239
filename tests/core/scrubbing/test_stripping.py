"""With `keep_secrets = false` no secret reaches the data folder, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sonde_core.body import Body
from sonde_core.environments import Environments
from sonde_core.history.entry import Entry, to_json
from sonde_core.history.history import History
from sonde_core.history.schema.values import dumps
from sonde_core.http_request import Auth, HttpRequest
from sonde_core.model import Chunk, Direction
from sonde_core.scrubbing.stripping import Stripper
from sonde_core.session_request import SessionRequest
from tests.histories import http, session


def stripper(folder: Path, text: str = "") -> Stripper:
    (folder / "environments.toml").write_text(text)
    return Stripper(Environments.beside(folder / "config.toml"))


async def test_entries_and_what_is_under_way_are_written_without(tmp_path: Path) -> None:
    history = History(tmp_path / "data" / "history.json")
    history.strip = stripper(tmp_path)
    history.open()
    secret = "token-token" * 3000
    exchange = replace(
        http(),
        request=HttpRequest("POST", "http://h/", auth=Auth("bearer", "", secret)),
        timeline=(Chunk(0.1, Direction.SENT, f"Authorization: Bearer {secret}\r\n".encode()),),
    )
    await history.begin(exchange, "0193")
    entry = await history.add(exchange, identity="0193")
    assert entry.exchange is exchange  # who asked still has it
    assert [each.name for each in entry.left_out] == ["token"]
    await history.close()
    data = [each.read_bytes() for each in tmp_path.joinpath("data").rglob("*") if each.is_file()]
    assert not [each for each in data if b"token-token" in each]


def test_secret_values_of_environments_are_left_out_as_they_change(tmp_path: Path) -> None:
    strip = stripper(tmp_path, '[default]\nlogin = { secret = "open-sesame" }\nhost = "h-h-h-h"\n')
    entry = Entry("1", session(b"say open-sesame to h-h-h-h, not shut-sesame"))
    (chunk,) = strip(entry).exchange.chunks()
    assert chunk.data == b"say ***secret-1*** to h-h-h-h, not shut-sesame"
    (tmp_path / "environments.toml").write_text('[x]\nlogin = { secret = "shut-sesame, 2" }\n')
    entry = Entry("2", session(b"say open-sesame, not shut-sesame, 2"))
    done = strip(entry)
    (chunk,) = done.exchange.chunks()
    assert b"sesame" not in chunk.data  # what was secret a moment ago is so still
    assert done.left_out[0].name == "login"


def test_what_cannot_be_looked_through_is_not_kept(tmp_path: Path) -> None:
    class Broken(Body):
        def read(self, offset: int = 0, size: int = -1) -> bytes:
            from sonde_core.errors import BodyError

            raise BodyError("gone")

    broken = Broken(5, "0" * 64)
    exchange = http()
    assert exchange.response
    exchange = replace(
        exchange,
        request=HttpRequest(url="http://h/?token=token-token"),
        response=replace(exchange.response, body=broken),
    )
    done = stripper(tmp_path)(Entry("1", exchange))
    assert b"token-token" not in dumps(to_json(done))
    asked = replace(session(), request=SessionRequest("tcp://h", steps=()))
    assert stripper(tmp_path)(Entry("1", asked)).exchange.request == asked.request
