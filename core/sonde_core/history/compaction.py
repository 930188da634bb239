"""The lines that remain when changes are folded into their entries and deleted entries go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .entry import VERSION
from .index import Change, change_of, glance_shown
from .lines import Line, salvaged, whole_record
from .recovery import looks_whole
from .schema.values import Record, dumps, from_text

# Tells whether a deleted entry may go: its undo is over.
Ripe = Callable[[Change], bool]


@dataclass(slots=True)
class Plan:
    """What is to be done to each entry, from a first reading of all lines."""

    changes: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    foldable: set[str] = field(default_factory=set)  # entries of our format that are in the file
    present: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)  # entries that are more than a record of a begin


def plan(lines: Iterable[Line], ripe: Ripe) -> Plan:
    """Read all lines once and decide."""
    made = Plan()
    for line in lines:
        try:
            value = glance_shown(line.data)
            change = _own_change(value)
            if change:
                made.changes.setdefault(change.of, {}).update(change.values)
                _mark_gone(made, change, ripe)
            elif not _is_change(value):
                identity = from_text(value.get("id"))
                made.present.add(identity)
                if "begun" not in value:
                    made.over.add(identity)
                if value.get("v") == VERSION:
                    made.foldable.add(identity)
        except ValueError:
            continue
    return made


def _is_change(value: Record) -> bool:
    return value.get("kind") in ("set", "del") and "of" in value


def _own_change(value: Record) -> Change | None:
    """Read a change of our format; one of a newer format is kept as it is."""
    return change_of(value) if _is_change(value) and value.get("v") == VERSION else None


def _mark_gone(made: Plan, change: Change, ripe: Ripe) -> None:
    if change.values.get("deleted") is True and ripe(change):
        made.gone.add(change.of)
    elif "deleted" in change.values:
        made.gone.discard(change.of)


def remaining(
    lines: Iterable[Line],
    made: Plan,
    read: Callable[[int, int], bytes],
    cut: Callable[[bytes], None],
) -> Iterator[bytes]:
    """Yield the lines to keep, in order.

    Args:
        lines: All lines once more.
        made: What `plan` decided.
        read: Returns bytes of the file by offset and size.
        cut: Told of what cannot be read and is not kept.
    """
    bad: list[Line] = []
    for line in lines:
        try:
            if not looks_whole(line):
                raise ValueError("a part of the line is missing")
            kept = _kept(line.data, made)
        except ValueError:
            bad.append(line)
            continue
        yield from _rescued(bad, read, cut)
        bad.clear()
        if kept is not None:
            yield kept
    yield from _rescued(bad, read, cut)


def _kept(line: bytes, made: Plan) -> bytes | None:
    value = glance_shown(line)
    if _is_change(value):
        change = _own_change(value)
        return None if change and _is_done(change, made) else line
    identity = from_text(value.get("id"))
    if identity in made.gone or ("begun" in value and identity in made.over):
        return None
    changes = {
        name: item for name, item in made.changes.get(identity, {}).items() if name != "deleted"
    }
    if not changes or identity not in made.foldable:
        return line
    return dumps(folded(whole_record(line), changes))


def _is_done(change: Change, made: Plan) -> bool:
    """Tell whether a change leaves no trace of its own."""
    if change.of not in made.present or change.of in made.gone:
        return True
    if change.of not in made.foldable:
        return False
    waits = made.changes[change.of].get("deleted") is True  # for its undo to be over
    return not (waits and change.values.get("deleted") is True)


def folded(entry: Record, changes: Record) -> Record:
    """Put changes among the fields that a list shows, before what may be large."""
    first: Record = {}
    for name in list(entry):
        if name == "req":
            break
        first[name] = entry.pop(name)
    return first | changes | {name: item for name, item in entry.items() if name not in changes}


def _rescued(
    bad: list[Line], read: Callable[[int, int], bytes], cut: Callable[[bytes], None]
) -> Iterator[bytes]:
    """Find our objects in lines that are none: someone may have formatted a part of the file."""
    if not bad:
        return
    data = read(bad[0].offset, bad[-1].end - bad[0].offset)
    text = data.decode("utf-8", "replace")
    left, position = [], 0
    for start, end, value in salvaged(text):
        left.append(text[position:start])
        position = end
        yield dumps(value)
    left.append(text[position:])
    if "".join(left).strip(" \t\r\n,[]"):
        cut(data)
