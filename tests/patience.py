"""How long a test waits for what takes a moment: a hang is found, a slow machine is not one."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 50.0  # seconds, below the time limit of a test
