import asyncio

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import BodyError
from sonde_core.search import ByteSearch, Hit, Query, byte_search
from sonde_core.search import pattern as pattern_module
from tests.holding import lets_go_on

from .driving import beside, finished

TEXT = st.text(st.sampled_from("aAbé\n\r\t 1漢😀"), max_size=200)


def reader(data: bytes) -> byte_search.Read:
    return lambda first, last: data[first:last]


def search_in(data: bytes, query: Query, *, codec: str = "utf-8", begin: int = 0) -> ByteSearch:
    return ByteSearch(query, codec, reader(data), len(data), begin=begin)


async def walked(search: ByteSearch) -> list[Hit]:
    """Return all hits, by going from one to the next."""
    hits: list[Hit] = []
    hit = await beside(search, (0, 0, -1))
    while hit is not None and hit not in hits:
        hits.append(hit)
        hit = await beside(search, hit)
    return hits


async def between(search: ByteSearch, first: int, last: int) -> list[Hit]:
    """Ask part by part, as rows do."""
    found: list[Hit] = []
    for begin in range(first, last, 16):
        search.between((0, begin, -1), (0, begin + 16, -1))
        await finished(search)
        found += search.between((0, begin, -1), (0, min(begin + 16, last), -1))
    return sorted(set(found))


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_search, "BLOCK", 16)
    monkeypatch.setattr(byte_search, "BEHIND", 24)
    monkeypatch.setattr(byte_search, "AROUND", 8)


