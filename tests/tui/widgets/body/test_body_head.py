from textual.containers import Vertical

from sonde_core.body import Body
from sonde_tui.widgets.body.body_head import BodyHead, BodyNote, described, places_of
from tests.showing import Showing, drawn


def test_a_body_is_described_by_type_size_and_what_came_for_it() -> None:
    body = Body.of(b"x" * 1200, media_type="text/html").described(
        wire=300, media_type="text/html", coding="gzip"
    )
    assert described(body, "html", arriving=False) == "text/html · 1.2 KB · 300 B gzip on the wire"


def test_what_is_still_arriving_or_was_cut_says_so() -> None:
    body = Body.of(b"x").described(complete=False, cut="peer")
    assert described(body, "text", arriving=True).endswith("1 B so far")
    assert described(body, "text", arriving=False).endswith("· cut short by the peer · 1 B")
    damaged = body.described(wire=9, coding="gzip", complete=False, cut="decode")
    assert described(damaged, "text", arriving=False).endswith(
        "· cut where its coding is damaged · 1 B · 9 B gzip on the wire"
    )


async def test_a_line_without_room_ends_with_a_sign_of_it() -> None:
    head = BodyHead()
    app = Showing(Vertical(head))
    async with app.run_test(size=(40, 3)) as pilot:
        head.text = "text/plain · 3 B · cut by a time limit"
        await pilot.pause()
        assert drawn(app).splitlines()[0].endswith("…")


def test_a_body_without_a_type_is_told_by_its_first_bytes() -> None:
    assert described(Body.of(b"{}"), "json", arriving=False).startswith(
        "no type, json by its first"
    )
    assert described(Body.of(b""), "text", arriving=False) == "no type · 0 B"


def test_a_hostile_type_is_one_short_line() -> None:
    text = described(Body.of(b"x", media_type="\x1b[2J\n" + "x" * 999), "text", arriving=False)
    assert text.startswith("␛[2J␊xxx")
    assert len(text) < 80


async def test_the_mode_that_is_shown_stands_out_without_colour() -> None:
    head = BodyHead()
    app = Showing(Vertical(head))
    async with app.run_test(size=(60, 3)) as pilot:
        head.mode = "raw"
        head.text = "text/plain · 3 B"
        await pilot.pause()
        assert drawn(app).startswith(" pretty  raw  hex  text/plain · 3 B")
        strips = app.screen._compositor.render_strips()
        reversed_text = [s.text for s in strips[0] if s.style and s.style.reverse]
        assert reversed_text == [" raw "]


async def test_a_note_takes_room_only_while_there_is_one() -> None:
    note = BodyNote()
    app = Showing(Vertical(note))
    async with app.run_test(size=(60, 5)) as pilot:
        assert not note.display
        note.text = "Not valid JSON: [/] \x1b"
        await pilot.pause()
        assert "Not valid JSON: [/] ␛" in drawn(app)
        note.text = ""
        await pilot.pause()
        assert not note.display


async def test_the_place_takes_the_room_that_the_rest_leaves() -> None:
    head = BodyHead()
    app = Showing(Vertical(head))
    async with app.run_test(size=(80, 3)) as pilot:
        head.text = "text/plain · 3 B"
        head.places = places_of(2, 1204, 96)
        await pilot.pause()
        assert drawn(app).splitlines()[0].endswith(f"3 B{' ' * 21}row 3 of 1,204 · byte 96")
        await pilot.resize_terminal(60, 3)
        await pilot.pause()
        assert drawn(app).splitlines()[0].endswith("3 B          row 3 · byte 96")
        head.text = "text/plain; charset=x-a-long-name · 3 B · cut short by the peer"
        await pilot.pause()
        assert drawn(app).splitlines()[0].endswith("…  row 3")
        assert drawn(app).startswith(" pretty  raw  hex  text/plain; ")
        await pilot.resize_terminal(50, 3)
        await pilot.pause()
        assert "row" not in drawn(app)


def test_a_byte_that_is_not_known_is_not_told() -> None:
    assert places_of(0, 1, -1) == ("row 1 of 1", "row 1")


async def test_the_first_mode_of_a_picture_is_the_picture() -> None:
    head = BodyHead()
    app = Showing(Vertical(head))
    async with app.run_test(size=(60, 3)) as pilot:
        head.pictured = True
        await pilot.pause()
        assert drawn(app).startswith(" picture  raw  hex")
