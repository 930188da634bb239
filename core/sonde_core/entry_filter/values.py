"""What stands behind a sign in a filter: times, durations, sizes, statuses and patterns.

Every reader raises ValueRefused, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from .. import quantity
from ..errors import RequestError
from .errors import ValueRefused

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([a-zµμ]+)", re.IGNORECASE)
_SHORT: Final = {"us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONG: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_ZERO: Final = re.compile(r"0+(?:\.0+)?b?", re.IGNORECASE)

_DATE: Final = re.compile(
    r"(?a:(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?)"
    r"(?:[Tt _](?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?)?)?)"
)
_CLOCK: Final = re.compile(r"(?a:(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?)")
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_TIME_HINT: Final = "Like 30m, 2h, 3d, 14:30, today, yesterday, 2026-11-01 or 2026-11-01T14:30."

_STATUS: Final = re.compile(r"(?a:[1-9](?:\d{0,2}|\dx|xx?))", re.IGNORECASE)
_SOME: Final = re.compile(".+", re.DOTALL)
_RANGE: Final = re.compile(r"(?a:(\d{3})(?:-|\.\.)(\d{3}))")


def seconds(text: str) -> float:
    """Read how long something took."""
    match = _DURATION.fullmatch(text)
    unit = _SHORT.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueRefused(f"{text} is no duration.", "Say the unit: 200ms, 1.5s or 2m.")
    return float(match[1]) * unit


def size(text: str) -> int:
    """Read a number of bytes."""
    if _ZERO.fullmatch(text):
        return 0
    try:
        return quantity.size(text, "size")
    except RequestError as error:
        hint = "Write bytes, or 10kb, 1.5mb, 1gb, 4kib."
        raise ValueRefused(f"{text} is no size.", hint) from error


def number(text: str, most: int) -> int:
    """Read a whole number."""
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) <= most):
        raise ValueRefused(f"{text} is no number up to {most}.", "Write it with digits.")
    return int(text)


def statuses(text: str) -> range:
    """Read one status or many: `404`, `4xx`, `40`, `40x`, `400-404`."""
    if match := _RANGE.fullmatch(text):
        found = range(int(match[1]), int(match[2]) + 1)
        if not found:
            raise ValueRefused(f"No status is in {text}.", f"Like {match[2]}-{match[1]}.")
        return found
    if text.lower() in ("0", "none"):
        return range(0, 1)
    if not _STATUS.fullmatch(text):
        raise ValueRefused(f"{text} is no status.", "Like 404, 5xx, 400-404 or none.")
    digits = text.lower().rstrip("x")
    step = 10 ** (3 - len(digits))
    return range(int(digits) * step, (int(digits) + 1) * step)


def span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Read a time, as when it begins and when it is over: a day has 24 hours, mostly.

    Args:
        text: How long ago, or when, in the time zone of this machine unless it says another.
        now: The wall time.
    """
    try:
        return _ago(text, now) or _day(text, now) or _moment(text, now)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueRefused(f"{text} is no time.", _TIME_HINT) from error


def _ago(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    match = _DURATION.fullmatch(text)
    unit = _LONG.get(match[2].lower()) if match else None
    if match is None or unit is None:
        return None
    at = now - timedelta(seconds=float(match[1]) * unit)
    return at, at


def _day(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    back = {"today": 0, "yesterday": 1}.get(text.lower())
    if back is None:
        return None
    day = now.astimezone().date() - timedelta(days=back)
    return _local(datetime(day.year, day.month, day.day)), _local(
        datetime(day.year, day.month, day.day) + timedelta(days=1)
    )


def _moment(text: str, now: datetime) -> tuple[datetime, datetime]:
    match = _CLOCK.fullmatch(text) or _DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    said = {
        name: int(value) for name, value in match.groupdict().items() if value and name in _PARTS
    }
    today = now.astimezone()
    usual = {"year": today.year, "month": today.month, "day": today.day}
    if "year" in said:
        usual = {"month": 1, "day": 1}
    start = datetime(**{**usual, **said})  # type: ignore[arg-type]
    zone = match.groupdict().get("zone")
    place = _local if zone is None else _in_zone(zone)
    return place(start), place(_after(start, next(p for p in reversed(_PARTS) if p in said)))


def _after(start: datetime, part: str) -> datetime:
    """Return when the year, month, … that begins at `start` is over."""
    if part == "year":
        return start.replace(year=start.year + 1)
    if part == "month":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(**{f"{part}s": 1})


def _local(naive: datetime) -> datetime:
    return naive.astimezone(UTC)


def _in_zone(zone: str) -> Callable[[datetime], datetime]:
    tz = datetime.strptime(zone, "%z").tzinfo
    return lambda naive: naive.replace(tzinfo=tz).astimezone(UTC)


def pattern(value: str, *, quoted: bool) -> re.Pattern[str] | None:
    """Read a value in which `*` stands for anything; None when there is none in it.

    It is to match the whole of casefolded text. Nothing but `*` asks for some text.
    """
    if quoted or "*" not in value:
        return None
    if not value.strip("*"):
        return _SOME
    parts = (re.escape(part) for part in re.split(r"\*+", value.casefold()))
    return re.compile(".*".join(parts), re.DOTALL)
