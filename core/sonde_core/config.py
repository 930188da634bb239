"""The person's settings in one `config.toml`; what cannot be read changes nothing.

But where it may be that secrets were not to be kept, none are.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SondeError
from .settings import APP, Keep

_THEME_LINE = re.compile(r"(?m)^theme[ \t]*=.*$")
_FIRST_TABLE = re.compile(r"(?m)^[ \t]*\[")
_NAMES = ("theme", "keys", "history")
_LIMITS = ("max_age_days", "max_entries", "max_size")
_IN_HISTORY = (*_LIMITS, "keep_secrets")
_SAFE = "secrets stay out of the history until that is mended"
_TOLD = 8
_FAR = 1 << 50
_DAYS = 100_000  # no date lies so far back that it could not be written
_KINDS: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a table"),
)


@dataclass(slots=True)
class Config:
    """What `config.toml` says.

    Attributes:
        path: Where it stands; it need not exist.
        theme: Name of a Textual theme; empty for the default.
        keys: Key or keys (comma between) by action id, as README lists them.
        keep: How much of the history is kept.
        keep_secrets: Whether secrets reach the history file; not while it is in doubt.
        warning: Why the file was not obeyed; empty if it was.
    """

    path: Path
    theme: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    keep: Keep = field(default_factory=Keep)
    keep_secrets: bool = True
    warning: str = ""

    def keep_theme(self, theme: str) -> None:
        """Write the chosen theme into the file and leave the rest of it alone.

        Raises:
            OSError: The file cannot be read or written, or would not say just that afterwards.
        """
        from .own_file import put  # a theme is seldom chosen

        self.theme = theme
        path = Path(os.path.realpath(self.path))  # people keep a link here to a file elsewhere
        try:
            before = path.read_text("utf-8")
        except FileNotFoundError:
            before = ""
        except UnicodeDecodeError as error:
            raise OSError(errno.EINVAL, "it is not UTF-8", str(path)) from error
        text = _with_theme(before, theme)
        if not _says(text, before, theme):
            raise OSError(errno.EINVAL, "it is written in a way of its own", str(path))
        put(path, text)


def _says(text: str, before: str, theme: str) -> bool:
    """Whether a text has the theme, and all else as it was."""
    import tomllib

    try:
        return tomllib.loads(text) == {**tomllib.loads(before), "theme": theme}
    except (ValueError, RecursionError):
        return False


def _with_theme(text: str, theme: str) -> str:
    """Set the theme above the first table: what stands in a table is no setting of ours."""
    line = f"theme = {json.dumps(theme)}"  # a JSON string is a TOML string
    table = _FIRST_TABLE.search(text)
    head, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
    if _THEME_LINE.search(head):
        return _THEME_LINE.sub(lambda _: line, head, count=1) + rest
    return f"{line}\n{text}"


def default_path() -> Path:
    """Return where the file stands: `SONDE_CONFIG`, or the platform's user config folder."""
    chosen = os.environ.get("SONDE_CONFIG", "")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def read(path: Path) -> Config:
    """Read the settings; all that is wrong with them stands in `warning`."""
    config = Config(path)
    try:
        text = path.read_text("utf-8")
        import tomllib  # most people have no such file

        values = tomllib.loads(text)
    except FileNotFoundError:
        return config
    except (OSError, ValueError, RecursionError) as error:
        config.keep_secrets = False
        config.warning = f"The settings in {path} were not read: {_words(error)}; {_SAFE}."
        return config
    wrong = [
        *_take_theme(config, values),
        *_take_keys(config, values),
        *_take_history(config, values),
        *_unknown(values, _NAMES),
        *_doubt_secrets(config, values),
    ]
    if len(wrong) > _TOLD:
        wrong[_TOLD:] = [f"and {len(wrong) - _TOLD} more"]
    if wrong:
        config.warning = f"Not all settings in {path} were understood: {'; '.join(wrong)}."
    return config


