"""The text of a field in the person's own editor, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from textual.app import App, SuspendNotSupported
from textual.widget import Widget
from textual.widgets import Input

from sonde_core.errors import RequestError

if TYPE_CHECKING:
    from textual.widgets import TextArea

TextField: TypeAlias = "Input | TextArea"


def text_field_of(widget: Widget | None) -> TextField | None:
    """Return the widget if a person can write in it."""
    if isinstance(widget, Input):
        return widget
    from textual.widgets import TextArea  # slow to import, and seldom needed

    return widget if isinstance(widget, TextArea) and not widget.read_only else None


async def edit_outside(app: App[int], field: TextField, *, suffix: str) -> None:
    """Hand the terminal to the editor, and put what it saved into the field.

    Args:
        app: Gives up the terminal meanwhile; what is under way goes on, undrawn.
        field: One of a single line takes the lines that come back as one.
        suffix: Of the file, by which editors choose colours.

    Raises:
        RequestError: The terminal or the editor cannot do that; the field is as it was.
    """
    from sonde_core import editing

    before = after = field.value if isinstance(field, Input) else field.text
    failure: RequestError | None = None
    try:
        # The batch keeps what is drawn meanwhile off the editor's screen.
        with app.batch_update(), app.suspend():
            # Textual takes the terminal back only when nothing is raised in here.
            try:
                after = await editing.edit(before, suffix=suffix)
            except RequestError as error:
                failure = error
    except SuspendNotSupported as error:
        raise RequestError(
            "This terminal cannot be handed to an editor.", hint="Write in the field itself."
        ) from error
    finally:
        app.refresh(layout=True)
    if failure is not None:
        raise failure
    if after != before and field.is_attached:
        put(field, after)


def put(field: TextField, text: str) -> None:
    """Write a text into a field; in a text area that can be undone."""
    if isinstance(field, Input):
        field.value = " ".join(text.splitlines())
        field.cursor_position = len(field.value)
    else:
        field.replace(text, (0, 0), field.document.end)
