from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.extract import Extract
from sonde_core.text.line_index import readable


@given(st.binary(max_size=50), st.integers(0, 60), st.integers(0, 60), st.integers(1, 9))
def test_a_part_has_the_bytes_between_its_ends(
    data: bytes, first: int, last: int, step: int
) -> None:
    part = Extract(readable(Body.of(data)), first, last)
    assert part.read() == data[first:last]
    assert part.size == len(data[first:last])
    assert b"".join(part.slices(step)) == data[first:last]
    assert part.read(2, 3) == data[first:last][2:5]


class Short:
    """Says that it has more than it gives."""

    size = 10

    def read(self, offset: int, size: int) -> bytes:
        return b"abc"[offset : offset + size]


def test_a_file_that_is_shorter_than_it_was_ends_the_part() -> None:
    assert Extract(Short(), 1, 9).read() == b"bc"
