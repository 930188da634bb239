"""The editor for a listener's rules, one a line."""

from __future__ import annotations

from typing import Final

from textual import on

from .block_area import BlockArea

PASTED: Final = 200_000  # characters; Textual's editor takes 2 s for a million


class RuleArea(BlockArea):
    """Takes what is pasted as it is."""

    DEFAULT_CSS = """
    RuleArea { height: 8; min-height: 3; max-height: 30vh; }
    RuleArea.-wrong { border-left: outer $error; }
    """

    @on(BlockArea.BlockPasted)
    def _pasted(self, event: BlockArea.BlockPasted) -> None:
        event.stop()
        if len(event.text) + len(self.text) > PASTED:
            told = f"{len(event.text):,} characters are too many for rules."
            self.app.notify(told, severity="warning", markup=False)
            return
        self.replace(event.text.replace("\r\n", "\n"), *self.selection)
