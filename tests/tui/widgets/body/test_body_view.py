import asyncio
import gc
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from textual.geometry import Region
from textual.pilot import Pilot

from sonde_core.body import Body, Spool
from sonde_tui.widgets.body.body_head import BodyHead, BodyNote
from sonde_tui.widgets.body.body_source import FactRows, HexRows
from sonde_tui.widgets.body.body_view import BodyView
from sonde_tui.widgets.body.picture_rows import FACTS, PictureRows
from tests.showing import Showing, colours, drawn, until

SIZE = (80, 24)
MANY = 1_300_000  # items that make about 50 MB


def json_body(data: bytes) -> Body:
    return Body.of(data, media_type="application/json")


def list_of(count: int, *, old: Spool | None = None) -> Spool:
    spool = old or Spool()
    items = b",".join(b'{"id":%d,"name":"item %d"}' % (n, n) for n in range(count))
    spool.write(b"[" + items + b"]")
    return spool


def png(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 90)).save(made, "PNG")
    return made.getvalue()


def stream(lines: list[bytes]) -> Body:
    return Body.of(b"".join(lines), media_type="application/x-ndjson")


async def settled(pilot: Pilot[None]) -> None:
    """Wait for all that is done beside the loop; what is cancelled is done, too."""
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))


async def test_json_is_indented_and_coloured() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"b": 1.50, "a": "x"}'))
        await settled(pilot)
        lines = drawn(app).splitlines()
        assert lines[0].startswith(" pretty  raw  hex  application/json · 21 B  ")
        assert lines[0].endswith("  row 1 of 4 · byte 0")
        assert lines[1:5] == ["{", '  "b": 1.50,', '  "a": "x"', "}"]
        names, texts, numbers = colours(app, '"a"'), colours(app, '"x"'), colours(app, "1.50")
        assert len(names | texts | numbers) == 3


async def test_code_is_coloured_by_its_type() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(b"\nconst a = 'text'; // b", media_type="text/javascript"))
        await settled(pilot)
        words = colours(app, "const"), colours(app, "'text'"), colours(app, "// b")
        assert len(set.union(*words)) == 3


async def test_one_key_goes_through_pretty_raw_and_hex() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"a": 1}'))
        await settled(pilot)
        view.rows.focus()
        await pilot.press("v")
        assert view.mode == "raw"
        assert '{"a": 1}' in drawn(app)
        await pilot.press("v")
        assert view.mode == "hex"
        assert "7b 22 61 22" in drawn(app)
        await pilot.press("v")
        assert view.mode == "pretty"
        assert '  "a": 1' in drawn(app)


async def test_another_key_goes_to_hex_and_back_to_what_was_there() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"a": 1}'))
        view.rows.focus()
        await pilot.press("v", "x")
        assert view.mode == "hex"
        await pilot.press("x")
        assert view.mode == "raw"


async def test_modes_can_be_clicked() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"a": 1}'))
        await pilot.click("BodyHead", offset=(16, 0))
        assert view.mode == "hex"
        await pilot.click("BodyHead", offset=(40, 0))
        assert view.mode == "hex"


async def test_the_mode_stays_for_the_next_body() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.choose("raw")
        view.show(json_body(b'{"a": 1}'))
        await settled(pilot)
        assert '{"a": 1}' in drawn(app)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"a": 1, "b":}', "Not valid JSON: line 1, column 14"),
        (b'{"a": NaN}', "JSON has no NaN"),
        (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
    ],
)
async def test_what_cannot_be_indented_is_shown_with_the_reason_in_every_mode(
    data: bytes, told: str
) -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(json_body(data))
        await settled(pilot)
        for _ in range(3):
            assert told in drawn(app)
            view.action_next_mode()
            await pilot.pause()
        assert data[:60].decode() in drawn(app)


async def test_a_number_of_5000_digits_is_not_changed() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"n": ' + b"7" * 5000 + b"}"))
        await settled(pilot)
        assert '\n  "n": 7777' in drawn(app)
        assert "".join(view.rows.source.text(row) for row in range(1, 3)) == '  "n": ' + "7" * 5000


