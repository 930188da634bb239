"""A history of their own for the tests of core, and what records in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sonde_core.exchange import Exchanger
from sonde_core.history.history import History


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.json"


@pytest.fixture
async def exchanger(path: Path) -> AsyncIterator[Exchanger]:
    """Yield one that must have ended all that it began once it is closed."""
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    yield exchanger
    await exchanger.close()
    assert len(asyncio.all_tasks()) == 1
