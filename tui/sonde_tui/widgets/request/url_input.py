"""A field for a URL, whose secrets are stars while nobody writes in it."""

from __future__ import annotations

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip

from sonde_core.safetext import line
from sonde_core.secrets import mask_url

from ..line_input import LineInput


class UrlInput(LineInput):
    """Holds a URL as it was written; what is drawn of it may be less."""

    reveal: reactive[bool] = reactive(False)  # show secrets wherever the focus is

    def render_line(self, y: int) -> Strip:
        if y or self.has_focus or self.reveal:
            return super().render_line(y)
        masked = mask_url(self.value)
        if masked == self.value:
            return super().render_line(y)
        width = self.scrollable_content_region.width + 1
        # From its start: where the cursor is tells nothing while nobody writes.
        strip = Strip([Segment(line(masked))]).crop(0, width).extend_cell_length(width)
        return strip.apply_style(self.rich_style)
