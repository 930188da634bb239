"""The text of a field in the person's own editor, and back; what was received, to be read there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from textual.app import App
from textual.widget import Widget
from textual.widgets import Input

from .handing_over import hand_over
from .widgets.send_input import SendInput

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from sonde_core.outlets.saving import Content

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
        field: One of a single line takes the lines that come back as one; but what is sent to a
            session keeps them.
        suffix: Of the file, by which editors choose colours.

    Raises:
        RequestError: The terminal or the editor cannot do that; the field is as it was.
    """
    from sonde_core.outlets import editing

    before = field.value if isinstance(field, Input) else field.text
    after = await hand_over(
        app,
        lambda: editing.edit(before, suffix=suffix),
        to="an editor",
        hint="Write in the field itself.",
    )
    if after != before and field.is_attached:
        put(field, after)


async def look_outside(app: App[int], content: Content) -> None:
    """Show a copy of something in the editor, to be read: what becomes of the copy is let go.

    Raises:
        SondeError: It cannot be read or copied, or the terminal or the editor cannot do that.
    """
    from sonde_core.outlets.editing import Copy

    copy = await Copy.of(content)
    try:
        await hand_over(app, copy.show, to="an editor")
    finally:
        await copy.remove()


def put(field: TextField, text: str) -> None:
    """Write a text into a field; in a text area that can be undone."""
    if isinstance(field, SendInput):
        field.write(text)
    elif isinstance(field, Input):
        field.value = " ".join(text.splitlines())
        field.cursor_position = len(field.value)
    else:
        field.replace(text, (0, 0), field.document.end)
