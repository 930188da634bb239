"""A body of any size: pretty, raw or hex; it may still be arriving."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.geometry import Size

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.pictures.picture import picture
from sonde_core.text.charsets import reading
from sonde_core.text.highlight import is_wanting, prepare

from .body_canvas import BodyCanvas
from .body_head import BodyHead
from .body_looks import MODES, Looks
from .body_shaped import Shaped
from .picture_rows import FACTS

_STREAMS: Final = frozenset({"events", "ndjson"})
# Seconds without another size of the window before a picture is decoded for it.
_RESIZED: Final = 0.15


class BodyView(BodyCanvas):
    """Shows a body: the text as received at once, the readable form in its place as it is made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "next_mode", "Pretty/raw/hex", id="body.mode"),
        Binding("x", "hex", "Text/hex", id="view.hex", show=False),
        Binding("C", "charset", "Charset", id="body.charset", show=False),
        Binding("escape", "stop", "Stop indenting", id="body.stop"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._room: Size | None = None  # for which a picture was decoded last
        self._text_mode = MODES[0]

    @property
    def charset(self) -> str:
        """The charset that a person chose for it; empty to go by the body."""
        return self._looks.chosen if self._looks else ""

    @property
    def readable(self) -> Body | None:
        """The readable form, where it is shown and all of it is made."""
        shaped = self._looks.shaped if self._looks else None
        shows = shaped is not None and shaped.over and self.rows.source is shaped.rows
        return shaped.made if shaped is not None and shows else None

    # what is shown

    def grow(
        self, body: Body, *, endless: bool = False, label: str = "", follow: bool = True
    ) -> None:
        """Show so much of a body as has arrived; each time it begins with the same bytes.

        Args:
            body: What has arrived.
            endless: Nobody knows how much there will be: text is followed as in a terminal.
            label: What it is, where it is no answer's body.
            follow: Follow the end of what is read as it comes.
        """
        if body.size == self.body.size:
            return
        self.label = label
        self._take(body, arriving=True, endless=endless, follow=follow)

    def show(self, body: Body, *, label: str = "") -> None:
        """Show a body that is whole, or all of it that came.

        Args:
            body: What arrived before is kept in view.
            label: What it is, where it is no answer's body.
        """
        self.label = label
        self._take(body, arriving=False)

    def _take(
        self, body: Body, *, arriving: bool, endless: bool = False, follow: bool = True
    ) -> None:
        """Go on with what is arriving, or begin with another body."""
        try:
            if self._looks is not None and self._looks.goes_on(body):
                shaped = self._looks.shaped
                self._looks.grow(body, arriving=arriving)
                if self._looks.shaped is not shaped:
                    self.workers.cancel_group(self, "shape")
            else:
                self._forget()
                self._looks, self._room = Looks(body, arriving=arriving), None
                followed = _is_followed(self._looks.kind, endless=endless)
                self.rows.follow = arriving and follow and followed
            self._shape(self._looks)
            self._draw()
            self._describe()
            self._depict()
            self._colour(self._looks)
            if self._looks.can_be_stopped:
                self.refresh_bindings()
        except BodyError as error:
            self._refuse(body, error)

    # the readable form

    def _shape(self, looks: Looks) -> None:
        """Begin with the readable form, where it is wanted; raises BodyError."""
        if self.mode != "pretty" or not looks.unshaped:
            return
        self.workers.cancel_group(self, "shape")
        shaped = looks.shape()
        self._make(shaped)
        self._take_in(looks, shaped)
        self.refresh_bindings()

    @work(group="shape")
    async def _make(self, shaped: Shaped) -> None:
        await shaped.shaping.run()

    @work(group="shape")
    async def _take_in(self, looks: Looks, shaped: Shaped) -> None:
        """Show what is made, piece by piece."""
        while not shaped.over:
            await shaped.shaping.changed()
            if looks is not self._looks:
                return
            try:
                shaped.take_in()
                self._draw()
                self._describe()
            except BodyError as error:
                self._refuse(looks.body, error)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave escape to others where nothing is to be stopped; Textual's word."""
        return action != "stop" or (self._looks is not None and self._looks.can_be_stopped)

    def action_stop(self) -> None:
        """Stop making the readable form, and show the text as received at the same place."""
        looks = self._looks
        if looks is None or looks.shaped is None:
            return
        self.workers.cancel_group(self, "shape")
        looks.shaped.stopped = True
        self.choose("raw")
        self._describe()
        self.refresh_bindings()

    # modes

    def choose(self, mode: str) -> None:
        """Show a body in another mode."""
        self._text_mode = mode if mode != "hex" else self._text_mode
        self._head.mode = mode
        try:
            if self._looks is not None:
                self._shape(self._looks)
            self._draw()
            self._depict()
        except BodyError as error:
            self._refuse(self.body, error)

    @on(BodyHead.Chosen)
    def _mode_clicked(self, message: BodyHead.Chosen) -> None:
        message.stop()
        self.choose(message.mode)

    def action_next_mode(self) -> None:
        shaped = self._looks.shaped if self._looks else None
        if shaped is not None and shaped.stopped and self.mode == "raw":
            self.choose("pretty")
        else:
            self.choose(MODES[(MODES.index(self.mode) + 1) % len(MODES)])

    def action_hex(self) -> None:
        """Show the bytes in hex, or go back to what was shown before."""
        self.choose("hex" if self.mode != "hex" else self._text_mode)

    # colours

    def _colour(self, looks: Looks) -> None:
        """Colour code as soon as what does it is imported, which takes a moment."""
        if is_wanting(looks.colours):
            self._learn(looks)

    @work(group="colours", exclusive=True)
    async def _learn(self, looks: Looks) -> None:
        await asyncio.to_thread(prepare, looks.colours)
        if looks is self._looks:
            self.rows.redraw()

    # pictures

    def _depict(self) -> None:
        """Decode a picture for the room that there is."""
        looks = self._looks
        if looks is None or looks.kind != "image" or looks.arriving or self.mode != "pretty":
            return
        room = self.rows.scrollable_content_region.size
        if room != self._room:
            self._decode(looks, room, pause=_RESIZED if self._room else 0.0)
            self._room = room

    @work(group="picture", exclusive=True)
    async def _decode(self, looks: Looks, room: Size, *, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            found = await picture(looks.body, room.width, max(room.height - FACTS, 1))
        except BodyError as error:
            self._refuse(looks.body, error)
            return
        looks.depict(found, coloured=self._coloured)
        self._redraw()
        self._describe()

    @property
    def _coloured(self) -> bool:
        return not self.app.no_color and self.app.console.color_system in ("truecolor", "256")

    def on_resize(self) -> None:
        self._depict()

    # charsets

    @work(group="charset", exclusive=True)
    async def action_charset(self) -> None:
        """Ask for the charset in which the body is read."""
        from ...screens.charset import charset_screen

        looks = self._looks
        if looks is None or not looks.shows_text:
            self.app.notify("There is no text here to read in another charset.", severity="warning")
            return
        told = looks.reading if not looks.chosen else reading(looks.body)
        chosen = await self.app.push_screen_wait(charset_screen(told, looks.chosen))
        if chosen is not None and looks is self._looks:
            self._read_as(looks, chosen)

    def _read_as(self, looks: Looks, charset: str) -> None:
        """Read the same body in another charset, at the same byte."""
        try:
            self._offset(looks)
            self.workers.cancel_group(self, "shape")
            self._looks = looks.read_as(charset)
            self._shape(self._looks)
            self._draw()
            self._describe()
        except BodyError as error:
            self._refuse(looks.body, error)


def _is_followed(kind: str, *, endless: bool) -> bool:
    """Whether the end stays in view from the start: for what a person reads as it comes."""
    return kind in _STREAMS or (endless and kind == "text")
