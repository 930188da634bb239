import pytest

from sonde_core.search import Hit, Query
from sonde_tui.widgets.find.row_finder import RowFinder
from sonde_tui.widgets.rows.line_source import TextLines


async def found(query: Query, *lines: str, row: int = 0) -> list[tuple[Hit, int, int]]:
    finder = RowFinder(TextLines(lines), query, 0)
    list(finder.shown(row, 0, 80))
    while not finder.search.idle:
        await finder.search.work(eager=False)
    return list(finder.shown(row, 0, 80))


@pytest.mark.parametrize(
    ("text", "needle", "columns"),
    [
        ("a needle", "needle", (2, 8)),
        ("é漢 needle", "needle", (3, 9)),
        ("\tneedle", "needle", (4, 10)),
        ("é\tneedle", "needle", (4, 10)),
        ("a\x1bb", "a\x1bb", (0, 3)),
        ("a\x1bb", "a␛", (0, 2)),
        ("É", "é", (0, 1)),
    ],
)
async def test_a_hit_is_shown_where_it_is_drawn(
    text: str, needle: str, columns: tuple[int, int]
) -> None:
    ((_, *shown),) = await found(Query(needle), text)
    assert tuple(shown) == columns


async def test_only_what_is_seen_is_told() -> None:
    finder = RowFinder(TextLines(["x-x-x"]), Query("x"), 0)
    await finder.search.work(eager=False)
    assert [left for _, left, _ in finder.shown(0, 1, 4)] == [2]


async def test_a_hit_without_width_takes_a_cell() -> None:
    hits = await found(Query("^", regex=True), "ab")
    assert [(left, right) for _, left, right in hits] == [(0, 1)]
