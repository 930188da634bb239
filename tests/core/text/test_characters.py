import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.text.characters import bytes_before, chars_before, text_of, unit_of, whole

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
CODECS = ("utf-8", "cp1252", "koi8_r", *WIDE, "cp932", "gb18030", "big5hkscs", "euc_jp", "cp949")
BYTES = st.binary(max_size=16) | st.lists(
    st.sampled_from(["é", "漢", "🙂", "a", "\n"]), max_size=8
).map(lambda chars: "".join(chars).encode())
BYTES |= st.lists(st.sampled_from(b"\x00\xd8\xdc\x81\x82\xe3\xedA"), max_size=12).map(bytes)


@pytest.mark.parametrize("codec", [*CODECS, "iso2022_jp"])
@given(data=BYTES)
def test_each_character_stands_for_bytes_and_they_lead_back(codec: str, data: bytes) -> None:
    text = text_of(data, codec)
    places = [bytes_before(data, codec, text, index) for index in range(len(text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(data)
    assert chars_before(data, codec, len(data)) == len(text)
    for offset in range(len(data) + 1):
        index = chars_before(data, codec, offset)
        assert places[index] <= offset
        assert offset - places[index] < 8 or codec == "iso2022_jp"


@pytest.mark.parametrize("codec", CODECS)
@example(data=b"\x800\x00\x80\x00")
@given(data=BYTES)
def test_a_piece_that_ends_with_a_whole_character_reads_as_it_does_in_the_whole(
    codec: str, data: bytes
) -> None:
    for end in range(len(data)):
        cut = whole(data[:end], codec)
        assert end - 4 <= cut <= end
        pieces = text_of(data[:cut], codec) + text_of(data[cut:], codec)
        if codec == "gb18030" and any("\udc00" <= char <= "\udcff" for char in pieces):
            # Which bytes are broken depends there on the three that follow: none is lost.
            assert b"".join(map(bytes_of_gb18030, pieces)) == data
        else:
            assert pieces == text_of(data, codec)


def bytes_of_gb18030(char: str) -> bytes:
    broken = "\udc00" <= char <= "\udcff"
    return bytes([ord(char) - 0xDC00]) if broken else char.encode("gb18030")


def test_a_byte_that_cannot_be_read_is_still_there() -> None:
    assert text_of(b"a\x81b", "cp1252") == "a\udc81b"
    assert text_of(b"a\x81\n", "cp932") == "a\udc81\n"
    assert text_of(b"a\0\xd8", "utf-16-le") == "a\udcd8"
    assert text_of(b"\xff\xff\xff\xff", "utf-32-le") == "\udcff" * 4
    assert text_of(b"\0\xd8a\0", "utf-16-le") == "\ud800a"


def test_a_byte_inside_a_character_belongs_to_it() -> None:
    assert [chars_before("aé🙂b".encode(), "utf-8", n) for n in range(9)] == [
        *(0, 1, 1, 2, 2, 2, 2, 3, 4)
    ]
    data = "a🙂b".encode("utf-16-le")
    assert [chars_before(data, "utf-16-le", n) for n in range(9)] == [0, 0, 1, 1, 1, 1, 2, 2, 3]
    assert chars_before("漢字".encode("cp932"), "cp932", 3) == 1


def test_wide_characters_are_aligned() -> None:
    assert [unit_of(codec) for codec in ("utf-8", "cp932", *WIDE)] == [1, 1, 2, 2, 4, 4]
