"""Values of variables that are secret stay masked, also when the variable is gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sonde_core.environments import Environments
from sonde_core.formats.masking import masked
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.known_secrets import forget, known
from sonde_core.model import Chunk, Direction
from sonde_core.scrubbing.marking import Marking
from tests.histories import session


async def test_an_entry_tells_where_a_secret_stands(tmp_path: Path) -> None:
    values = tmp_path / "environments.toml"
    values.write_text('[default]\nword = { secret = "open-sesame" }\nhost = "open"\n')
    history = History(tmp_path / "history.json")
    history.strip = Marking(Environments.beside(tmp_path / "config.toml"))
    history.open()
    said = (
        Chunk(0.1, Direction.SENT, b"ab"),
        Chunk(0.1, Direction.RECEIVED, b"?"),
        Chunk(0.2, Direction.SENT, b"say open-sesame"),
    )
    entry = await history.add(replace(session(), timeline=said))
    await history.close()
    assert b'"hidden":[[6,11]]' in history.path.read_bytes()
    forget()
    values.unlink()
    again = History(history.path)
    again.open()
    found = await again.get(entry.id)
    assert [(place.start, place.size) for place in found.hidden] == [(6, 11)]
    assert known() == {b"open-sesame"}
    shown = [chunk.data for chunk in masked(found).exchange.chunks()]
    assert shown == [b"ab", b"?", b"say ***********"]
    await again.close()


def test_nothing_is_marked_where_nothing_is_secret(tmp_path: Path) -> None:
    entry = Entry("1", session(b"open-sesame"))
    assert Marking(Environments.beside(tmp_path / "config.toml"))(entry) is entry
