"""The body of an answer, and what a filter leaves of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.filtering import Filtered, Filtering, Form, form_of

from ..body.body_pair import BodyPair
from ..body.body_view import BodyView
from ..rows.line_view import LineView
from .answer import Answer
from .pick_bar import PickBar

FILTERING: Final = "filtering… · escape cancels"
NOT_TEXT: Final = "not text, shown whole"
NOT_JSON: Final = "not JSON, shown whole; / and a text keeps the lines with it"
NOT_WHOLE: Final = "not all of it came; shown as it is"
NOT_YET: Final = "filtered when all of it is here"
NOTHING: Final = "Nothing comes through the filter."
EMPTY_TEXT: Final = "What the filter gives is an empty text."
NOTHING_YET: Final = "Nothing came through the filter yet."
# What takes less is not announced: the words would come and go with every key.
_UNTOLD: Final = 0.15


class AnswerBody(Vertical):
    """Shows the body of an answer, whole or filtered; the filter stays for the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Whole body", id="pick.leave"),
    ]

    DEFAULT_CSS = """
    AnswerBody { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answer = Answer()
        self._filtering: Filtering | None = None
        self._shown: Answer | None = None  # whose body is shown, whole or filtered
        self._ending: list[Filtering] = []
        self._text = ""  # by which it is filtered, or was tried to be
        self._failed = False
        self._untold: Timer | None = None  # it runs while nothing is said of a new expression
        self._waits = False  # what arrives can only be filtered when all of it is here

    def compose(self) -> ComposeResult:
        yield PickBar()
        yield BodyPair()

    @property
    def view(self) -> BodyView:
        """What shows it."""
        return self._pair.view

    @property
    def _pair(self) -> BodyPair:
        return self.query_one(BodyPair)

    @property
    def rows(self) -> LineView:
        """What takes the focus."""
        return self.view.rows

    @property
    def bar(self) -> PickBar:
        """Where the expression is typed."""
        return self.query_one(PickBar)

    def fill(self, answer: Answer) -> None:
        """Show an answer, or more of the one that is arriving."""
        if answer is not self._answer:
            self._take_over(answer)
        if answer.response is None:
            self._pair.say(answer.without_body())
            return
        if answer.over:
            self._pair.end_whole(answer)
        if not self.bar.text or (self._waits and not answer.over):
            self._show_whole()
        elif self._filtering is not None and self.bar.text == self._text:
            self._grow(self._filtering)
        else:
            self._filter(self.bar.text)

    def at_hand(self) -> tuple[Body, str] | None:
        """Return the body that is shown, as received, or what the filter left of it."""
        body = self.view.body
        return (body, self.view.label or "body") if body.size else None

    def _take_over(self, answer: Answer) -> None:
        """Go on with what is known of the same answer now, or begin with another one."""
        before, self._answer = self._answer, answer
        if self._filtering is not None and self._goes_on(self._filtering):
            self._shown = answer if self._shown is before else None
            return
        self._stop()
        # What is said of an earlier answer's body is not said of this one.
        self.bar.tell(None)

    def _show_whole(self) -> None:
        self._shown = self._answer
        self._pair.show_whole(self._answer)

    def _show_whole_once(self) -> None:
        """Show the whole body in the place of what is shown of another answer."""
        if self._shown is not self._answer:
            self._show_whole()

    # the field

    def pick(self) -> None:
        """Ask for an expression."""
        self.bar.open()
        self._warm()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Drop a filter only where there is one: while a body arrives, `escape` cancels."""
        return action != "leave" or (bool(self.bar.has_class("-open")) and self._answer.over)

    def action_leave(self) -> None:
        """Show the whole body again, from the body as from the field."""
        self.bar.action_leave()

    @on(PickBar.Typed)
    def _expression_typed(self, message: PickBar.Typed) -> None:
        message.stop()
        self._waits = False
        self._filter(message.text)

    @on(PickBar.Left)
    def _field_left(self, message: PickBar.Left) -> None:
        message.stop()
        if not message.keep:
            self._stop()
            self.bar.tell(None)
            if self._answer.response is not None:
                self._show_whole()
        elif self._filtering is not None and not self._at_work:
            self._close(self._filtering)
        self.screen.set_focus(self.rows)
        self.refresh_bindings()

    # filtering

    @work(group="warm", exclusive=True)
    async def _warm(self) -> None:
        """Start what filters a large body before anything is typed."""
        with suppress(BodyError):  # the first expression tells
            found = await self._prepared("")
            if isinstance(found, Filtering):
                await found.warm()

    @work(group="filter", exclusive=True)
    async def _filter(self, text: str) -> None:
        """Show what an expression gives; without one the whole body."""
        self._text, self._failed = text, False
        if self._answer.response is None:
            return
        if not text:
            self.bar.tell(None)
            self._show_whole()
            return
        self._untold = announced = self.set_timer(_UNTOLD, self._announce)
        try:
            await self._apply(text)
        except BodyError as error:
            self._failed, self._untold = True, None
            self.bar.tell(error)
            self._show_whole_once()
        finally:
            announced.stop()
            if self._untold is announced:
                self._untold = None

    def _announce(self) -> None:
        """Say that it takes a while, unless something was told meanwhile."""
        if self._untold is not None:
            self.bar.say(FILTERING)

    async def _apply(self, text: str) -> None:
        """Show what comes of an expression; raises BodyError."""
        found = await self._prepared(text)
        if isinstance(found, str):
            self._untold = None
            self._waits = bool(found) and not self._answer.over
            self.bar.say(found)
            self._show_whole_once()
            return
        begun = False
        async with aclosing(found.results(text)) as results:
            async for told in results:
                begun = await self._take(text, told, begun=begun)
        if not self.bar.has_focus_within:
            await found.close()

    async def _prepared(self, text: str) -> Filtering | str:
        """Return what filters the body, or say why it is shown whole; raises BodyError."""
        answer = self._answer
        body = answer.body
        if self._filtering is not None and self._filtering.form != "text":
            return self._filtering
        if not body.size and not answer.over:
            return ""
        form = await asyncio.to_thread(form_of, body)
        if word := _why_whole(form, answer, text):
            return word
        if self._filtering is None:
            charset = self._pair.whole.charset
            self._filtering = Filtering(body, form, arriving=not answer.over, charset=charset)
        return self._filtering

    async def _take(self, text: str, told: Filtered, *, begun: bool) -> bool:
        """Show what came through so far; return whether anything is shown of it."""
        self._untold = None
        self._tell(told)
        if told.counts and not told.matched and not (told.done and told.selects):
            if told.done:
                self._show_whole_once()
            elif self._shown is not self._answer:
                (await self._pair.begin_left()).say(NOTHING_YET)
            return begun
        view = self.view if begun else await self._pair.begin_left()
        self._shown = self._answer
        label = f"filtered {text}"
        if told.counts and not told.matched:
            view.say(NOTHING)
        elif told.done and not told.body.size:
            view.say(EMPTY_TEXT)
        elif told.done:
            view.show(told.body, label=label)
        else:
            view.grow(told.body, label=label, follow=not self._answer.over)
        return True

    def _tell(self, told: Filtered) -> None:
        """Say how much came through."""
        words = told.counts
        if not told.done and self._answer.over:
            words += f" · {FILTERING}"
        elif told.hint:
            words = " · ".join(filter(None, (words, told.hint)))
        self.bar.say(words, failed=bool(told.done and told.hint))

    def _grow(self, filtering: Filtering) -> None:
        """Hand on what came since."""
        answer = self._answer
        try:
            filtering.grow(answer.body, arriving=not answer.over)
        except BodyError as error:
            self.bar.tell(error)
        if self._failed and self._pair.shows_whole:
            self._show_whole()

    def _goes_on(self, filtering: Filtering) -> bool:
        answer = self._answer
        try:
            return answer.response is not None and filtering.goes_on(answer.body)
        except BodyError:
            return False

    @property
    def _at_work(self) -> bool:
        mine = (worker for worker in self.workers if worker.node is self)
        return any(worker.group == "filter" and not worker.is_finished for worker in mine)

    def _stop(self) -> None:
        """Filter no more; what is shown stays."""
        for group in ("warm", "filter"):
            self.workers.cancel_group(self, group)
        filtering, self._filtering = self._filtering, None
        self._waits, self._text = False, ""
        if filtering is not None:
            self._close(filtering)

    @work(group="close")
    async def _close(self, filtering: Filtering) -> None:
        self._ending.append(filtering)
        await filtering.close()
        self._ending.remove(filtering)

    async def on_unmount(self) -> None:
        filtering = [self._filtering] if self._filtering is not None else []
        for each in [*filtering, *self._ending]:
            await each.close()


def _why_whole(form: Form, answer: Answer, text: str) -> str:
    """Say why a body cannot be filtered; empty when it can."""
    if not form:
        return NOT_TEXT
    if form == "text" and not text.startswith("/"):
        return NOT_JSON
    if form != "document":
        return ""
    if not answer.over:
        return NOT_YET
    body = answer.body
    return NOT_WHOLE if body.complete is False or body.stored < body.size else ""
