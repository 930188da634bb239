"""Messages that pass by, and never stop the app."""

from __future__ import annotations

from time import time
from typing import Final

from textual.app import App, ReturnType
from textual.notifications import Notification, Notify, SeverityLevel

_SHORTEST: Final = 0.001  # seconds


class Notice(Notification):
    """A message that is seen for a moment at least, wherever it is drawn.

    Textual looks whether its time is over, and then asks again how much is left: if the time ends
    between the two, a timer gets a negative interval and runs for ever, with all else waiting.
    """

    @property
    def time_left(self) -> float:
        return max(super().time_left, _SHORTEST)

    @property
    def has_expired(self) -> bool:
        return self.raised_at + self.timeout <= time()


class NoticeApp(App[ReturnType]):
    """An app whose messages are notices."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Notice(message, title, severity, seconds, markup=markup)))
