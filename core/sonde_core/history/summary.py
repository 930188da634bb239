"""What a list of entries shows of each, and how a list of them is looked through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Final

from ..endpoint import SESSION_SCHEMES
from ..model import Outcome

KINDS: Final = SESSION_SCHEMES | {"http", "listen"}
_HEAD: Final = re.compile(r"(?:[^/?#]*?://)?[^/?#]*")
# Characters of facts that are made once; with a longer note it is made when it is needed.
_LONGEST_KEPT: Final = 4096


@dataclass(slots=True)
class Summary:
    """What a list of entries shows; found at the start of an entry's line. Never changed.

    It is not frozen: to make 100,000 that are takes twice as long, while a person types.

    Attributes:
        kind: `http`, `listen`, the scheme of a session, or what a newer version wrote.
        method: For `http`; otherwise empty.
        target: URL or address, without userinfo.
        status: HTTP status; 0 for none.
        seconds: Total duration.
        size: Bytes of the answer's body, or bytes received in all.
    """

    id: str
    time: datetime
    kind: str
    target: str
    outcome: Outcome
    method: str = ""
    role: str = "client"
    status: int = 0
    seconds: float = 0.0
    sent: int = 0
    size: int = 0
    name: str = ""
    pinned: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    replay_of: str = ""
    saved: bool = True
    readable: bool = True  # False for an entry of a newer format: shown and kept, not opened
    _address: str = field(default="", init=False, repr=False, compare=False)
    _head: str = field(default="", init=False, repr=False, compare=False)
    _facts: str = field(default="", init=False, repr=False, compare=False)

    @property
    def address(self) -> str:
        """The target, casefolded; made once."""
        return self._address or self._made_address()

    @property
    def head(self) -> str:
        """Scheme and authority of the target (RFC 3986, section 3.2); made once."""
        return self._head or self._made_head()

    @property
    def facts(self) -> str:
        """All else that words are looked for in, casefolded, a line for each; made once."""
        return self._facts or self._made_facts()

    def _made_address(self) -> str:
        folded = self.target.casefold()
        # Most are in lower case: then this takes no room.
        self._address = self.target if folded == self.target else folded
        return folded

    def _made_head(self) -> str:
        found = _HEAD.match(self.target)
        self._head = intern(found[0]) if found else ""  # many entries share it
        return self._head

    def _made_facts(self) -> str:
        status = str(self.status) if self.status else ""
        role = self.role if self.role == "server" else ""
        parts = (self.method, status, self.outcome.value, self.kind, role, self.name, self.note)
        text = "\n".join((*parts, *self.tags)).casefold()
        if len(text) <= _LONGEST_KEPT:  # many entries share them
            self._facts = intern(text)
        return text


def with_word(summaries: Iterable[Summary], wanted: str, *, there: bool = True) -> list[Summary]:
    """Return those in which a word is found, or is not: a casefolded one, in address or facts.

    A property takes longer than the search, so what was made before is taken without.
    """
    return [
        each
        for each in summaries
        if (wanted in (each._address or each.address) or wanted in (each._facts or each.facts))
        is there
    ]


def with_head(summaries: Iterable[Summary], known: Mapping[str, bool]) -> list[Summary]:
    """Return those whose head passes, as `known` tells of each."""
    return [each for each in summaries if known[each._head or each.head]]


def with_path(
    summaries: Iterable[Summary], wanted: str, test: Callable[[Summary], bool]
) -> list[Summary]:
    """Return those in whose path casefolded text is found: not `/`, and without `?` and `#`.

    Args:
        summaries: What to look at.
        wanted: The text.
        test: Tells it of those whose address is not plain.
    """
    match = re.compile(rf"[^?#]*?{re.escape(wanted)}").match
    return [
        each
        for each in summaries
        if (
            match(each._address or each.address, len(each._head or each.head))
            if len(each._address) == len(each.target) and not is_local(each.target)
            else test(each)
        )
    ]


def is_local(target: str) -> bool:
    """Whether it is the address of a Unix socket, which has no authority."""
    return target[:4].lower() == "unix"
