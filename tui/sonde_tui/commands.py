"""What the palette and the help offer: every action that has a key, where it works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.screen import Screen

from .asking import Asking

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
        "Compact the history", "rewrite its file without what was deleted", partial(_compact, app)
    )
    yield SystemCommand(
        "Rules of comparisons", "what is left out of them: look, delete", partial(_rules, app)
    )
    yield SystemCommand(
        "Forget secrets",
        "those that were told for replays; they are asked for again",
        partial(_forget, app),
    )
    yield SystemCommand(
        "Start the practice server", "HTTP, TCP, TLS, UDP and WebSocket to try", app.action_practice
    )
    # Textual's own writes into a folder for downloads that few servers have, over what is there.
    yield SystemCommand("Screenshot", "save the screen as a picture (SVG)", partial(_picture, app))


def _forget(app: SondeApp) -> None:
    asking = app.services.exchanger.ask
    if isinstance(asking, Asking):
        asking.forget()
        app.notify("Secrets are asked for again.", markup=False)


def _compact(app: SondeApp) -> None:
    from .screens.compact import CompactScreen

    app.push_screen(CompactScreen(app.services.history))


def _rules(app: SondeApp) -> None:
    from .screens.ignore_rules import IgnoreRulesScreen

    app.push_screen(IgnoreRulesScreen(app.services.config.path))


def _picture(app: SondeApp) -> None:
    from sonde_core.outlets.saving import Content, pieces_of

    from .giving import ask_where

    async def take() -> None:
        drawn = app.export_screenshot().encode("utf-8", "replace")
        content = Content("picture of the screen", pieces_of(drawn), "sonde.svg", len(drawn))
        await ask_where(app.tab, [content])

    app.call_after_refresh(take)  # the palette is still there


def helped(app: SondeApp) -> dict[str, list[tuple[str, str]]]:
    """Return `(key, what it does)` for every key that works now: ours, then Textual's."""
    bindings = [active.binding for active in app.screen.active_bindings.values()]
    ours = [each for each in bindings if each.id or each.action == "command_palette"]
    theirs = [each for each in bindings if each not in ours]
    rows = {"Keys that work here": _rows(app, ours), "Moving and editing": _rows(app, theirs)}
    places = app.practice.endpoints()
    return rows | {"Practice server": places} if places else rows


def _rows(app: SondeApp, bindings: Iterable[Binding]) -> list[tuple[str, str]]:
    rows: dict[str, tuple[list[str], str]] = {}
    for binding in bindings:
        if binding.description:
            keys, _ = rows.setdefault(binding.action, ([], binding.description))
            keys.append(app.get_key_display(binding))
    return [(" ".join(dict.fromkeys(keys)), text) for keys, text in rows.values()]


def _keys(app: SondeApp, active: ActiveBinding) -> str:
    hint = active.tooltip or active.binding.tooltip
    return f"{app.get_key_display(active.binding)}  {hint}".strip()


def doubts(app: SondeApp) -> Iterator[str]:
    """Say what the settings name that is not there; looks at all screens only if keys are set."""
    config = app.services.config
    if config.theme and config.theme not in app.available_themes:
        yield f"The settings name the theme {config.theme!r}, which is not there."
    if config.keys:
        unknown = sorted(set(config.keys) - action_ids())
        if unknown:
            yield f"The settings give keys to {', '.join(unknown)}, which no action is called."


@cache
def action_ids() -> frozenset[str]:
    """Return the id of every action that can be given another key."""
    for module in walk_packages([str(Path(__file__).parent)], f"{__package__}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found: set[str] = set()
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        node = waiting.pop()
        waiting += node.__subclasses__()
        if node.__module__.startswith(f"{__package__}."):
            bindings = node.__dict__.get("BINDINGS", ())
            found |= {each.id for each in bindings if isinstance(each, Binding) and each.id}
    return frozenset(found)
