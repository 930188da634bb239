"""What the palette and the help offer: every action that has a key, where it works."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import ActiveBinding
from textual.screen import Screen

if TYPE_CHECKING:
    from .app import SondeApp


def of(app: SondeApp, screen: Screen[object]) -> Iterable[SystemCommand]:
    """Yield a command for each key that works now, and what has no key."""
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.description or binding.action in seen:
            continue
        seen.add(binding.action)
        run = partial(app.run_action, binding.action, default_namespace=active.node)
        yield SystemCommand(binding.description, _keys(app, active), run)
    yield SystemCommand(
        "Start the practice server", "HTTP, TCP, TLS and UDP to try things on", app.action_practice
    )


def helped(app: SondeApp) -> list[tuple[str, str]]:
    """Return `(key, what it does)` for every key that works now, in order."""
    rows: dict[str, tuple[list[str], str]] = {}
    for active in app.screen.active_bindings.values():
        binding = active.binding
        if binding.description:
            keys, _ = rows.setdefault(binding.action, ([], binding.description))
            keys.append(app.get_key_display(binding))
    return [(" ".join(dict.fromkeys(keys)), text) for keys, text in rows.values()]


def _keys(app: SondeApp, active: ActiveBinding) -> str:
    hint = active.tooltip or active.binding.tooltip
    return f"{app.get_key_display(active.binding)}  {hint}".strip()
