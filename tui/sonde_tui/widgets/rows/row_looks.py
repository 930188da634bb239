"""How the parts of rows look, by their short names."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.scroll_view import ScrollView
from textual.style import Style as VisualStyle


class RowLooks(ScrollView):
    """Knows a style for each part of a row; see `Part`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-view--{part}"
        for part in (
            *("key", "string", "number", "constant", "punctuation", "tag", "attribute", "comment"),
            *("sent", "received", "event", "error", "time", "muted", "strong", "more", "cursor"),
        )
    }

    DEFAULT_CSS = """
    RowLooks {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        color: $foreground;
        & > .line-view--key { color: $text-primary; }
        & > .line-view--string { color: $text-success; }
        & > .line-view--number { color: $text-warning; }
        & > .line-view--constant { color: $text-accent; text-style: bold; }
        & > .line-view--punctuation { color: $text-muted; }
        & > .line-view--tag { color: $text-primary; }
        & > .line-view--attribute { color: $text-accent; }
        & > .line-view--comment { color: $text-muted; text-style: italic; }
        & > .line-view--sent { color: $text-accent; text-style: bold; }
        & > .line-view--received { color: $text-success; text-style: bold; }
        & > .line-view--event { color: $text-muted; text-style: italic; }
        & > .line-view--error { color: $text-error; text-style: bold; }
        & > .line-view--time { color: $text-muted; }
        & > .line-view--muted { color: $text-muted; }
        & > .line-view--strong { text-style: bold; }
        & > .line-view--more { color: $text-accent; text-style: bold; }
        & > .line-view--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .line-view--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        &:nocolor > .line-view--cursor { text-style: underline; }
        &:nocolor:focus > .line-view--cursor { text-style: reverse; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_by_name: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Forget what was drawn in another look; Textual's word."""
        super().notify_style_update()
        self._styles_by_name = {}

    def look(self, name: str) -> Style:
        """Return the style of a part of a row; see `Part`."""
        style = self._styles_by_name.get(name)
        if style is None:
            style = self._styles_by_name[name] = self._look(name)
        return style

    def _look(self, name: str) -> Style:
        if not name:
            return self.rich_style
        if "$" in name or " " in name:
            return (self.visual_style + VisualStyle.parse(name)).rich_style
        part = name if "--" in name else f"line-view--{name}"
        style = self.get_visual_style(part).rich_style
        reverse = self.get_component_styles(part).text_style.reverse
        return style + Style(reverse=True) if reverse else style
