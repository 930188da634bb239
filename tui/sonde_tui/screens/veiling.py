"""Screens over the tabs that show secrets, or stars in their place."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

# For a dialog, over which the keys of the app are not heard.
REVEAL: Final = Binding("ctrl+g", "app.reveal", "Secrets", id="reveal")


class Veiling:
    """For a screen: it hears when secrets are to be shown, or masked again."""

    def reveal_changed(self, *, reveal: bool) -> None:
        """Draw again; it may come before there is anything to draw."""
        raise NotImplementedError
