"""What a person looks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..errors import SondeError

Case: TypeAlias = Literal["smart", "exact", "ignore"]
CASES: Final[tuple[Case, ...]] = ("smart", "exact", "ignore")

# What stands for a class or a character in a pattern, so that its letters have no case: `\S`.
_ESCAPES: Final = re.compile(r"\\(?:[pPN]\{[^}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_NAMES: Final = re.compile(r"\(\?P[<=>][^)>]*[)>]?|\[\[?:\^?\w+:\]?\]?")
# What asks for a case itself, so that both of them would not be what it says.
_ASKS: Final = re.compile(
    r"\\[pP]\{\^?(?:[^}=:]*[=:])?(?:is)?"
    r"(?:L[ult]|(?:upper|lower|title)(?:case)?[_ -]?(?:letter)?)\}"
    r"|\[:\^?(?:upper|lower):\]",
    re.IGNORECASE,
)
_HEX: Final = re.compile(r"0x(?:[0-9a-f]{2})+|[0-9a-f]{2}(?: +[0-9a-f]{2})+", re.IGNORECASE)


class PatternError(SondeError):
    """A regular expression that cannot be used as it is written."""

    kind = "syntax"


@dataclass(frozen=True, slots=True)
class Query:
    r"""What to find, and how.

    Attributes:
        text: As it was typed.
        regex: Whether it is a regular expression, in the words of the library `regex`.
        case: `smart` finds both cases unless a capital was typed, as in `less -i`, or a pattern
            asks for a case itself, as `\p{Lu}` does.
    """

    text: str
    regex: bool = False
    case: Case = "smart"

    @property
    def folds(self) -> bool:
        """Whether both cases are found."""
        if self.case != "smart":
            return self.case == "ignore"
        typed = self.text
        if self.regex:
            if _ASKS.search(typed.replace("\\\\", "")):
                return False
            typed = _NAMES.sub("", _ESCAPES.sub("", typed))
        return typed == typed.lower()

    @property
    def hex(self) -> bytes | None:
        """The bytes that are meant by `0x1f8b` or `1f 8b`; None for anything else."""
        if self.regex or not _HEX.fullmatch(self.text.strip()):
            return None
        return bytes.fromhex(self.text.strip().lower().removeprefix("0x"))