def _words(error: Exception) -> str:
    match error:
        case OSError():
            return (error.strerror or "it failed").lower()
        case UnicodeDecodeError():
            return "it is not UTF-8"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return str(error)


def _take_theme(config: Config, values: dict[str, object]) -> Iterator[str]:
    theme = values.get("theme", "")
    if isinstance(theme, str):
        config.theme = theme
    else:
        yield f"theme is {_kind(theme)}, not text"


def _take_keys(config: Config, values: dict[str, object]) -> Iterator[str]:
    keys = values.get("keys", {})
    if not isinstance(keys, dict):
        yield f"keys is {_kind(keys)}, not a table; write [keys] on a line of its own"
        return
    for name, key in keys.items():
        if isinstance(key, str):
            config.keys[str(name)] = key
        elif isinstance(key, dict):
            yield f'keys.{name} is a table; put an action in quotes, as in "{name}.{_first(key)}"'
        else:
            yield f"keys.{name} is {_kind(key)}, not text"


def _take_history(config: Config, values: dict[str, object]) -> Iterator[str]:
    """Read how much of the history is kept; a limit that is not understood is none."""
    table = values.get("history", {})
    if not isinstance(table, dict):
        yield f"history is {_kind(table)}, not a table; write [history] on a line of its own"
        return
    limits: dict[str, float] = {}
    for name in filter(table.__contains__, _LIMITS):
        try:
            limits[name] = _limit(name, table[name])
        except (SondeError, ValueError):
            like = '"500 MB"' if name == "max_size" else "30"
            yield f"history.{name} is no limit; write it like {like}, or 0 for none"
    config.keep = Keep(
        limits.get("max_age_days", 0.0),
        int(limits.get("max_entries", 0)),
        int(limits.get("max_size", 0)),
    )
    yield from _take_keep_secrets(config, table)
    yield from _unknown(table, _IN_HISTORY, "history.")


def _take_keep_secrets(config: Config, table: dict[str, object]) -> Iterator[str]:
    keep = table.get("keep_secrets", True)
    config.keep_secrets = keep is True  # what is not understood must not let secrets in
    if not isinstance(keep, bool):
        yield f"history.keep_secrets is {_kind(keep)}, neither true nor false; none are kept"


def _doubt_secrets(config: Config, values: dict[str, object]) -> Iterator[str]:
    """Let no secrets in where something else may be meant to say so."""
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    places = [("", name) for name in values]
    places += [(table, str(name)) for table, names in tables.items() for name in names]
    if any(map(_may_mean_secrets, places)) or "history" in values.keys() - tables.keys():
        config.keep_secrets = False
        yield _SAFE


def _may_mean_secrets(place: tuple[str, str]) -> bool:
    """Tell a setting, by its table and name, that is like `keep_secrets` and is not that."""
    table, name = place
    if table == "keys":  # actions are about secrets, too
        return name == "keep_secrets"
    like = any(part in name.lower() for part in ("keep", "secret"))
    return like and place != ("history", "keep_secrets")


def _limit(name: str, value: object) -> float:
    """Read a limit; raises RequestError or ValueError."""
    if name == "max_size" and isinstance(value, str):
        from .quantity import size

        return size(value, name)
    whole = name != "max_age_days"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError("not a number")
    if not 0 <= value < (_FAR if whole else _DAYS):
        raise ValueError("out of reach")
    return value


def _unknown(values: dict[str, object], names: Sequence[str], before: str = "") -> Iterator[str]:
    for name in filter(lambda name: name not in names, values):
        from difflib import get_close_matches

        near = get_close_matches(name, names, 1)
        known = f"there {'is' if len(names) == 1 else 'are'} {' and '.join(names)}"
        meant = f"did you mean {before}{near[0]}?" if near else known
        yield f"{before}{name} is no setting, {meant}"


def _first(table: dict[str, object]) -> str:
    return next(iter(table), "...")


def _kind(value: object) -> str:
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "a date or time")
