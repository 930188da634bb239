"""What is done to entries before they are written, as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .history.entry import Entry


def strip_of(config: Path, *, keep_secrets: bool) -> Callable[[Entry], Entry] | None:
    """Return what `History.strip` is to be; None where nothing is to be done.

    Values that are secret in an `environments.toml` are known from here on, and masked.

    Args:
        config: The `config.toml`.
        keep_secrets: As it says.
    """
    if keep_secrets and not config.with_name("environments.toml").is_file():
        return None
    from .environments import Environments  # most people have none

    environments = Environments.beside(config)
    if not keep_secrets:
        from .scrubbing.stripping import Stripper

        return Stripper(environments)
    from .scrubbing.marking import Marking

    environments.refresh()
    return Marking(environments)
