"""The person's settings in one `config.toml`; a file that cannot be read changes nothing."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .settings import APP

_THEME_LINE = re.compile(r"(?m)^theme\s*=.*$")


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
            OSError: The file cannot be written.
        """
        self.theme = theme
        line = f'theme = "{theme}"'
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        if _THEME_LINE.search(text):
            text = _THEME_LINE.sub(line, text, count=1)
        else:
            text = f"{line}\n{text}"
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_text(text, "utf-8")
        beside.replace(self.path)


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
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return config
    except (OSError, ValueError, RecursionError) as error:
        config.warning = f"The settings in {path} were not read: {error}."
        return config
    theme = values.get("theme", "")
    keys = values.get("keys", {})
    if isinstance(theme, str):
        config.theme = theme
    if isinstance(keys, dict):
        config.keys = {str(name): key for name, key in keys.items() if isinstance(key, str)}
    return config
