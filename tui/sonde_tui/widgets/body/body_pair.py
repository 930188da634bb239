"""A view of the whole body, and one of what a filter leaves of it; one of them is seen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from ..answer.answer import Answer
from ..mounting import made_once
from .body_view import BodyView


class BodyPair(Vertical):
    """Shows one of two bodies: the whole one keeps its readable form and the place in it."""

    DEFAULT_CSS = """
    BodyPair { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._left: BodyView | None = None  # it is made when it is first wanted
        self._whole_of: Answer | None = None  # all of its body is in the view of whole bodies
        self._grows = False  # what is in that view is still arriving

    def compose(self) -> ComposeResult:
        yield BodyView(id="whole-body")

    @property
    def view(self) -> BodyView:
        """What is seen."""
        return self._left if self._left is not None and self._left.display else self.whole

    @property
    def whole(self) -> BodyView:
        """What shows whole bodies."""
        return self.query_one("#whole-body", BodyView)

    @property
    def shows_whole(self) -> bool:
        """Whether the whole body is seen."""
        return self.view is self.whole

    def say(self, text: str) -> None:
        """Show words in the place of both."""
        self._bring(self.whole)
        self.whole.say(text)
        self._whole_of, self._grows = None, False

    def show_whole(self, answer: Answer) -> None:
        """Show the body of an answer, or more of the one that is arriving."""
        self._bring(self.whole)
        if not answer.over:
            self.whole.grow(answer.body, endless=answer.endless)
            self._grows = True
        elif self._whole_of is not answer:
            self._fill_whole(answer)

    def end_whole(self, answer: Answer) -> None:
        """Give the view of whole bodies the rest of what arrived in it, though it is not seen."""
        if self._grows:
            self._fill_whole(answer)

    async def begin_left(self) -> BodyView:
        """Show what is for the rest that a filter leaves; it takes another body next."""
        view = await made_once(self, BodyView, "filtered-body", BodyView)
        if self._left is None:
            self._left = view
            self._bring(view)
            await view.wait_for_refresh()  # an end is followed in a room whose height is known
        self._bring(view)
        view.forget()
        return view

    def _fill_whole(self, answer: Answer) -> None:
        self.whole.show(answer.body)
        self._whole_of, self._grows = answer, False

    def _bring(self, view: BodyView) -> None:
        """Show one view in the place of the other, in the same mode."""
        before = self.view
        if view is before:
            return
        entered = before.has_focus_within
        view.display, before.display = True, False
        if view.mode != before.mode:
            view.choose(before.mode)
        if entered:
            self.screen.set_focus(view.rows)
