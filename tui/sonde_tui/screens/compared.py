"""Two entries side by side: what a comparison of them is asked for, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sonde_core.comparing.ignoring import IGNORED_BY_DEFAULT, load_rules
from sonde_core.difference import Difference, compare_apart
from sonde_core.formats.listing import difference_json
from sonde_core.history.entry import Entry
from sonde_core.left_out import comparable
from sonde_core.model import Exchange
from sonde_core.safetext import SafeText, join, line
from sonde_core.script.results import StepResult
from sonde_core.words import status_line

from ..services import Services
from .copying import LaterText

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content
    from sonde_core.replay import Replay
    from sonde_core.replaying.verdict import Grounds


@dataclass(frozen=True, slots=True)
class Compared:
    """Two entries to be compared.

    Attributes:
        steps: What came of each step, where a session was performed again.
        ignored: What the comparison leaves out besides what the rules name.
        grounds: What the verdict on a replay rests on, too.
    """

    before: Entry
    after: Entry
    steps: tuple[StepResult, ...] = ()
    ignored: tuple[str, ...] = IGNORED_BY_DEFAULT
    grounds: Grounds | None = None

    @classmethod
    def of_replay(cls, before: Entry, done: Replay) -> Compared:
        return cls(before, done.entry, done.steps, done.ignored, done.grounds)

    @property
    def target(self) -> str:
        """The URL or address whose rules hold."""
        return self.after.exchange.target

    async def shown(
        self,
        config: Path,
        *,
        besides: tuple[str, ...] = (),
        reveal: bool = False,
        on_progress: Callable[[str], None] | None = None,
    ) -> Shown:
        """Compare; it may take long, and ends at once when it is cancelled.

        Args:
            config: The rules stand beside this file.
            besides: What is left out, too.
            reveal: Show secrets.
            on_progress: Told in a few words how far it is; called in another thread.

        Raises:
            RequestError: One of the places is none.
        """
        rules = await asyncio.to_thread(load_rules, config.parent)
        places = (*rules.for_endpoint(self.target), *self.ignored, *besides)
        before, after = await comparable(self.before, self.after)
        difference = await compare_apart(
            before,
            after,
            ignore=tuple(dict.fromkeys(places)),
            reveal=reveal,
            on_progress=on_progress,
        )
        steps = self.steps
        if steps and not reveal:
            from sonde_core.formats.masked_results import mask_results

            steps = await asyncio.to_thread(mask_results, steps, self.after.exchange)
        told = self.grounds.told(difference) if self.grounds else difference.summary
        return Shown(difference, told, steps, rules.warning)


@dataclass(frozen=True, slots=True)
class Shown:
    """What differs and what came of the steps, as they are shown.

    Attributes:
        told: How it went, in one sentence.
        warning: What of the rules was not understood; empty for nothing.
    """

    difference: Difference
    told: SafeText
    steps: tuple[StepResult, ...] = ()
    warning: str = ""


async def difference_now(services: Services, before_id: str, after_id: str) -> Difference:
    """Return what differs between an entry and its replay by the rules that hold now.

    Those for the address of the one hold for the other, as when it was performed.

    Raises:
        NotFoundError: One of them is not there any more.
        HistoryError: One of them cannot be read.
        BodyError: Likewise.
        RequestError: A rule names a place that is none.
    """
    config = services.config.path
    before, after = [await services.history.get(each) for each in (before_id, after_id)]
    rules = await asyncio.to_thread(load_rules, config.parent)
    own = rules.for_endpoint(before.exchange.target)
    return (await Compared(before, after, ignored=own).shown(config)).difference


def contents_of(difference: Difference, text: LaterText) -> list[Content]:
    """Return what can be saved of a difference."""
    from sonde_core.outlets.saving import Content

    return [
        Content("the difference as text", text.slices, "difference.txt"),
        Content("the difference as JSON", as_json(difference).slices, "difference.json"),
    ]


def as_json(difference: Difference) -> LaterText:
    """Return what differs as one JSON object, as it is copied and saved."""
    return LaterText(lambda: difference_json(difference), end="")


def outcome_line(exchange: Exchange) -> SafeText:
    """Return how an exchange ended, and when it was."""
    when = exchange.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return join([status_line(exchange), line(when)], " · ")


def step_lines(steps: Sequence[StepResult], width: int) -> list[SafeText]:
    """Return a line for each step, and an empty one behind them."""
    if not steps:
        return []
    from ..widgets import step_rows

    return [*step_rows.step_lines(steps, width), line("")]
