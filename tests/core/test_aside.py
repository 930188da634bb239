from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from sonde_core.aside import aside
from sonde_core.errors import RequestError
from tests.patience import PATIENCE

STUCK = """
import asyncio, os
from contextlib import suppress
from sonde_core.aside import aside

async def main():
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await aside(os.read, os.pipe()[0], 1)

asyncio.run(main())
"""


async def test_what_a_call_returns_or_raises_comes_back() -> None:
    def refuse() -> None:
        raise RequestError("no")

    assert await aside(divmod, 7, 4) == (1, 3)
    with pytest.raises(RequestError, match="no"):
        await aside(refuse)


async def test_a_bug_comes_back_too_and_is_no_cancellation() -> None:
    with pytest.raises(ZeroDivisionError):
        await aside(divmod, 1, 0)


async def test_the_loop_goes_on_meanwhile() -> None:
    gate = threading.Event()
    waiting = asyncio.ensure_future(aside(gate.wait, PATIENCE))
    await asyncio.sleep(0)
    gate.set()
    assert await waiting


def test_one_that_never_returns_does_not_hold_up_the_end() -> None:
    subprocess.run([sys.executable, "-c", STUCK], check=True, timeout=PATIENCE)
