"""What writes histories in a thread of its own, for the tests of it and of what it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest_asyncio

from sonde_core.history.writer import Writer

LONG: Final = 20.0  # seconds: a failing test must not leave its thread waiting for ever


@pytest_asyncio.fixture
async def writer() -> AsyncIterator[Writer]:
    writer = Writer()
    yield writer
    writer.stop()
