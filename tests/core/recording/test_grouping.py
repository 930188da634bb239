from __future__ import annotations

from sonde_core.lenses.catalogue import lens_of
from sonde_core.model import Chunk, Direction, Moment
from sonde_core.recording.grouping import JOINED, Cutting, Joining, Single
from sonde_core.recording.units import Units
from sonde_core.steps import MessageKind


def sizes(said: list[Moment], units: Units) -> list[int]:
    while not units.build(1.0):
        pass
    return [len(piece.data) for piece in units if isinstance(piece, Chunk)]


def test_what_is_joined_begins_anew_when_the_other_side_speaks_and_when_it_is_much() -> None:
    said: list[Moment] = [
        Chunk(0.0, Direction.SENT, b"ab"),
        Chunk(0.1, Direction.SENT, b"c"),
        Chunk(0.2, Direction.RECEIVED, b"d"),
        *(Chunk(0.3, Direction.SENT, bytes(JOINED // 4)) for _ in range(6)),
        Chunk(0.4, Direction.RECEIVED, bytes(3 * JOINED)),
    ]
    assert sizes(said, Units(said, Joining())) == [3, 1, JOINED, JOINED // 2, 3 * JOINED]


def test_messages_of_a_transport_stay_with_their_kinds() -> None:
    said: list[Moment] = [
        Chunk(0.0, Direction.SENT, b"ab", MessageKind.TEXT),
        Chunk(0.1, Direction.SENT, b"", MessageKind.PING),
        Chunk(0.2, Direction.RECEIVED, b""),
    ]
    units = Units(said, Single())
    assert units.build(1.0)
    assert list(units) == said


def test_a_huge_message_is_cut_into_pieces() -> None:
    said: list[Moment] = [
        Chunk(0.0, Direction.SENT, (5 << 20).to_bytes(4)),
        *(Chunk(0.1, Direction.SENT, bytes(1 << 18)) for _ in range(20)),
        Chunk(0.2, Direction.SENT, b"\0\0\0\1x"),
    ]
    found = sizes(said, Units(said, Cutting(lens_of("length:4be"))))
    assert found == [*[1 << 20] * 5, 4, 5]
