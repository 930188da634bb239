"""Values by name in `environments.toml`: one table for each environment, `[default]` for all.

    [default]
    user = "alice"

    [staging]
    host = "10.0.0.7"
    password = { secret = "only here" }

A value is text, a number, or true or false; a secret is one whose name says so, or that stands as
above, and is masked where it is shown. The environment that is chosen, else `SONDE_ENVIRONMENT`,
wins over the default.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .known_secrets import know
from .secrets import MASK, is_secret_name
from .template_fields import NAME
from .templates import BUILT_IN, Values

DEFAULT: Final = "default"
FILE: Final = "environments.toml"
LARGEST: Final = 1 << 20  # bytes of the file
_TOLD: Final = 4


@dataclass(frozen=True, slots=True)
class Value:
    """What a name stands for.

    Attributes:
        secret: Whether it is masked on the screen.
    """

    data: bytes
    secret: bool = False

    def shown(self, *, reveal: bool = False) -> str:
        """Return it as text, or a mask."""
        if self.secret and not reveal:
            return MASK
        return self.data.decode("utf-8", "replace")


@dataclass(slots=True)
class Environments:
    """What the file says, and what is chosen of it.

    Attributes:
        path: The file; it need not exist.
        tables: The values of each environment.
        chosen: One of them, or none.
        warning: Why not all of the file was obeyed; empty if it was.
    """

    path: Path
    tables: dict[str, dict[str, Value]] = field(default_factory=dict)
    chosen: str = ""
    warning: str = ""
    _values: Values = field(default_factory=Values)
    _seen: tuple[int, int] | None = None  # when the file that was read was written, and its size

    @classmethod
    def beside(cls, config: Path) -> Environments:
        """Return those beside a `config.toml`, not read yet."""
        chosen = os.environ.get("SONDE_ENVIRONMENT", "")
        return cls(config.with_name(FILE), chosen=chosen)

    @property
    def names(self) -> list[str]:
        """The environments there are to choose from."""
        return [name for name in self.tables if name != DEFAULT]

    @property
    def current(self) -> Mapping[str, Value]:
        """The values that count now."""
        return {**self.tables.get(DEFAULT, {}), **self.tables.get(self.chosen, {})}

    @property
    def values(self) -> Values:
        """What templates are filled with; the counters go on as long as this object lives."""
        return self._values.with_names({name: value.data for name, value in self.current.items()})

    def refresh(self) -> None:
        """Read the file if it is another than before; what is wrong with it is in `warning`."""
        try:
            state = self.path.stat()
            seen = (state.st_mtime_ns, state.st_size)
            if seen == self._seen:
                return
            self._seen = seen
            if state.st_size > LARGEST:
                raise ValueError(f"it has more than {LARGEST >> 20} MiB")
            self._read(self.path.read_text("utf-8"))
        except FileNotFoundError:
            self._seen, self.tables, self.warning = None, {}, ""
        except (OSError, ValueError, RecursionError) as error:
            why = (error.strerror or "it failed") if isinstance(error, OSError) else str(error)
            self.warning = f"The values in {self.path} were not read: {why}."
        if not self.warning and self.chosen and self.chosen not in self.tables:
            self.warning = f"There is no environment {self.chosen} in {self.path}."

    def _read(self, text: str) -> None:
        import tomllib  # most people have no such file

        tables: dict[str, dict[str, Value]] = {}
        wrong: list[str] = []
        for name, table in tomllib.loads(text).items():
            if isinstance(table, dict):
                tables[name] = dict(_values(name, table, wrong))
            else:
                wrong.append(f"{name} stands in no table")
        self.tables = tables
        know(each.data for table in tables.values() for each in table.values() if each.secret)
        self.warning = ""
        if wrong:
            more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            told = "; ".join(wrong[:_TOLD]) + more
            self.warning = f"Not all values in {self.path} were understood: {told}."


def _values(
    table: str, values: Mapping[str, object], wrong: list[str]
) -> Iterator[tuple[str, Value]]:
    for name, value in values.items():
        secret = is_secret_name(name)
        if isinstance(value, dict) and set(value) == {"secret"}:
            secret, value = True, value["secret"]
        if not NAME.fullmatch(name):
            wrong.append(f"{table}.{name} can be no name: it has other than letters and digits")
        elif name in BUILT_IN:
            wrong.append(f"{table}.{name} has a meaning of its own")
        elif isinstance(value, bool):
            yield name, Value(b"true" if value else b"false", secret)
        elif isinstance(value, str | int | float):
            yield name, Value(str(value).encode("utf-8", "surrogateescape"), secret)
        else:
            wrong.append(f"{table}.{name} is neither text nor a number")
