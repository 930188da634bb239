"""The person's settings in one `config.toml`; a file that cannot be read changes nothing."""

from __future__ import annotations

import errno
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .settings import APP

_THEME_LINE = re.compile(r"(?m)^theme[ \t]*=.*$")
_FIRST_TABLE = re.compile(r"(?m)^[ \t]*\[")


@dataclass(slots=True)
class Config:
    """What `config.toml` says.

    Attributes:
        path: Where it stands; it need not exist.
        theme: Name of a Textual theme; empty for the default.
        keys: Key or keys (comma between) by action id, as README lists them.
        warning: Why the file was not obeyed; empty if it was.
    """

    path: Path
    theme: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    warning: str = ""

    def keep_theme(self, theme: str) -> None:
        """Write the chosen theme into the file and leave the rest of it alone.

        Raises:
            OSError: The file cannot be read or written.
        """
        self.theme = theme
        path = Path(os.path.realpath(self.path))  # people keep a link here to a file elsewhere
        try:
            text = _with_theme(path.read_text("utf-8"), theme)
        except FileNotFoundError:
            text = _with_theme("", theme)
        except UnicodeDecodeError as error:
            raise OSError(errno.EINVAL, "it is not UTF-8", str(path)) from error
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(path.name + ".new")
        beside.write_text(text, "utf-8")
        beside.replace(path)


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
    """Read the settings; what is wrong with them stands in `warning`."""
    config = Config(path)
    try:
        text = path.read_text("utf-8")
        import tomllib  # most people have no such file

        values = tomllib.loads(text)
    except FileNotFoundError:
        return config
    except (OSError, ValueError, RecursionError) as error:
        config.warning = f"The settings in {path} were not read: {error}."
        return config
    theme, keys = values.get("theme", ""), values.get("keys", {})
    wrong: list[str] = []
    if isinstance(theme, str):
        config.theme = theme
    else:
        wrong.append("theme is no text")
    if isinstance(keys, dict):
        config.keys = {str(name): key for name, key in keys.items() if isinstance(key, str)}
        wrong += [f"keys.{name} is no text" for name in keys if name not in config.keys]
    else:
        wrong.append("keys is no table")
    if wrong:
        config.warning = f"Not all settings in {path} were understood: {', '.join(wrong)}."
    return config
