"""Calls that may block for ever, such as reading a pipe that nobody writes to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def aside(function: Callable[..., T], *arguments: object) -> T:
    """Run a call that may block in a thread that cannot hold up the end of the process.

    What it raises is raised here, whatever it is.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        settle: Callable[[], object]
        try:
            settle = partial(_settle, future, function(*arguments))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            settle = partial(_fail, future, error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=work, daemon=True).start()
    return await future


def _settle(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
