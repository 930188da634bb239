from sonde_core.search.counts import Counts


def filled(*counts: int) -> Counts:
    made = Counts(0)
    made.resize(len(counts))
    for block, count in enumerate(counts):
        if count >= 0:
            made.put(block, count)
    return made


def test_blocks_are_taken_from_where_one_stands_and_round() -> None:
    counts = Counts(2)
    counts.resize(4)
    order = []
    while counts.missing:
        order.append(counts.missing_from())
        counts.put(order[-1], 1)
    assert order == [2, 3, 0, 1]
    assert counts.total == 4


def test_a_block_that_is_known_twice_counts_once() -> None:
    counts = filled(3, 4)
    counts.put(0, 5)
    assert (counts.total, counts.missing) == (9, 0)


def test_what_is_forgotten_is_missing() -> None:
    counts = filled(3, 4, 5)
    counts.forget(1)
    assert (counts.total, counts.missing) == (3, 2)
    assert counts.run(1, most=9) == 2
    assert counts.run(1, most=1) == 1


def test_fewer_blocks_take_their_hits_along() -> None:
    counts = filled(3, 4, -1)
    counts.resize(1)
    assert (counts.total, counts.missing, len(counts)) == (3, 0, 1)
    counts.resize(2)
    assert (counts.total, counts.missing) == (3, 1)


def test_round_goes_by_blocks_without_hits() -> None:
    counts = filled(1, 0, 2, 0, -1)
    assert list(counts.round(2, forward=True)) == [2, 4, 0]
    assert list(counts.round(2, forward=False)) == [2, 0, 4]


def test_the_hits_before_a_block_are_known_when_all_before_it_are() -> None:
    counts = filled(1, 2, -1, 4)
    assert counts.before(2) == 3
    assert counts.before(3) is None