@given(TEXT, st.text(st.sampled_from("aAbé1漢 "), min_size=1, max_size=3), st.booleans())
async def test_text_is_found_as_the_library_finds_it(text: str, needle: str, folds: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        data = text.encode()
        query = Query(needle, case="ignore" if folds else "exact")
        search = await finished(search_in(data, query, begin=len(data) // 2))
        flags = regex.IGNORECASE if folds else 0
        expected = [
            (0, len(text[: hit.start()].encode()), len(text[: hit.end()].encode()))
            for hit in regex.finditer(regex.escape(needle), text, flags)
        ]
        assert search.count == len(expected)
        assert await walked(search) == expected
        assert [search.number(hit) for hit in expected] == list(range(1, len(expected) + 1))
        assert await between(search, 0, len(data)) == expected


@given(
    TEXT,
    st.sampled_from(["a+", "^.", "b$", "^$", r"\w+", "(?<=a)b", "é|A", "[^a]", r"a.?b", "x*"]),
    st.sampled_from(["utf-8", "utf-16-le", "utf-32-be", "gb18030"]),
    st.booleans(),
)
async def test_patterns_are_found_in_any_charset(
    text: str, pattern: str, codec: str, whole: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        if not whole:
            patch.setattr(byte_search, "WHOLE", 0)
        data = text.encode(codec)
        search = await finished(
            search_in(data, Query(pattern, regex=True, case="exact"), codec=codec)
        )
        wanted = pattern.replace("$", r"(?=\r?$)")
        expected = [
            (0, len(text[: hit.start()].encode(codec)), len(text[: hit.end()].encode(codec)))
            for hit in regex.finditer(wanted, text, regex.MULTILINE)
            if hit.start() < len(text)
        ]
        assert await walked(search) == expected
        assert search.count == len(expected)


async def test_both_cases_are_found_unless_a_capital_is_typed() -> None:
    data = "é É e E".encode()
    assert (await finished(search_in(data, Query("é")))).count == 2
    assert (await finished(search_in(data, Query("É")))).count == 1
    assert (await finished(search_in(data, Query("e")))).count == 2
    assert (await finished(search_in(data, Query("É", case="ignore")))).count == 2
    assert (await finished(search_in(data, Query("e", case="exact")))).count == 1
    assert (await finished(search_in(data, Query(r"\S", regex=True)))).count == 4


async def test_a_hit_that_lies_over_blocks_is_one() -> None:
    data = b"-" * (byte_search.BLOCK - 3) + b"needle" + b"-" * byte_search.BLOCK
    for query in (Query("needle"), Query("ne+dle", regex=True)):
        search = await finished(search_in(data, query))
        hit = (0, byte_search.BLOCK - 3, byte_search.BLOCK + 3)
        assert search.count == 1
        assert await walked(search) == [hit]
        behind = (0, byte_search.BLOCK, -1)
        assert search.between(behind, (0, len(data), -1)) == [hit]


async def test_hits_that_lie_over_each_other_are_counted_once_wherever_one_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("BLOCK", "BEHIND", "AROUND"):  # an eighth of what they are
        monkeypatch.setattr(byte_search, name, getattr(byte_search, name) // 8)
    data = b"a" * (byte_search.BLOCK * 3 + 1)
    counts = set()
    for query in (Query("aaa"), Query("a{3}", regex=True)):
        for begin in (0, byte_search.BLOCK, byte_search.BLOCK * 2 + 5):
            counts.add((await finished(search_in(data, query, begin=begin))).count)
    assert counts == {len(data) // 3}


LINES = "".join(f"line {number} é\n" for number in range(30_000))  # of more than one block


@pytest.mark.parametrize(
    "pattern",
    [
        "(?s)line 50 .*?line 22000 ",
        r"(?s)line \d+ .{70000}",
        "(?s).+",
        "(?s)line 7 .*line",
        r"[^z]+9\d9 é",
        r"(?s)line \d+ .*?99 é",
        r"\Aline|\s\Z",
        "(?s)line 28.*?nowhere|line 27000 ",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
async def test_a_pattern_sees_all_of_a_text(pattern: str, codec: str) -> None:
    text = LINES if "nowhere" not in pattern else LINES[-50_000:]
    expected = [
        (0, len(text[: hit.start()].encode(codec)), len(text[: hit.end()].encode(codec)))
        for hit in regex.compile(pattern, regex.MULTILINE).finditer(text)
    ]
    data = text.encode(codec)
    for begin in (0, len(data) // 2):
        query = Query(pattern, regex=True, case="exact")
        search = await finished(search_in(data, query, codec=codec, begin=begin))
        assert (search.count, search.exact, search.error) == (len(expected), True, None)
    for hit in expected[:3] + expected[-3:]:
        assert await beside(search, (0, hit[1], -1)) == hit


async def test_a_pattern_that_takes_too_long_for_the_whole_sees_parts_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pattern_module, "SECONDS", 0.1)
    data = b"a line\n" * 100_000
    search = await finished(search_in(data, Query("(?s)a.*?zzz", regex=True)))
    assert search.error is not None or not search.exact
    search = await finished(search_in(data + b"zzz", Query("(?s)a line.*zzz", regex=True)))
    assert (search.count, search.exact) == (1, True)


async def test_a_hit_that_reaches_the_end_of_what_is_seen_makes_the_count_inexact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(byte_search, "WHOLE", 1000)
    data = b"-" * (byte_search.LONGEST * 2) + b"\n"
    for pattern, exact in (("-+", False), ("[^x]+", False), ("-{5}", True), ("(?s)x.*y", False)):
        search = await finished(search_in(data, Query(pattern, regex=True)))
        assert (search.error, search.exact) == (None, exact), pattern
    assert (await finished(search_in(data, Query("--")))).exact


async def test_a_hit_may_go_on_in_what_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_search, "QUIET", 0.01)
    data = b"begin\n" + b"line\n" * 200_000
    search = await finished(search_in(data, Query("(?s)begin.*end", regex=True)))
    assert (search.count, search.exact) == (0, True)
    data += b"end\n"
    search.grow(reader(data), len(data))
    assert not search.exact
    assert not search.idle
    await finished(search)
    assert (search.count, search.exact) == (1, True)


async def test_one_hit_may_have_a_megabyte() -> None:
    data = b"(" + b"x" * 700_000 + b")\n(y)"
    search = await finished(search_in(data, Query(r"[(x]+", regex=True)))
    assert await walked(search) == [(0, 0, 700_001), (0, 700_003, 700_004)]
    assert search.count == 2


async def test_the_first_hit_from_where_one_stands_comes_before_the_rest_is_looked_at() -> None:
    block = b"-" * byte_search.BLOCK
    data = b"needle" + block * 200 + b"needle" + block * 200
    search = search_in(data, Query("needle"), begin=byte_search.BLOCK * 150)
    hit = await beside(search, (0, byte_search.BLOCK * 150, -1))
    assert hit == (0, byte_search.BLOCK * 200 + 6, byte_search.BLOCK * 200 + 12)
    assert not search.complete
    assert await beside(search, (0, len(data), -1)) == (0, 0, 6)


async def test_going_back_asks_for_what_lies_before() -> None:
    block = b"-" * byte_search.BLOCK
    data = b"needle" + block * 3 + b"needle" + block * 3
    search = search_in(data, Query("needle"), begin=byte_search.BLOCK * 4)
    assert await beside(search, (0, len(data), -1), forward=False) == (
        (0, 3 * byte_search.BLOCK + 6, 3 * byte_search.BLOCK + 12)
    )


async def test_millions_of_hits_are_counted_and_only_a_few_are_kept() -> None:
    data = b'{"e": "eee"}' * 400_000
    search = await finished(search_in(data, Query("e"), begin=len(data)))
    assert search.count == 1_600_000
    assert await beside(search, (0, 0, -1), forward=False) == (0, len(data) - 3, len(data) - 2)
    assert search.number((0, len(data) - 3, len(data) - 2)) == 1_600_000
    assert sum(map(len, search._hits.values())) < 500_000


async def test_what_comes_later_is_found_too() -> None:
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        data = b"needle " * 10 + b"need"
        search = await finished(search_in(data, Query("needle")))
        assert search.count == 10
        data += b"le and a needle"
        search.grow(reader(data), len(data))
        assert not search.complete
        assert (await finished(search)).count == 12


async def test_a_search_that_is_overtaken_by_growth_goes_on() -> None:
    data = b"needle" + b"-" * (1 << 20)
    search = search_in(data, Query("needle"))
    sizes = range(len(data), len(data) + 50)
    for size in sizes:
        work = asyncio.create_task(search.work(eager=False))
        await asyncio.sleep(0)
        search.grow(reader(data + b"n" * 50), size)
        await work
    assert search.count == 1
    assert search.share > 0.5


async def test_hex_digits_are_bytes_where_there_is_no_charset() -> None:
    data = b"\x1f\x8b de ad \xde\xad\xbe\xef \xde\xad"
    found = {
        typed: (await finished(search_in(data, Query(typed), codec=""))).count
        for typed in ("0xdead", "DE AD be ef", "de ad", "1f8b", "dead", "0x1F8B")
    }
    assert found == {"0xdead": 2, "DE AD be ef": 1, "de ad": 2, "1f8b": 0, "dead": 0, "0x1F8B": 1}
    assert (await finished(search_in(data, Query("de ad")))).count == 1


async def test_patterns_see_bytes_where_there_is_no_charset() -> None:
    data = "é\x00\x1b[31mÉ".encode() + b"\xff"
    for pattern, count in ((r"\x00|\x1b", 2), ("é", 1), (r"\xff", 1), ("é.", 1)):
        search = await finished(search_in(data, Query(pattern, regex=True), codec=""))
        assert search.count == count, pattern


async def test_controls_and_bytes_that_are_no_text_keep_every_place_true() -> None:
    data = b"\x00\x1b\xff\xc3" + "né\n".encode() * 3 + b"\xe6\xbc"
    search = await finished(search_in(data, Query(r"\x00|n.$|\x1b", regex=True)))
    begin = [data.find(b"n"), data.find(b"n", 6), data.rfind(b"n")]
    assert await walked(search) == [(0, 0, 1), (0, 1, 2), *((0, at, at + 3) for at in begin)]


async def test_text_that_the_charset_cannot_write_is_not_there() -> None:
    search = await finished(search_in(b"ab", Query("漢", case="exact"), codec="cp1252"))
    assert (search.count, search.error) == (0, None)


async def test_utf16_is_found_only_where_a_character_begins() -> None:
    data = "ab\u6100\u6200".encode("utf-16-le")  # its bytes hold `a` and `b` askew, too
    search = await finished(search_in(data, Query("a"), codec="utf-16-le"))
    assert await walked(search) == [(0, 0, 2)]


async def test_a_pattern_that_takes_for_ever_holds_nobody_and_is_told() -> None:
    search = search_in(b"a" * 300_000 + b"b", Query("(a|aa)+$", regex=True))
    work = asyncio.create_task(finished(search))
    went_on = await lets_go_on(work.done)
    assert went_on
    assert search.error is not None
    assert "more than 1 s" in search.error.message
    assert search.error.advice


async def test_bytes_that_cannot_be_read_end_the_search_with_a_word() -> None:
    def gone(first: int, last: int) -> bytes:
        raise BodyError("The file is gone.")

    search = await finished(ByteSearch(Query("x"), "utf-8", gone, 10))
    assert search.error is not None
    assert search.error.message == "The file is gone."


async def test_a_search_that_is_stopped_ends() -> None:
    data = b"-" * (64 << 20)
    search = search_in(data, Query("x"))
    work = asyncio.create_task(search.work(eager=False))
    await asyncio.sleep(0)
    search.stop()
    await work
    assert search.idle
    assert not search.complete


async def test_an_empty_body_has_no_hit() -> None:
    search = await finished(search_in(b"", Query("x")))
    assert search.complete
    assert await beside(search, (0, 0, -1)) is None
    assert await beside(search, (0, 0, -1), forward=False) is None


async def test_a_hundred_megabytes_are_looked_through_in_slices() -> None:
    line = b'  {"id": 123, "name": "some name", "ok": true},\n'
    data = line * (60_000_000 // len(line)) + b'"needle at the end"'
    search = search_in(data, Query("needle at the end"))
    work = asyncio.create_task(finished(search))
    went_on = await lets_go_on(work.done)
    assert search.count == 1
    assert went_on
