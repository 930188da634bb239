import asyncio
from itertools import accumulate

import regex
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.search import PieceSearch, Query
from sonde_core.search.piece_search import PIECES, Batch
from tests.holding import lets_go_on

from .driving import beside, finished


class Pieces:
    """Pieces in a list, as rows or chunks are."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read(self, first: int, last: int) -> Batch:
        part = self.pieces[first:last]
        return Batch(b"".join(part), list(accumulate(map(len, part))))

    def search(self, query: Query, *, begin: int = 0) -> PieceSearch:
        return PieceSearch(query, "utf-8", self.read, len(self.pieces), begin=begin)


async def test_a_hit_lies_within_one_piece() -> None:
    search = await finished(Pieces(b"nee", b"dle needle", b"", b"a needle").search(Query("needle")))
    assert search.count == 2
    assert search.between((0, 0, -1), (9, 0, -1)) == [(1, 4, 10), (3, 2, 8)]
    assert await beside(search, (3, 2, 8)) == (1, 4, 10)
    assert await beside(search, (1, 4, 10), forward=False) == (3, 2, 8)
    assert search.number((3, 2, 8)) == 2


async def test_each_piece_has_its_own_begin_and_end_for_a_pattern() -> None:
    search = await finished(Pieces(b"ab", b"ba", b"b").search(Query("^b|a$", regex=True)))
    assert search.between((0, 0, -1), (9, 0, -1)) == [(1, 0, 1), (1, 1, 2), (2, 0, 1)]


async def test_the_first_hit_from_a_piece_on_comes_first() -> None:
    pieces = Pieces(*[b"x"] + [b"-"] * PIECES * 50 + [b"x"])
    search = pieces.search(Query("x"), begin=PIECES * 25)
    assert await beside(search, (PIECES * 25, 0, -1)) == (PIECES * 50 + 1, 0, 1)


async def test_pieces_that_come_later_or_change_are_looked_at_again() -> None:
    pieces = Pieces(b"x", b"-")
    search = await finished(pieces.search(Query("x")))
    assert search.count == 1
    pieces.pieces = [b"x", b"xx", *[b"x"] * 100]
    search.grow(102, 1)
    assert not search.complete
    assert (await finished(search)).count == 103
    search.grow(1, 1)
    assert (await finished(search)).count == 1


async def test_of_what_is_looked_at_only_what_changes_meanwhile_is_looked_at_again() -> None:
    pieces = Pieces(*[b"needle"] * PIECES * 3)
    search = PieceSearch(Query("needle"), "utf-8", pieces.read, len(pieces.pieces))
    work = asyncio.create_task(search.work(eager=False))
    await asyncio.sleep(0)
    pieces.pieces[PIECES * 2] = b"other"
    search.grow(len(pieces.pieces), PIECES * 2)
    await work
    assert search.count == PIECES * 2
    assert (await finished(search)).count == PIECES * 3 - 1


async def test_pieces_may_be_read_a_few_at_a_time() -> None:
    pieces = Pieces(*[b"x" * number for number in range(PIECES * 2)])
    read = pieces.read
    search = PieceSearch(
        Query("xx"), "utf-8", lambda first, last: read(first, min(first + 3, last)), PIECES * 2
    )
    assert (await finished(search)).count == sum(number // 2 for number in range(PIECES * 2))
    assert search.between((5, 0, -1), (6, 0, -1)) == [(5, 0, 2), (5, 2, 4)]


async def test_a_million_small_pieces_let_the_loop_go_on() -> None:
    pieces = Pieces(*[b"some words"] * 1_000_000)
    pieces.pieces[-1] = b"needle"
    search = pieces.search(Query("needle"))
    work = asyncio.create_task(finished(search))
    went_on = await lets_go_on(work.done)
    assert search.count == 1
    assert went_on


@given(
    st.lists(st.text(st.sampled_from("ab\n é"), max_size=5), max_size=8),
    st.sampled_from(
        ["^a", "b$", "a.b", r"\s", "^$", r"\Ab", "(?<!a)b", r"a\b", "a++b", "[^a]b?", "(?s)a.b"]
    ),
)
async def test_a_pattern_finds_in_each_piece_what_it_finds_in_it_alone(
    texts: list[str], pattern: str
) -> None:
    pieces = Pieces(*(text.encode() for text in texts))
    search = await finished(pieces.search(Query(pattern, regex=True)))
    alone = [
        (await finished(Pieces(text.encode()).search(Query(pattern, regex=True)))).count
        for text in texts
    ]
    wanted = regex.compile(pattern.replace("$", r"(?=\r?$)"), regex.MULTILINE | regex.IGNORECASE)
    assert alone == [
        sum(hit.start() < len(text) for hit in wanted.finditer(text)) for text in texts
    ]
    assert search.count == sum(alone)


async def test_a_pattern_that_takes_for_ever_is_told() -> None:
    pieces = Pieces(b"a" * 100_000 + b"b")
    search = await finished(pieces.search(Query("(a|aa)+$", regex=True)))
    assert search.error is not None