async def test_text_in_another_charset_is_read_in_it() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of("café\nnaïve".encode("cp1252"), media_type="text/plain; charset=latin-1"))
        await settled(pilot)
        assert "café" in drawn(app)
        view.choose("raw")
        await pilot.pause()
        assert "naïve" in drawn(app)
        view.show(Body.of("wide".encode("utf-16"), media_type="text/plain"))
        view.choose("pretty")
        await settled(pilot)
        assert "\nwide" in drawn(app)
        assert "text/plain · utf-16le · 10 B" in drawn(app)


async def test_a_picture_is_drawn_below_what_it_is() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(png(64, 32), media_type="image/png"))
        await settled(pilot)
        assert drawn(app).startswith(" picture  raw  hex  image/png")
        assert "PNG, 64 x 32 pixels" in drawn(app)
        assert isinstance(view.rows.source, PictureRows)
        assert view.rows.source.count == FACTS + 16
        assert "row" not in drawn(app).splitlines()[0]
        view.choose("hex")
        await pilot.pause()
        assert "89 50 4e 47" in drawn(app)


async def test_a_picture_without_a_type_is_known_by_its_first_bytes() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(png(64, 32), media_type="application/octet-stream"))
        await settled(pilot)
        assert drawn(app).startswith(" picture  raw  hex  application/octet-stream")
        assert isinstance(view.rows.source, PictureRows)


async def test_a_picture_is_drawn_anew_for_another_size_of_the_window() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(png(200, 100), media_type="image/png"))
        await settled(pilot)
        source = view.rows.source
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: view.rows.source is not source)
        assert view.rows.source.count <= 12 - 1


async def test_a_picture_that_cannot_be_decoded_shows_its_bytes_and_why() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        body = Body.of(b"\x89PNG\r\n\x1a\n" + bytes(100), media_type="image/png")
        view.show(body)
        await settled(pilot)
        assert body.sha256 in drawn(app)
        assert "89 50 4e 47" in drawn(app)
        assert isinstance(view.rows.source, FactRows)
        assert view.query_one(BodyNote).text


async def test_a_hit_at_the_first_byte_is_gone_to_below_the_facts() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(b"PK\x03\x04" + bytes(100), media_type="application/zip"))
        await settled(pilot)
        assert isinstance(view.rows.source, FactRows)
        view.rows.focus()
        await pilot.press("slash", *"PK", "enter")
        await until(pilot, lambda: "1 of 1" in drawn(app))
        assert view.rows.source.text(view.rows.cursor_row).startswith("50 4b 03 04")


async def test_an_empty_body_says_so() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(Body.of(b"", media_type="text/plain"))
        await settled(pilot)
        assert "The body is empty." in drawn(app)
        assert "text/plain · 0 B" in drawn(app)
        view.rows.focus()
        await pilot.press("v", "v", "v", "j", "G")
        await until(pilot, lambda: "The body is empty." in drawn(app))


async def test_a_body_that_is_not_kept_says_so_and_shows_its_digest() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(Body.lost(1234, "ab" * 32))
        await settled(pilot)
        assert "The 1234 bytes of this body are not kept any more." in drawn(app)
        assert "ab" * 32 in drawn(app)


async def test_a_body_whose_file_vanished_says_so(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"x" * 100)
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        body = Body.in_file(path, 100, "ab" * 32)
        view.show(body)
        await settled(pilot)
        path.unlink()
        view.choose("hex")
        await pilot.pause()
        assert "Could not read the body" in drawn(app)
        view.show(body)
        await settled(pilot)
        assert "Could not read the body" in view.query_one(BodyNote).text


async def test_hostile_text_is_harmless_in_every_mode() -> None:
    hostile = "\x1b]52;c;b3duZWQ=\x07 \x9b31m \u202e [/] [@click=app.quit]quit[/] \x00"
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(Body.of(hostile.encode(), media_type="text/html\x1b[2J; charset=\x1b"))
        await settled(pilot)
        for _ in range(3):
            assert not set(drawn(app)) & {"\x1b", "\x07", "\x9b", "\u202e", "\x00"}
            view.action_next_mode()
            await pilot.pause()
        assert "␛]52;c;b3duZWQ=␇ ‹9B›31m ‹U+202E› [/] [@click=app.quit]quit[/]" in drawn(app)


