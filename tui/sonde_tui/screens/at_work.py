"""What screens of work that takes its time share: it is stopped, left, and begun anew."""

from __future__ import annotations

from sonde_core.safetext import line

from ..compositor import FrontScreen
from ..messages import EntryAsked
from ..widgets.offers import Offers
from .copying import Copying


class AtWorkScreen(FrontScreen[None], Copying, Offers):
    """Shows work that goes on, in a worker of the app, when the screen is left.

    Attributes:
        running: Whether it is under way.
    """

    running = False

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        raise NotImplementedError

    def stop(self) -> None:
        """Tell it to stop."""
        raise NotImplementedError

    def begin_anew(self) -> None:
        """Do the same once more."""
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        return action != "again" or not self.running

    def action_again(self) -> None:
        if self.running:
            self.remark("It is still under way; escape stops it.")
        else:
            self.begin_anew()

    def action_leave(self) -> None:
        """Stop what is under way; go back when nothing is, or when it was stopped already."""
        if self.running and not self.stopped:
            self.stop()
        else:
            self.dismiss(None)

    def go_to_entry(self, entry_id: str) -> None:
        """Stop, leave all screens, and show an entry in the history."""
        app = self.app
        self.stop()
        while len(app.screen_stack) > 1:
            app.pop_screen()
        app.post_message(EntryAsked(entry_id))

    def remark(self, text: str) -> None:
        """Say why a key did nothing."""
        self.notify(line(text), severity="warning", timeout=4, markup=False)
