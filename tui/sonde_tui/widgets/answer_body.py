"""The body of an answer, and what is picked out of it by a path."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.pick import is_json, pick_from
from sonde_core.pretty import INLINE

from .answer import Answer
from .body_source import body_of
from .body_view import BodyView
from .line_view import LineView
from .pick_bar import PickBar

PICKING: Final = "picking…"
NOT_JSON: Final = "not JSON, shown whole"
NOT_WHOLE: Final = "not all of it came; shown as it is"
# A large body is picked from in a process: it is not started for every letter that is typed.
_PAUSE: Final = 0.2


class AnswerBody(Vertical):
    """Shows the body of an answer, whole or what a path leads to; the path stays for the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Whole body", id="pick.leave"),
    ]

    DEFAULT_CSS = """
    AnswerBody { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answer = Answer()
        self._shown: Answer | None = None  # whose body is shown, whole or in part

    def compose(self) -> ComposeResult:
        yield PickBar()
        yield BodyView()

    @property
    def view(self) -> BodyView:
        """What shows it."""
        return self.query_one(BodyView)

    @property
    def rows(self) -> LineView:
        """What takes the focus."""
        return self.view.rows

    @property
    def bar(self) -> PickBar:
        """Where the path is typed."""
        return self.query_one(PickBar)

    def fill(self, answer: Answer) -> None:
        """Show an answer, or more of the one that is arriving."""
        if answer is not self._answer:
            # What is said of an earlier answer's body is not said of this one.
            self.workers.cancel_group(self, "pick")
            self.bar.tell(None)
        self._answer = answer
        if answer.response is None:
            self.view.say(answer.without_body())
        elif not answer.over:
            self.view.grow(answer.body, endless=answer.endless)
        elif path := self.bar.text:
            self._pick(path)
        else:
            self._show_whole()

    def at_hand(self) -> tuple[Body, str] | None:
        """Return the body that is shown, as received, or what was picked out of it."""
        body = self.view.body
        return (body, self.view.label or "body") if body.size else None

    def _show_whole(self) -> None:
        self._shown = self._answer
        self.view.show(self._answer.body)

    # picking

    def pick(self) -> None:
        """Ask for a path."""
        self.bar.open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Drop a pick only where there is one: while a body arrives, `escape` cancels."""
        return action != "leave" or (bool(self.bar.has_class("-open")) and self._answer.over)

    def action_leave(self) -> None:
        """Show the whole body again, from the body as from the field."""
        self.bar.action_leave()

    @on(PickBar.Typed)
    def _path_typed(self, message: PickBar.Typed) -> None:
        message.stop()
        self._pick(message.text)

    @on(PickBar.Left)
    def _path_left(self, message: PickBar.Left) -> None:
        message.stop()
        if not message.keep:
            self._pick("")
        self.screen.set_focus(self.rows)
        self.refresh_bindings()

    @work(group="pick", exclusive=True)
    async def _pick(self, path: str) -> None:
        """Show what a path leads to; without one the whole body."""
        answer = self._answer
        if answer.response is None or not answer.over:
            return
        if not path:
            self.bar.tell(None)
            self._show_whole()
            return
        if word := _why_whole(answer.body):
            self.bar.say(word)
            self._show_whole_once()
            return
        if answer.body.size > INLINE:
            self.bar.say(PICKING)
            await asyncio.sleep(_PAUSE)
        found, error = await _picked(answer.body, path)
        if answer is not self._answer:
            return
        self.bar.tell(error)
        if found is None:
            self._show_whole_once()
            return
        self._shown = answer
        self.view.show(found, label=f"picked {path}")

    def _show_whole_once(self) -> None:
        """Show the whole body in the place of what was picked from another answer."""
        if self._shown is not self._answer:
            self._show_whole()


def _why_whole(body: Body) -> str:
    """Say why nothing can be picked from a body; empty when something can."""
    try:
        if not is_json(body):
            return NOT_JSON
    except BodyError:
        return ""  # picking tells
    return NOT_WHOLE if body.complete is False else ""


async def _picked(body: Body, path: str) -> tuple[Body | None, BodyError | None]:
    try:
        return await asyncio.to_thread(body_of, await pick_from(body, path)), None
    except BodyError as error:
        return None, error
