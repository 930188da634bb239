"""What is going on, in one line, and what went wrong, in two that stay."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sonde_core.model import Exchange, Outcome, Problem
from sonde_core.safetext import SafeText, line
from sonde_core.words import short_line

_SIGNS = {"-failed": "✗", "-done": "✓", "-running": "…"}


class StatusLine(Widget):
    """One line for the stage of what runs, then for its outcome.

    What is idle says what to do, and takes as many lines as that needs.
    """

    DEFAULT_CSS = """
    StatusLine {
        height: 1; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    StatusLine.-wraps { height: auto; min-height: 1; max-height: 3; text-wrap: wrap; }
    StatusLine.-running { color: $text-accent; }
    StatusLine.-done { color: $text-success; }
    StatusLine.-failed { color: $text-error; text-style: bold; }
    """

    text: reactive[str] = reactive("")

    def __init__(self, text: str = "", *, wraps: bool = False, id: str | None = None) -> None:
        """Say something for a start; `wraps` lets all that follows take more than one line."""
        super().__init__(id=id, classes="-wraps")
        self._wraps = wraps
        self.set_reactive(StatusLine.text, line(text))

    @property
    def room(self) -> int:
        """Columns that there are for the text of what runs."""
        return self.size.width - 2  # its sign

    def render(self) -> Content:
        sign = next((sign for name, sign in _SIGNS.items() if self.has_class(name)), "")
        return Content(f"{sign} {self.text}".lstrip())

    def validate_text(self, text: str) -> SafeText:
        return line(text)

    def show_running(self, text: str) -> None:
        """Tell the stage of what runs."""
        self._show("-running", text)

    def show_outcome(self, exchange: Exchange) -> None:
        """Tell what came of an exchange; an answer of 400 or more is no success either.

        Its problem belongs into a `ProblemPanel`, which has room for the sentence.
        """
        response = exchange.response
        failed = exchange.outcome is not Outcome.DONE or (response and response.status >= 400)
        self._show("-failed" if failed else "-done", short_line(exchange))

    def show_idle(self, text: str = "") -> None:
        """Tell something that is neither under way nor over."""
        self._show("", text)

    def _show(self, state: str, text: str) -> None:
        told = line(text)
        before = next((name for name in _SIGNS if self.has_class(name)), "")
        if (told, state) == (self.text, before):
            return  # to lay out all of the screen anew for nothing takes long
        for name in _SIGNS:
            self.set_class(name == state, name)
        self.set_class(self._wraps or not state, "-wraps")
        self.text = told
        self.refresh(layout=self.has_class("-wraps"))


class ProblemPanel(Widget):
    """A problem and its hint, a line each; it stays until it is taken away."""

    DEFAULT_CSS = """
    ProblemPanel {
        height: auto; max-height: 6; display: none; padding: 0 1;
        border-left: outer $error; background: $error-muted; color: $text;
    }
    ProblemPanel.-failed { display: block; }
    """

    problem: reactive[Problem | None] = reactive(None, layout=True)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)

    def render(self) -> Content:
        problem = self.problem
        if problem is None:
            return Content("")
        lines = [Content.styled(line(problem.text), "bold $text-error")]
        if problem.hint:
            lines.append(Content(line(problem.hint)))
        return Content("\n").join(lines)

    def watch_problem(self, problem: Problem | None) -> None:
        self.set_class(problem is not None, "-failed")