async def test_a_body_grows_while_it_arrives_and_becomes_pretty_in_its_place() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.say("Nothing of the body is here yet.")
        await pilot.pause()
        assert "Nothing of the body is here yet." in drawn(app)
        data = b"[" + b",\n".join(b'{"id": %d}' % number for number in range(1000)) + b"]"
        view.grow(json_body(data[:5]))
        view.grow(json_body(data[:50]))
        await pilot.pause()
        assert "50 B so far" in drawn(app)
        await until(pilot, lambda: '\n    "id": 3\n' in drawn(app))
        view.grow(json_body(data[:9000]))
        await until(pilot, lambda: view.rows.source.count > 1000)
        view.rows.go_to(1000)
        top, text = view.rows.top, view.rows.source.text(1000)
        view.grow(json_body(data[:9010]))
        view.show(json_body(data))
        await settled(pilot)
        assert "so far" not in drawn(app)
        assert view.rows.source.count == 3002
        assert (view.rows.top, view.rows.cursor_row) == (top, 1000)
        assert view.rows.source.text(1000) == text


async def test_what_turns_out_to_be_invalid_is_shown_as_received_at_the_same_place() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        data = b",\n".join(b'{"id": %d}' % number for number in range(1000))
        view.grow(json_body(b"[" + data))
        await until(pilot, lambda: view.rows.source.count > 2000)
        view.rows.go_to(1 + 3 * 500 + 1)
        assert view.rows.source.text(view.rows.cursor_row) == '    "id": 500'
        view.show(json_body(b"[" + data + b"}"))
        await settled(pilot)
        assert view.mode == "pretty"
        assert "Not valid JSON: line 1,000" in view.query_one(BodyNote).text
        assert view.rows.source.text(view.rows.cursor_row) == '{"id": 500},'


async def test_whoever_reads_the_end_of_a_growing_body_stays_there() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        lines = b"".join(b"line %d\n" % number for number in range(200))
        view.grow(Body.of(lines[:900]))
        await pilot.pause()
        view.grow(Body.of(lines[:1000]))
        assert view.rows.top == 0
        view.rows.action_last_row()
        view.grow(Body.of(lines))
        await pilot.pause()
        view.grow(Body.of(lines + b"the end"))
        await pilot.pause()
        assert "the end" in drawn(app)


async def test_a_stream_is_followed_from_its_start_until_one_scrolls_up() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        lines = [b'{"n": %d}\n' % number for number in range(300)]
        for count in range(50, 150, 50):
            view.grow(stream(lines[:count]))
            await pilot.pause()
            assert f'{{"n": {count - 1}}}' in drawn(app)
        view.rows.focus()
        await pilot.press("pageup", "pageup")
        top = view.rows.top
        view.grow(stream(lines[:250]))
        await pilot.pause()
        assert view.rows.top == top
        await pilot.press("G")
        view.grow(stream(lines[:300]))
        await pilot.pause()
        assert '{"n": 299}' in drawn(app)


@pytest.mark.parametrize("key", ["G", "F"])
async def test_the_end_of_a_stream_that_is_over_keeps_its_byte_in_other_modes(key: str) -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        lines = [b'{"n": %d, "text": "%s"}\n' % (number, b"of a line" * 9) for number in range(99)]
        view.grow(stream(lines[:50]))
        await pilot.pause()
        view.show(stream(lines))
        await settled(pilot)
        view.rows.focus()
        await pilot.press(key)
        offset = len(b"".join(lines[:-1]))
        await pilot.press("x")
        await settled(pilot)
        source = view.rows.source
        assert isinstance(source, HexRows)
        assert view.rows.cursor_row == source.row_at(offset)
        await pilot.press("x")
        await settled(pilot)
        assert view.rows.cursor_row == 98


