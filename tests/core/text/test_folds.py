import time

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.text.folds import Fold, Folds, Hidden
from sonde_core.text.line_index import readable


@st.composite
def folded(draw: st.DrawFn) -> tuple[bytes, list[Fold]]:
    data = draw(st.binary(max_size=60))
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    ends = [(begin, end) for begin, end in pairs if begin < end]
    return data, [Fold(begin, end, draw(st.integers(0, 2000))) for begin, end in ends]


def shown(data: bytes, folds: list[Fold]) -> bytes:
    parts, place = [], 0
    for begin, end, rows in folds:
        words = f" … {rows:,} row{'' if rows == 1 else 's'} "
        parts += [data[place:begin], words.encode()]
        place = end
    return b"".join([*parts, data[place:]])


@given(folded(), st.integers(0, 80), st.integers(0, 80))
def test_what_is_hidden_is_replaced_by_words(
    case: tuple[bytes, list[Fold]], offset: int, size: int
) -> None:
    data, folds = case
    source = Folds(readable(data), Hidden(folds))
    whole = shown(data, folds)
    assert source.size == len(whole)
    assert source.read(offset, size) == whole[offset : offset + size]


@given(folded())
def test_places_lead_there_and_back(case: tuple[bytes, list[Fold]]) -> None:
    data, folds = case
    source = Folds(readable(data), Hidden(folds))
    hidden = {place for fold in folds for place in range(fold.begin, fold.end)}
    for place in range(len(data) + 1):
        there = source.shown(place)
        if place in hidden:
            begin = next(fold.begin for fold in folds if fold.begin <= place < fold.end)
            assert source.real(there) == begin
        else:
            assert source.real(there) == place
            assert source.read(there, 1) == data[place : place + 1]


def test_a_fold_takes_the_place_of_those_inside() -> None:
    data = readable(bytes(100))
    folds = Folds(data, Hidden([Fold(10, 20, 1), Fold(30, 40, 2), Fold(60, 70, 3)]))
    assert list(folds.within(5, 45)) == [Fold(10, 20, 1), Fold(30, 40, 2)]
    assert list(folds.within(35, 36)) == [Fold(30, 40, 2)]
    assert list(folds.within(20, 30)) == []
    outer = folds.changed(5, 45, Hidden([Fold(5, 45, 9)]))
    assert list(outer) == [Fold(5, 45, 9), Fold(60, 70, 3)]
    assert len(Folds(data, outer).changed(5, 45, Hidden())) == 1


def test_many_folds_are_made_step_by_step() -> None:
    hidden = Hidden(Fold(place, place + 50, 4) for place in range(0, 20_000_000, 100))
    steps = Folds.made(readable(b""), hidden)
    slowest = 0.0
    while True:
        begun = time.process_time()
        try:
            next(steps)
        except StopIteration as over:
            folds: Folds = over.value
            break
        finally:
            slowest = max(slowest, time.process_time() - begun)
    assert slowest < 0.05  # a few milliseconds
    assert folds.real(folds.shown(15_555_575)) == 15_555_575
    assert folds.shown(100) == 100 - 50 + len(" … 4 rows ".encode())


def test_folds_stay_over_a_source_that_grows() -> None:
    folds = Folds(readable(b"abcdef"), Hidden([Fold(1, 3, 1)])).over(readable(b"abcdefgh"))
    assert folds.read(0, 99) == b"a \xe2\x80\xa6 1 row defgh"
