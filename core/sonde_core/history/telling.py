"""What a person is told about the history's files, each thing once."""

from __future__ import annotations

from pathlib import Path

from ..errors import HistoryError, SondeError
from .troubles import unwritable, words


class Telling:
    """What is well and what is not, for one history.

    Attributes:
        saving: False while the file cannot be written.
        trouble: Why that is so, or why an entry is in memory only; empty while all is well.
        unreadable: Why the file's entries cannot be shown; empty if they can.
        warnings: Sentences for a person who stays, oldest first; it only grows.
        findings: Those of them that are about what is in the file, not about saving to it.
    """

    def __init__(self, path: Path) -> None:
        self.warnings: list[str] = []
        self.findings: list[str] = []
        self.saving = True
        self.trouble = ""
        self.unreadable = ""
        self._path = path
        self._bad = 0

    def find(self, sentence: str) -> None:
        """Tell what was found in the file."""
        if sentence not in self.findings:
            self.findings.append(sentence)
            self.warnings.append(sentence)

    def warn(self, sentence: str) -> None:
        """Tell what is wrong."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def bad_lines(self, number: int) -> None:
        """Tell how many lines of the file could not be read."""
        if number and number != self._bad:
            self._bad = number
            lines = "1 line" if number == 1 else f"{number} lines"
            self.find(f"{lines} of {self._path.name} could not be read and were skipped.")

    def not_reading(self, error: OSError) -> None:
        """Tell that the file cannot be read."""
        self.unreadable = f"{self._path} cannot be read: {words(error)}."
        self.warn(self.unreadable)

    def not_fitting(self, error: SondeError) -> None:
        """Tell that an entry can be written nowhere."""
        self.trouble = error.message
        self.warn(f"An entry is kept in memory only: {error.message} {error.advice}".strip())

    def not_saving(self, problem: SondeError | OSError) -> None:
        """Tell that the file cannot be written."""
        error = unwritable(problem, self._path) if isinstance(problem, OSError) else problem
        self.trouble = f"{error.message} {error.advice}".strip()
        sentence = (
            f"The history is not being saved: {error.message} What happens is kept in memory until "
            f"it can be. {error.advice}"
        ).strip()
        if self.saving or sentence not in self.warnings:
            self.warnings.append(sentence)
        self.saving = False

    def now_saving(self) -> None:
        """Tell that the file can be written, if that was not so before."""
        self.trouble = ""
        if not self.saving:
            self.saving = True
            self.warnings.append("The history is being saved again.")

    def still_there(self, error: HistoryError) -> None:
        """Tell that what was deleted could not be removed."""
        self.find(f"Deleted entries are still in the file. {error.message}")
