"""The line to type what is sent: as text, hex or a file's name; with what was sent before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from sonde_core.environments import Environments
from sonde_core.errors import PayloadSyntaxError
from sonde_core.model import Chunk
from sonde_core.payload import InputMode, LineEnding
from sonde_core.sent import LONGEST

from .cycle import Cycle
from .fill_note import FillNote
from .manner import Manner
from .send_input import PASTED, SendInput
from .sent_list import SentList
from .typed import TEXTS, Typed, paste

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from .block_area import BlockArea

_PAUSE: Final = 0.2  # seconds without a key until what is typed is looked at
_HINTS: Final = {
    InputMode.TEXT: r"what to send: text, with \r \n \t \0 \\ \xHH",
    InputMode.RAW: "what to send: text, just as it is",
    InputMode.HEX: "what to send: bytes in hex, such as 48 69 0a",
    InputMode.BASE64: "what to send: bytes in base64, such as SGkK",
    InputMode.FILE: "what to send: the path of a file",
}


class SendLine(Vertical):
    """Mode, line ending and the text itself, on one line or on many; enter on one line submits.

    Attributes:
        environments: What fields in it stand for.
        sent: What was sent before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Sent before", id="send.before", show=False),
        Binding("down", "recall(1)", "Sent after", id="send.after", show=False),
    ]

    DEFAULT_CSS = """
    SendLine { height: auto; }
    SendLine #send-row { height: 1; }
    SendLine #send-row Input { width: 1fr; }
    SendLine #block-hint { width: 1fr; height: 1; color: $text-muted; padding: 0 1; display: none; }
    SendLine.-block #block-hint { display: block; }
    SendLine.-block Input { display: none; }
    SendLine BlockArea { display: none; }
    SendLine.-block BlockArea { display: block; }
    """

    @dataclass
    class Submitted(Message):
        """What is typed is to be sent."""

    @dataclass
    class Changed(Message):
        """What is typed is another text now, or is meant otherwise."""

    def __init__(self, environments: Environments) -> None:
        super().__init__()
        self.environments = environments
        self.sent = SentList()
        self._ahead: list[Typed] = []  # what a recorded session sent, still to be sent again
        self._pause: Timer | None = None
        self._put = ""  # the text that was put in last, with a mode and an ending of its own

    def compose(self) -> ComposeResult:
        with Horizontal(id="send-row"):
            yield Manner()
            yield SendInput(placeholder=_HINTS[InputMode.TEXT], id="payload", compact=True)
            yield Static("enter: a line feed · ctrl+j sends · F6: one line", id="block-hint")
        yield FillNote()

    # what is typed

    @property
    def field(self) -> SendInput:
        """Where one line is typed."""
        return self.query_one("#payload", SendInput)

    @property
    def is_block(self) -> bool:
        """Whether many lines are typed."""
        return self.has_class("-block")

    @property
    def _block(self) -> BlockArea:
        from .block_area import BlockArea

        return self.query_one(BlockArea)

    @property
    def editor(self) -> Input | TextArea:
        """Where text is typed now."""
        return self._block if self.is_block else self.field

    @property
    def text(self) -> str:
        """The text, as it is at this moment."""
        return self._block.text if self.is_block else self.field.value

    @property
    def typed(self) -> Typed:
        """What is typed, as it is at this moment."""
        return self._manner.of(self.text, self.query_one(FillNote).fill)

    @property
    def mode(self) -> InputMode:
        return self._manner.mode

    @property
    def _manner(self) -> Manner:
        return self.query_one(Manner)

    def put(self, typed: Typed) -> None:
        """Put something into the line, to change and send, with its own mode and ending."""
        typed = typed.on_lines() if self.is_block else typed.on_one_line()
        self._manner.bring(typed)
        self.query_one(FillNote).fill = typed.fill
        self._put = typed.text
        self._write(typed.text)

    def _write(self, before: str, after: str = "") -> None:
        """Write a text, with the cursor in it."""
        if self.is_block:
            block = self._block
            block.text = before + after
            lines = before.split("\n")
            block.move_cursor((len(lines) - 1, len(lines[-1])))
        else:
            self.field.value = before + after
            self.field.cursor_position = len(before)

    def clear(self) -> None:
        """Hold nothing, in the mode and with the ending that the person chose."""
        self._write("")
        self._restore()

    def _restore(self) -> None:
        """Take back mode and ending of what was put in, for what is written next."""
        self._put = ""
        self._manner.restore()
        self.query_one(FillNote).fill = None

    def insert(self, typed: Typed) -> None:
        """Put something in at the cursor; into an empty line with its mode and its ending."""
        if not self.text:
            self.put(typed)
            return
        before, after = self.editor_parts
        here = replace(typed, text=typed.text_in(self.mode), mode=self.mode)
        shown = here.on_lines() if self.is_block else here.on_one_line()
        self._write(before + shown.text, after)

    @property
    def editor_parts(self) -> tuple[str, str]:
        """What stands before and behind the cursor."""
        return self._block.cut_out() if self.is_block else self.field.cut_out()

    async def turn_to_lines(self, on: bool) -> None:
        """Change between one line and many; the text stays, and so do its bytes."""
        if on == self.is_block:
            return
        typed = self.typed
        focused = self.editor.has_focus
        if on and not self.query("BlockArea"):
            from .block_area import BlockArea  # slow to import, and often not needed

            await self.mount(BlockArea(id="block"), before=self.query_one(FillNote))
        self.set_class(on, "-block")
        typed = typed.on_lines() if on else typed.on_one_line()
        self._manner.show(typed)
        self._write(typed.text)
        if focused:
            self.editor.focus()

    # sending

    def refuse_nothing(self) -> None:
        """Refuse to send a line ending alone from an editor of many lines: there it is a slip.

        On one line it is an empty line, as in a terminal, and without an ending it is a message of
        no bytes.

        Raises:
            PayloadSyntaxError: Nothing but the ending would be sent.
        """
        typed = self.typed
        if self.is_block and not typed.text and typed.mode in TEXTS and typed.data:
            raise PayloadSyntaxError(
                "The editor is empty, so nothing was sent.",
                hint="up brings back what was sent; on one line (F6) enter sends an empty line.",
            )

    def turn_to(self, address: str, *, web_socket: bool = False) -> bool:
        """Send to an endpoint from now on; returns whether nothing was sent to it in this run."""
        self._manner.offer_kinds(web_socket)
        return self.sent.turn_to(address)

    def took(self, typed: Typed) -> None:
        """Remember what is being sent, and make room for the next."""
        self.sent.add(typed)
        if self._ahead:
            self.put(self._ahead.pop(0))
        else:
            self.clear()

    def give_back(self, typed: Typed) -> None:
        """Put back what was not sent, unless something else is typed by now."""
        if not self.text:
            self.put(typed)

    def recall(self, chunks: Iterable[Chunk]) -> int:
        """Offer messages one by one, to change and send again; returns how many are too long."""
        chunks = list(chunks)
        self._ahead = [Typed.of_chunk(each) for each in chunks if len(each.data) <= LONGEST]
        too_long = len(chunks) - len(self._ahead)
        if self._ahead:
            self.put(self._ahead.pop(0))
        else:
            self.clear()
        return too_long

    def next_mode(self) -> None:
        """Take text, hex, a file's name, base64 or raw text in turn."""
        self._manner.next_mode()

    # what happens in the line

    @on(Manner.Changed)
    def _manner_changed(self, event: Manner.Changed) -> None:
        event.stop()
        self.field.placeholder = _HINTS[self.mode]
        self.look_soon()
        self.post_message(self.Changed())

    @on(Cycle.Changed, "#fill")
    def _fill_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        self.look_soon()
        self.post_message(self.Changed())

    @on(Input.Changed, "#payload")
    def _line_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._text_changed()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._text_changed()

    def _text_changed(self) -> None:
        if self._put and not self.text:
            self._restore()
        self.look_soon()
        self.post_message(self.Changed())

    @on(Input.Submitted, "#payload")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())

    @on(SendInput.BlockPasted)
    async def _pasted_on_line(self, event: SendInput.BlockPasted) -> None:
        event.stop()
        await self._paste(event.text)

    @on(SendInput.LinesWritten)
    async def _lines_written(self, event: SendInput.LinesWritten) -> None:
        event.stop()
        await self.turn_to_lines(True)
        self._write(event.text)

    async def on_block_area_block_pasted(self, event: BlockArea.BlockPasted) -> None:
        event.stop()
        await self._paste(event.text)

    async def _paste(self, text: str) -> None:
        """Take a block as it is; one of several lines opens the editor for them."""
        if len(text) > PASTED:
            told = f"{len(text):,} characters are too many to type: send them as a file."
            self.app.notify(told, severity="warning", markup=False)
            return
        before, after = self.editor_parts
        several = self.mode in TEXTS and len(text.splitlines()) > 1
        if several and not self.is_block:
            self._write("")
            await self.turn_to_lines(True)
        pasted = paste(text, before, after, self.mode, lines=self.is_block)
        ending = self.typed.ending
        if pasted.mode is InputMode.RAW and not (before or after) and text.endswith(("\n", "\r")):
            ending = LineEnding.NONE  # it has its own
        self._manner.bring(Typed("", pasted.mode, ending, self.typed.kind))
        first, last = (
            Typed(pasted.before + pasted.text, pasted.mode),
            Typed(pasted.after, pasted.mode),
        )
        if self.is_block:
            first, last = first.on_lines(), last.on_lines()
        self._write(first.text, last.text)

    def on_block_area_left_at(self, event: BlockArea.LeftAt) -> None:
        event.stop()
        self.action_recall(event.by)

    def action_recall(self, by: int) -> None:
        """Step through what was sent; what was being typed comes after the newest."""
        typed = self.sent.step(by, self.typed)
        if typed is not None:
            self.put(typed)

    # what becomes of fields

    def look_soon(self) -> None:
        """Tell, once nobody is typing, what becomes of fields in what is typed."""
        note = self.query_one(FillNote)
        braces = self.typed.has_braces
        note.set_class(braces, "-shown")
        if self._pause is not None:
            self._pause.stop()
        if braces:
            self._pause = self.set_timer(_PAUSE, self._look)

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        await asyncio.to_thread(self.environments.refresh)
        self.query_one(FillNote).show(self.typed, self.environments)
