"""One line that says what is otherwise than usual; it is there only where something is."""

from __future__ import annotations

from textual.widgets import Static

from sonde_core.safetext import line


class Unusual(Static):
    """Names what differs, and the key that changes it."""

    DEFAULT_CSS = """
    Unusual {
        height: 1; padding: 0 1; color: $text-warning; display: none;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    Unusual.-shown { display: block; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__("", markup=False, id=id)

    def tell(self, text: str) -> None:
        """Say it; nothing hides the line."""
        self.set_class(bool(text), "-shown")
        self.update(line(f"{text} · O changes it"))
