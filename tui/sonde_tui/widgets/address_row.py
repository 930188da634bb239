"""A row of a field for an address, or for what goes with it, and choices behind it."""

from __future__ import annotations

from textual.containers import Horizontal


class AddressRow(Horizontal):
    """Gives the field all the room that its choices leave."""

    DEFAULT_CSS = """
    AddressRow { height: 1; }
    AddressRow Input { width: 1fr; }
    """
