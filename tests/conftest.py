"""What all tests share."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from sonde_core.practice.server import PracticeServer

# A time limit for one example tells how busy the machine is, not what is wrong; pytest-timeout
# ends what hangs.
settings.register_profile(
    "quick", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=500)
# SONDE_TESTS=thorough tries ten times as many examples, each time others in either case.
settings.load_profile(os.environ.get("SONDE_TESTS", "quick"))


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    """Forget the secrets that a test lets the process know."""
    yield
    if "sonde_core.known_secrets" in sys.modules:
        sys.modules["sonde_core.known_secrets"].forget()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Yield a port of 127.0.0.1 where nobody listens; it is held so that nobody begins to."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
async def practice() -> AsyncIterator[PracticeServer]:
    """Yield a practice server that listens."""
    from sonde_core.practice.server import PracticeServer

    server = PracticeServer()
    await server.start()
    yield server
    await server.close()