async def test_a_stream_takes_no_more_and_more_objects() -> None:
    view = BodyView()
    app = Showing(view)
    spool = Spool()
    piece = b"".join(b'{"n": %d, "text": "of a line"}\n' % number for number in range(1500))

    async def stream_more(pieces: int) -> int:
        for _ in range(pieces):
            spool.write(piece)
            view.grow(spool.body().described(media_type="application/x-ndjson"))
            view.rows.render_lines(Region(0, 0, 80, 22))
            await asyncio.sleep(0)
        await pilot.pause()
        gc.collect()
        return len(gc.get_objects())

    async with app.run_test(size=SIZE) as pilot:
        before = await stream_more(60)  # by now there is a file, and all caches are full
        after = await stream_more(120)
        assert view.body.size > 8 << 20
        assert after - before < 1000
        assert '{"n": 1499, "text"' in drawn(app)


async def test_text_without_an_end_is_followed_as_in_a_terminal() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        lines = b"".join(b"line %d\n" % number for number in range(200))
        for place in (50, 500, 1000):
            view.grow(Body.of(lines[:place]), endless=True)
            await pilot.pause()
        assert view.rows.top > 0
        view.grow(Body.of(lines), endless=True)
        await pilot.pause()
        assert "line 199" in drawn(app)


async def test_a_document_stays_where_it_is_while_it_arrives() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        data = b"[" + b",\n".join(b'{"id": %d}' % number for number in range(1000)) + b"]"
        for place in (5, 50, 5000):
            view.grow(json_body(data[:place]), endless=True)
            await pilot.pause()
        assert view.rows.top == 0


async def test_another_body_begins_at_its_top() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.grow(Body.of(b"a\n" * 500))
        await pilot.pause()
        view.rows.action_last_row()
        view.grow(Body.of(b"b\n" * 600))
        await pilot.pause()
        assert view.rows.top == 0
        assert "\nb\n" in drawn(app)
        view.show(Body.of(b"c\n" * 500))
        await settled(pilot)
        assert view.rows.top == 0
        assert "\nc\n" in drawn(app)


async def test_what_turns_out_to_be_binary_is_shown_in_hex_while_it_arrives() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.grow(Body.of(b"RIFF"))
        view.grow(Body.of(b"RIFF\0\0\0\1\2\3"))
        await pilot.pause()
        assert isinstance(view.rows.source, HexRows)
        view.show(Body.of(b"RIFF\0\0\0\1\2\3WAVE"))
        await settled(pilot)
        assert isinstance(view.rows.source, FactRows)


async def test_a_newer_body_ends_the_formatting_of_an_older_one() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(list_of(50_000).body().described(media_type="application/json"))
        view.show(json_body(b'{"new": 1}'))
        await settled(pilot)
        assert '  "new": 1' in drawn(app)
        assert view.rows.source.count == 3


async def test_what_takes_long_can_be_stopped_and_begun_again() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.rows.focus()
        view.show(list_of(200_000).body().described(media_type="application/json"))
        await pilot.press("escape")
        await settled(pilot)
        assert view.mode == "raw"
        assert "Stopped indenting" in view.query_one(BodyNote).text
        assert drawn(app).splitlines()[2].startswith('[{"id":0,"name"')
        await pilot.press("v")
        await settled(pilot)
        assert view.mode == "pretty"
        assert view.query_one(BodyNote).text == ""
        assert drawn(app).splitlines()[1:3] == ["[", "  {"]


async def test_escape_is_left_to_others_where_nothing_is_to_be_stopped() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.rows.focus()
        view.show(json_body(b"[1]"))
        assert not view.check_action("stop", ())
        await settled(pilot)
        view.grow(list_of(100_000).body().described(media_type="application/json"))
        assert not view.check_action("stop", ())


async def test_how_far_the_indenting_is_stands_above() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(140, 24)) as pilot:
        view.show(list_of(200_000).body().described(media_type="application/json"))
        told = view.query_one(BodyHead).text
        assert told.startswith("indenting 0 B of 6.8 MB, escape stops · application/json")
        await settled(pilot)
        assert "indenting" not in drawn(app)


