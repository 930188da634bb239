from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.history.outline import (
    DEEPEST,
    SLICE,
    Folds,
    Heading,
    Item,
    Outline,
    Repeated,
    below,
    key_of,
    newest,
    parts_of,
)
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome

ONE = Summary(
    "1", datetime(2026, 1, 2, tzinfo=UTC), "http", "http://h/", Outcome.DONE, method="GET"
)
PATHS = ("/", "/a", "/a/b", "/a/c?x", "/d/e/f", "/d")


def some(*targets: str) -> list[Summary]:
    """Return entries, newest first."""
    numbers = range(len(targets), 0, -1)
    return [replace(ONE, id=str(n), target=t) for n, t in zip(numbers, targets, strict=True)]


def outline(entries: Sequence[Summary], *, tree: bool = False, together: bool = False) -> Outline:
    made = Outline(tree=tree, together=together)
    for _ in made.fill(entries):
        pass
    return made


def told(item: Item) -> str:
    if isinstance(item, Heading):
        return f"{item.title} {item.count}"
    if isinstance(item, Repeated):
        return "+".join(each.id for each in item.entries)
    return item.id


def drawn(made: Outline, folds: Folds | None = None) -> list[str]:
    rows, depths = made.rows(folds or Folds(all_open=True))
    return ["  " * depth + told(item) for item, depth in zip(rows, depths, strict=True)]


def test_a_tree_has_a_heading_for_each_host_and_part_of_a_path() -> None:
    entries = some(
        "http://h/api/users/1", "tcp://h:7", "http://h/api/users/2?x=1", "http://h/", "tcp://h:7"
    )
    assert drawn(outline(entries, tree=True)) == [
        "http://h 3",
        "  /api/users 2",
        "    5",
        "    3",
        "  2",
        "tcp://h:7 2",
        "  4",
        "  1",
    ]


def test_what_is_alone_below_its_heading_has_none() -> None:
    assert drawn(outline(some("http://h/a/b/c", "http://i/"), tree=True)) == ["2", "1"]
    assert drawn(outline(some("http://h/a/b", "http://h/a/b"), tree=True)) == [
        "http://h/a/b 2",
        "  2",
        "  1",
    ]


def test_folded_headings_show_how_many_lie_below() -> None:
    made = outline(some("http://h/a/1", "http://h/a/2", "http://h/b"), tree=True)
    folds = Folds()
    assert drawn(made, folds) == ["http://h 3"]
    made.open_to(some("http://h/a/2")[0], folds)
    assert drawn(made, folds) == ["http://h 3", "  /a 2", "    3", "    2", "  1"]
    folds.turn_all()
    folds.turn_all()
    assert drawn(made, folds) == ["http://h 3"]


def test_repeated_entries_are_one_until_unfolded() -> None:
    made = outline(some("http://h/", "http://h/b", "http://h/", "http://h/"), together=True)
    folds = Folds()
    assert drawn(made, folds) == ["4+2+1", "3"]
    (repeated, _), _ = made.rows(folds)
    assert isinstance(repeated, Repeated)
    folds.turn(repeated, show=True)
    assert drawn(made, folds) == ["4+2+1", "  2", "  1", "3"]
    assert [each.id for each in below(repeated)] == ["4", "2", "1"]


def test_what_is_said_otherwise_or_named_or_pinned_is_not_repeated() -> None:
    others = [
        replace(ONE, id=f"o{number}", **{name: value})  # type: ignore[arg-type]
        for number, (name, value) in enumerate(
            [
                ("method", "PUT"),
                ("status", 404),
                ("outcome", Outcome.CUT),
                ("sent", 7),
                ("kind", "tcp"),
                ("role", "server"),
                ("target", "http://h/?a"),
                ("name", "login"),
                ("pinned", True),
            ]
        )
    ]
    same = [replace(ONE, id="a", size=1, seconds=2.0, note="n"), ONE]
    assert drawn(outline([*others, *same], together=True)) == [
        *(each.id for each in others),
        "a+1",
    ]


@given(
    st.lists(st.sampled_from([f"http://{host}{path}" for host in "hi" for path in PATHS])),
    st.integers(1, 9),
)
def test_newer_entries_come_in_as_if_all_were_put_in_anew(targets: list[str], by: int) -> None:
    every = some(*targets)
    for tree, together in ((True, False), (False, True), (True, True)):
        made = Outline(tree=tree, together=together)
        for first in range(len(every), -1, -by):
            assert made.add_newer(every[first:])
            assert drawn(made) == drawn(outline(every[first:], tree=tree, together=together))


def test_a_list_that_lost_something_is_another_one() -> None:
    every = some("http://h/a", "http://h/b", "http://h/a")
    made = outline(every, tree=True, together=True)
    before = drawn(made)
    for left in (every[:2], every[1:], [], [replace(every[0], status=1), *every[1:]]):
        assert not made.add_newer(left)
        assert drawn(made) == before
    assert made.add_newer(list(every))
    assert not made.add_newer([*some(*("http://h/",) * (SLICE + 1)), *every])  # fill it in slices


def test_many_entries_are_put_in_in_slices() -> None:
    every = some(*("http://h/",) * (SLICE * 3))
    assert len(list(Outline(tree=True, together=True).fill(every))) == 3


def test_an_address_is_cut_at_its_host_and_slashes() -> None:
    assert parts_of("https://h:1/a//b/?q=/x") == ["https://h:1", "/a", "/b"]
    assert parts_of("http://h") == ["http://h"]
    assert parts_of("unix:/run/a.sock") == ["unix:/run/a.sock"]
    assert parts_of("tcp://h:1/") == ["tcp://h:1/"]
    assert len(parts_of("http://h" + "/a" * 50_000)) == DEEPEST


def test_a_row_stands_for_its_newest_entry_and_for_all_below_it() -> None:
    entries = some("http://h/a", "http://h/b", "http://h/b", "tcp://h:7")
    made = outline(entries, tree=True, together=True)
    rows, _ = made.rows(Folds(all_open=True))
    heading = next(each for each in rows if isinstance(each, Heading))
    repeated = next(each for each in rows if isinstance(each, Repeated))
    single = next(each for each in rows if isinstance(each, Summary))
    assert newest(heading) is None
    assert newest(repeated) == repeated.entries[0]
    assert newest(single) is single
    assert {each.id for each in below(heading)} == {"4", "3", "2"}
    assert [each.id for each in below(repeated)] == ["3", "2"]
    assert below(single) == [single]
    assert len({key_of(each) for each in rows}) == len(rows)


def test_what_is_shown_already_is_not_turned() -> None:
    made = outline(some("http://h/a", "http://h/b"), tree=True)
    heading = made.rows(Folds())[0][0]
    assert isinstance(heading, Heading)
    folds = Folds()
    for show in (False, True, True, False, False):
        folds.turn(heading, show=show)
        assert folds.shows(heading) is show
