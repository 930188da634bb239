"""A field of one line."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input


class LineInput(Input, inherit_bindings=False):
    """An input without the keys to scroll up and down.

    It has no other line to go to, and in the footer and the help those keys would hide what up and
    down do in the widget around it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*Input.BINDINGS]
