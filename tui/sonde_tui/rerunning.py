"""From the keys of the History list to entries that are performed again, many or many times."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.history.summary import Summary
from sonde_core.safetext import line
from sonde_core.secrets import mask_url

from .key_order import held
from .services import Services

if TYPE_CHECKING:
    from textual.app import App

    from sonde_core.comparing.ignoring import IgnoreRules
    from sonde_core.replaying.choosing import Chosen
    from sonde_core.replaying.rerun import Manner


async def replay_marked(app: App[int], services: Services, entries: Sequence[Summary]) -> None:
    """Ask how, then perform marked entries, the oldest first: one after the other as a rule."""
    from sonde_core.replaying.choosing import Chosen
    from sonde_core.replaying.rerun import Manner

    ordered = Chosen(sorted(entries, key=lambda each: (each.time, each.id)))
    await _replay(app, services, ordered, Manner(1, ignore=await _rules(app, services)))


async def replay_listed(app: App[int], services: Services, entries: Sequence[Summary]) -> None:
    """Ask how, then perform all that are listed, but no replays of others and no clients."""
    from sonde_core.replaying.choosing import Chosen, performable
    from sonde_core.replaying.rerun import Manner, in_order

    able = performable(entries)
    chosen = Chosen(*in_order(able), clients=len(entries) - len(able))
    if not chosen.entries:
        text = "Only their clients can repeat these." if entries else "Nothing is listed."
        app.notify(text, severity="warning", timeout=4, markup=False)
        return
    await _replay(app, services, chosen, Manner(ignore=await _rules(app, services)))


async def _replay(app: App[int], services: Services, chosen: Chosen, usual: Manner) -> None:
    from .screens.replay_plan import ReplayPlanScreen
    from .screens.replay_results import ReplayResultsScreen

    plan = ReplayPlanScreen(chosen.entries, usual, left_out=chosen.left_out, clients=chosen.clients)
    manner = await app.push_screen_wait(plan)
    if manner is not None:
        app.push_screen(ReplayResultsScreen(services, chosen.entries, manner))


async def repeat(app: App[int], services: Services, summary: Summary) -> None:
    """Ask how often, then perform one entry so many times."""
    from sonde_core.replay import Changes

    from .screens.repeat import RepeatScreen
    from .screens.repetition import RepetitionScreen
    from .widgets.repeating import Plan

    title, what = "Replay repeatedly", line(f"{summary.method} {mask_url(summary.target)}".strip())
    usual = Plan(0.0, changes=Changes())
    plan = await app.push_screen_wait(RepeatScreen(what, usual, title=title, gapless=True))
    if plan is None:
        return
    try:
        with held(app):
            entry = await services.history.get(summary.id)
    except SondeError as error:
        app.notify(line(f"{error.message} {error.advice}"), severity="error", markup=False)
        return
    app.push_screen(RepetitionScreen(services, entry, plan, await _rules(app, services)))


async def _rules(app: App[int], services: Services) -> IgnoreRules:
    from sonde_core.comparing.ignoring import load_rules

    with held(app):
        return await asyncio.to_thread(load_rules, services.config.path.parent)
