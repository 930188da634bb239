"""The theme: taken from the settings, and kept there when another one is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde_core.safetext import line

if TYPE_CHECKING:
    from .app import SondeApp


def take(app: SondeApp) -> None:
    """Show the theme of the settings, if there is one of that name."""
    if app.services.config.theme in app.available_themes:
        app.theme = app.services.config.theme


def keep(app: SondeApp) -> None:
    """Write each theme that is chosen from now on into the settings."""

    def chosen(_: object) -> None:
        try:
            app.services.config.keep_theme(app.theme)
        except OSError as error:
            told = line(f"The theme could not be kept: {error.strerror}.")
            app.notify(told, severity="warning", markup=False)

    app.theme_changed_signal.subscribe(app, chosen)
