from sonde_core.search import Query
from sonde_tui.widgets.find.line_finder import LineFinder
from sonde_tui.widgets.find.row_finder import RowFinder
from sonde_tui.widgets.rows.line_source import TextLines


def finder(query: str, *lines: str, row: int = 0, seeks: bool = True) -> LineFinder:
    return LineFinder(RowFinder(TextLines(lines), Query(query), row), row, seeks=seeks)


async def rows(finding: LineFinder) -> list[int]:
    """Return the rows gone to until nothing is left to do."""
    gone: list[int] = []
    while not finding.search.idle or finding.seeks:
        found = finding.next()
        if found is not None:
            gone.append(found[0])
        elif finding.search.idle:
            break
        await finding.search.work(eager=finding.seeks)
    return gone


async def test_the_first_hit_from_where_one_stands_is_gone_to() -> None:
    assert await rows(finder("x", "x", "-", "x", row=1)) == [2]
    assert await rows(finder("x", "x", "-", "-", row=1)) == [0]
    assert await rows(finder("y", "x", "-", "-", row=1)) == []
    assert await rows(finder("x", "x", seeks=False)) == []


async def test_keys_pressed_before_anything_is_known_are_all_obeyed() -> None:
    finding = finder("x", "x", "x", "x", "x")
    for forward in (True, True, False):
        finding.ask(0, forward=forward)
    assert await rows(finding) == [1]
    assert finding.hit == (1, 0, 1)


async def test_it_begins_where_one_stands_when_no_hit_is_shown_yet() -> None:
    finding = finder("x", "x", "-", "-", "x", seeks=False)
    await rows(finding)
    finding.ask(2, forward=False)
    assert await rows(finding) == [0]


async def test_it_says_how_far_it_is() -> None:
    finding = finder("x", *["-"] * 1000, "x", "x")
    assert finding.told() == "looking… 0%"
    assert await rows(finding) == [1000]
    assert finding.told() == "1 of 2"
    finding.hit = None
    assert finding.told() == "2 hits"
    nothing = finder("y", "x")
    await rows(nothing)
    assert nothing.told() == "no hit"


async def test_a_search_that_failed_says_why() -> None:
    finding = LineFinder(RowFinder(TextLines(["x"]), Query("(", regex=True), 0), 0, seeks=True)
    await finding.search.work(eager=True)
    assert finding.next() is None
    assert finding.told() == "The pattern is wrong at character 2: missing )."