async def test_the_row_under_the_cursor_is_the_same_one_in_each_mode() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        data = list_of(2000).body().read()
        view.show(json_body(data))
        await settled(pilot)
        view.rows.focus()
        view.rows.go_to(1 + 4 * 1000 + 1)
        line = view.rows.cursor_row - view.rows.top
        await pilot.press("v", "v")
        offset = data.index(b'"id":1000,')
        assert view.rows.cursor_row == offset // 16
        assert view.rows.cursor_row - view.rows.top == line
        await pilot.press("v")
        assert view.rows.source.text(view.rows.cursor_row) == '    "id": 1000,'
        assert f"row 4,003 of 8,002 · byte {offset:,}" in drawn(app)


async def test_a_charset_can_be_chosen_and_the_place_stays() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        body = Body.of("Привет\n".encode("koi8-r") * 500, media_type="text/plain")
        view.show(body)
        await settled(pilot)
        assert "3,000 bytes are not, the first at 0; C chooses another charset" in drawn(app)
        view.rows.focus()
        view.rows.go_to(300)
        await pilot.press("C")
        await pilot.press(*"koi8-r", "enter")
        await pilot.pause()
        assert "Привет" in drawn(app)
        assert "text/plain · koi8-r, chosen · 3.5 KB" in drawn(app)
        assert f"row 301 of 500 · byte {300 * 7:,}" in drawn(app)
        await pilot.press("C")
        await pilot.press("pageup", "pageup", "enter")
        await pilot.pause()
        assert "chosen" not in drawn(app)


async def test_a_charset_that_is_chosen_holds_for_this_body_only() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(Body.of(b"one", media_type="text/plain"))
        view.rows.focus()
        await pilot.press("C", *"koi8-u", "enter")
        await pilot.pause()
        assert "koi8-u, chosen" in drawn(app)
        view.show(Body.of(b"other", media_type="text/plain"))
        await pilot.pause()
        assert "koi8-u" not in drawn(app)


async def test_what_is_no_text_has_no_charset_to_choose() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(Body.of(bytes(range(256))))
        view.rows.focus()
        await pilot.press("C")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert "no text" in " ".join(note.message for note in app._notifications)


async def test_a_header_that_lies_about_the_charset_is_told() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 24)) as pilot:
        view.show(Body.of("Grüße".encode(), media_type="text/plain; charset=latin-1"))
        await pilot.pause()
        assert "Grüße" in drawn(app)
        assert "The header says latin-1, but the bytes are utf-8." in drawn(app)


async def test_hits_are_found_in_what_is_shown() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(json_body(b'{"a": "needle", "b": "needle"}'))
        await settled(pilot)
        view.rows.focus()
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, lambda: "1 of 2" in drawn(app))
        await pilot.press("n")
        await until(pilot, lambda: "2 of 2" in drawn(app))


async def pauses(going: Callable[[], bool]) -> float:
    """Return how long the loop works in one go at most, but for one time in twenty."""
    taken = []
    while going():
        before = time.thread_time()
        await asyncio.sleep(0.001)
        taken.append(time.thread_time() - before)
    return sorted(taken)[len(taken) * 95 // 100]


async def test_50_mb_open_at_once_page_within_a_frame_and_hold_nothing_up() -> None:
    view = BodyView()
    app = Showing(view)
    async with app.run_test(size=(120, 40)) as pilot:
        body = (await asyncio.to_thread(list_of, MANY)).body()
        began = time.thread_time()
        view.show(body.described(media_type="application/json"))
        view.rows.render_lines(Region(0, 0, 120, 38))
        assert time.thread_time() - began < 0.1
        assert await pauses(lambda: view.rows.source.count < MANY * 4) < 0.02
        pages = []
        for move in [view.rows.action_rows_down] * 9 + [view.rows.action_last_row]:
            before = time.thread_time()
            move()
            view.rows.render_lines(Region(0, 0, 120, 38))
            pages.append(time.thread_time() - before)
        assert sorted(pages)[len(pages) // 2] < 0.03
        await pilot.pause()
        assert f'"name": "item {MANY - 1}"' in drawn(app)
