"""Takes what differs: the first changes are listed, all of them are counted up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..words import count
from .change import Change
from .watch import Watch

# So many changes of one sort are listed; the rest is counted, and above the second not even that.
LISTED: Final = 1000
COUNTED: Final = 10_000
# So many facts of one sort are told.
FACTS: Final = 20


@dataclass(slots=True)
class Findings:
    """What a comparison has found out so far.

    Attributes:
        changes: The first ones of each sort.
        ignored: The first ones of what differs and is left out.
        facts: The first ones of what is told and makes no difference.
        notes: Sentences about how it was compared.
        told: How many by words for the summary, or by noun and rest of a count.
        sorts: How many facts of each sort.
        left_out: How many differ and are left out.
    """

    changes: list[Change] = field(default_factory=list)
    ignored: list[Change] = field(default_factory=list)
    facts: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    sorts: dict[str, int] = field(default_factory=dict)
    left_out: int = 0

    def copy(self) -> Findings:
        """Return the same, to go back to."""
        changes, ignored, facts = [*self.changes], [*self.ignored], [*self.facts]
        told, sorts = {**self.told}, {**self.sorts}
        return Findings(changes, ignored, facts, [*self.notes], told, sorts, self.left_out)

    def add(self, more: Findings) -> None:
        """Take what was found out elsewhere, of other things."""
        self.changes += more.changes
        self.ignored = [*self.ignored, *more.ignored][:LISTED]
        self.facts += more.facts
        self.notes += [each for each in more.notes if each not in self.notes]
        self.told.update(more.told)
        self.sorts.update(more.sorts)
        self.left_out += more.left_out


class Report:
    """Takes what differs; bounded, whatever is compared.

    Attributes:
        reveal: Secrets are shown; else that they differ is all that is told of them.
        watch: Whether to go on.
        found: What it took.
        given_up: Regular expressions that took too long; they leave nothing out any more.
        step: Of which step of a session what it takes is; empty for none.
    """

    def __init__(
        self,
        *,
        reveal: bool = False,
        watch: Watch | None = None,
        built_in: Mapping[str, str] | None = None,
    ) -> None:
        """Take nothing yet.

        Args:
            reveal: See the attribute.
            watch: See the attribute.
            built_in: Places that are left out though no rule of a person says so, and how that is
                told.
        """
        self.reveal = reveal
        self.watch = watch or Watch()
        self.found = Findings()
        self.given_up: list[str] = []
        self.step = ""
        self._built_in = built_in or {}
        self._without_rule: dict[str, int] = {}  # so many of those were left out

    def tell(self, words: str, change: Change, *, ignored: bool = False) -> None:
        """Take a change that the summary names in words of its own."""
        if ignored:
            self._ignore(change)
            return
        self.found.told[words] = 0
        self.found.changes.append(change)

    def add(
        self, noun: str, change: Change | Callable[[], Change], *, ignored: bool = False
    ) -> None:
        """Take one of many, such as a `header` or a `place in the body`; made if it is listed."""
        if ignored:
            self._ignore(change)
            return
        number = self.found.told[noun] = self.found.told.get(noun, 0) + 1
        if number <= LISTED:
            self.found.changes.append(self._made(change))

    def _made(self, change: Change | Callable[[], Change]) -> Change:
        made = change if isinstance(change, Change) else change()
        if not self.step:
            return made
        return replace(made, path=f"{self.step}, {made.path}" if made.path else self.step)

    def _ignore(self, change: Change | Callable[[], Change]) -> None:
        self.found.left_out += 1
        listed = self.found.left_out <= LISTED
        if not (listed or self._built_in):
            return
        made = self._made(change)
        if listed:
            self.found.ignored.append(made)
        place = f"{made.where}:{made.path.lower()}" if made.where == "header" else made.where
        if told := self._built_in.get(place):
            self._without_rule[told] = self._without_rule.get(told, 0) + 1

    def fact(self, sort: str, change: Change) -> None:
        """Take what is told and makes no difference, as one of a sort such as `time of a step`."""
        number = self.found.sorts[sort] = self.found.sorts.get(sort, 0) + 1
        if number <= FACTS:
            self.found.facts.append(change)

    def note(self, sentence: str) -> None:
        """Take a sentence about how it was compared."""
        if sentence not in self.found.notes:
            self.found.notes.append(sentence)

    def give_up(self, pattern: str) -> None:
        """Take a regular expression that took too long."""
        self.given_up.append(pattern)
        self.note(f"{pattern} took too long and was given up: it left nothing out.")

    def unfinished(self, what: str) -> None:
        """Take what was not compared, since the time was over."""
        note = f"not compared: {self.watch.limit} were over"
        self.tell(f"{what} (not compared in time)", Change("body", "", note=note))
        self.note(f"After {self.watch.limit} {what}, was not compared.")

    def full(self, noun: str) -> bool:
        """Whether it is enough: looking for more would only cost time; raises StoppedError."""
        self.watch.check()
        return self.found.told.get(noun, 0) >= COUNTED

    @property
    def changes(self) -> list[Change]:
        return self.found.changes

    @property
    def parts(self) -> list[str]:
        """What differs, in a few words each, for the summary."""
        return [
            self._counted(words, number) if number else words
            for words, number in self.found.told.items()
        ]

    @property
    def unlisted(self) -> list[str]:
        """What is counted and not listed, in words."""
        found = [
            f"{self._counted(noun, number)} in all, {LISTED:,} of them listed"
            for noun, number in self.found.told.items()
            if number > LISTED
        ]
        found += [
            f"{self._counted(sort, number)} in all, {FACTS} of them told"
            for sort, number in self.found.sorts.items()
            if number > FACTS
        ]
        found += [f"left out: {told}" for told in self._without_rule]
        if ruled := self.found.left_out - sum(self._without_rule.values()):
            listed = f", {LISTED:,} of them listed" if ruled > LISTED else ""
            found.append(f"{count(ruled, 'change')} left out by rules{listed}")
        return found

    def _counted(self, words: str, number: int) -> str:
        noun, space, rest = words.partition(" ")
        many = number >= COUNTED
        number_of = f"{COUNTED:,} or more {noun}s" if many else count(number, noun)
        return f"{number_of}{space}{rest}"
